"""Where a customer's story comes from: for each kind of entry its rows, their instant, and their telling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from api.domain.timeline import Entry
from api.domain.vocabulary import TimelineKind, VisitState
from api.models import (
    Case,
    ChurnAlert,
    Contact,
    EventRecord,
    Feedback,
    FieldReport,
    LoggedContact,
    Notice,
    Pickup,
    Visit,
    Wait,
)

OWNER_CHANGED = "customer.owner_changed"


@dataclass(frozen=True, slots=True)
class Source:
    """Selects the rows of one kind for a customer; `at` and `id` are their place in the story."""

    rows: Callable[[UUID], Select[Any]]
    at: ColumnElement[Any] | InstrumentedAttribute[Any]
    id: InstrumentedAttribute[UUID]
    entry: Callable[[Any], Entry]


def _pickup(one: Pickup) -> Entry:
    details = {"external_ref": one.external_ref, "parcels": one.parcels_collected}
    return Entry(
        TimelineKind.PICKUP, one.id, one.window_start, one.state, one.courier_id, details, one.cancel_reason
    )


def _wait(one: Wait) -> Entry:
    details = {
        "pickup_id": str(one.pickup_id),
        "dwell_seconds": one.dwell_seconds,
        "avoidable_wait_seconds": one.avoidable_wait_seconds,
        "cause": one.cause,
        "protected": one.protected,
    }
    what = one.outcome or one.state
    return Entry(TimelineKind.WAIT, one.id, one.arrived_at, what, one.courier_id, details)


def _feedback(one: Feedback) -> Entry:
    details = {
        "pickup_id": str(one.pickup_id),
        "score": one.score,
        "reasons": one.reasons,
        "call_me_back": one.call_me_back,
    }
    return Entry(TimelineKind.FEEDBACK, one.id, one.given_at, "given", one.courier_id, details, one.comment)


def _case(one: Case) -> Entry:
    details = {"number": one.number, "kind": one.kind, "category": one.category}
    return Entry(TimelineKind.CASE, one.id, one.opened_at, one.state, one.owner_id, details)


def _field_report(one: FieldReport) -> Entry:
    details = {"kind": one.kind, "finding": one.finding, "outcome": one.outcome}
    return Entry(
        TimelineKind.FIELD_REPORT,
        one.id,
        one.reported_at,
        one.state,
        one.reported_by_id,
        details,
        one.outcome_note,
    )


def _churn_alert(one: ChurnAlert) -> Entry:
    details = {
        "family": one.reason_family,
        "band": one.band,
        "outcome": one.outcome,
        "loss_reason": one.loss_reason,
    }
    return Entry(TimelineKind.CHURN_ALERT, one.id, one.raised_at, one.state, one.owner_id, details, one.note)


def _visit(one: Visit) -> Entry:
    details = {
        "planned_on": one.planned_on.isoformat(),
        "purpose": one.purpose,
        "mood": (one.report or {}).get("mood"),
    }
    at = one.completed_at or one.checked_in_at or one.created_at
    return Entry(TimelineKind.VISIT, one.id, at, one.state, one.rep_id, details, one.findings)


def _message(one: Notice) -> Entry:
    details = {
        "contact_id": str(one.contact_id),
        "state": one.state,
        "pickup_id": str(one.pickup_id) if one.pickup_id else None,
    }
    return Entry(TimelineKind.MESSAGE, one.id, one.decided_at, one.kind, None, details)


def _contact(one: LoggedContact) -> Entry:
    details = {"contact_id": str(one.contact_id) if one.contact_id else None}
    return Entry(TimelineKind.CONTACT, one.id, one.happened_at, one.way, one.staff_id, details, one.note)


def _owner_change(one: EventRecord) -> Entry:
    details = {"from_id": one.data.get("from_id"), "to_id": one.data.get("to_id")}
    what = "transferred" if one.data.get("transfer_id") else "changed"
    return Entry(TimelineKind.OWNER_CHANGE, one.id, one.occurred_at, what, one.actor_id, details)


def _visits_of(customer_id: UUID) -> Select[Any]:
    return select(Visit).where(Visit.customer_id == customer_id, Visit.state != VisitState.PROPOSED)


def _waits_of(customer_id: UUID) -> Select[Any]:
    return select(Wait).join(Pickup, Pickup.id == Wait.pickup_id).where(Pickup.customer_id == customer_id)


def _messages_to(customer_id: UUID) -> Select[Any]:
    contacts = select(Contact.id).where(Contact.customer_id == customer_id)
    return select(Notice).where(Notice.contact_id.in_(contacts))


def _owner_changes_of(customer_id: UUID) -> Select[Any]:
    return select(EventRecord).where(
        EventRecord.subject_type == "customer",
        EventRecord.subject_id == customer_id,
        EventRecord.name == OWNER_CHANGED,
    )


def _rows_with(column: InstrumentedAttribute[UUID]) -> Callable[[UUID], Select[Any]]:
    return lambda customer_id: select(column.class_).where(column == customer_id)


VISITED_AT = func.coalesce(Visit.completed_at, Visit.checked_in_at, Visit.created_at)

SOURCES: Mapping[TimelineKind, Source] = {
    TimelineKind.PICKUP: Source(_rows_with(Pickup.customer_id), Pickup.window_start, Pickup.id, _pickup),
    TimelineKind.WAIT: Source(_waits_of, Wait.arrived_at, Wait.id, _wait),
    TimelineKind.FEEDBACK: Source(
        _rows_with(Feedback.customer_id), Feedback.given_at, Feedback.id, _feedback
    ),
    TimelineKind.CASE: Source(_rows_with(Case.customer_id), Case.opened_at, Case.id, _case),
    TimelineKind.FIELD_REPORT: Source(
        _rows_with(FieldReport.customer_id), FieldReport.reported_at, FieldReport.id, _field_report
    ),
    TimelineKind.CHURN_ALERT: Source(
        _rows_with(ChurnAlert.customer_id), ChurnAlert.raised_at, ChurnAlert.id, _churn_alert
    ),
    TimelineKind.VISIT: Source(_visits_of, VISITED_AT, Visit.id, _visit),
    TimelineKind.MESSAGE: Source(_messages_to, Notice.decided_at, Notice.id, _message),
    TimelineKind.CONTACT: Source(
        _rows_with(LoggedContact.customer_id), LoggedContact.happened_at, LoggedContact.id, _contact
    ),
    TimelineKind.OWNER_CHANGE: Source(
        _owner_changes_of, EventRecord.occurred_at, EventRecord.id, _owner_change
    ),
}
"""A pickup stands at the start of its window; a visit where it was made, or planned while it was not."""
