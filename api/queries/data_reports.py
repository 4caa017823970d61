"""All that is held about one contact, table by table, for whoever asks what we know of him."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.models import (
    Case,
    CaseMessage,
    Contact,
    Delivery,
    EventRecord,
    Feedback,
    FeedbackVersion,
    Link,
    LoggedContact,
    Notice,
    Occasion,
    Pickup,
    ReadinessRecord,
    Wait,
    WaitSlipAcknowledgement,
)

MOST_ITEMS = 500
"""Of each kind the newest: a report is read by a person, and fits into one answer."""

PERSON = (
    "name",
    "phone",
    "email",
    "locale",
    "birthday",
    "opted_out_at",
    "preferred_channel",
    "hours_start",
    "hours_end",
    "created_at",
    "erased_at",
)


@dataclass(frozen=True, slots=True)
class HeldRows:
    """What is held of one kind, the newest first; `is_cut` when there is more."""

    what: str
    items: list[dict[str, Any]]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class _Kind:
    """Rows about a contact: his id is in `his`, the last of the columns tells which are the newest."""

    what: str
    his: InstrumentedAttribute[Any]
    columns: tuple[InstrumentedAttribute[Any], ...]
    joined: tuple[tuple[Any, ColumnElement[bool]], ...] = ()
    only: ColumnElement[bool] = field(default_factory=true)


_KINDS = (
    _Kind(
        "pickups",
        Pickup.contact_id,
        (
            Pickup.id,
            Pickup.external_ref,
            Pickup.state,
            Pickup.cancel_reason,
            Pickup.window_end,
            Pickup.window_start,
        ),
    ),
    _Kind(
        "readiness_answers",
        Pickup.contact_id,
        (
            ReadinessRecord.pickup_id,
            ReadinessRecord.answer,
            ReadinessRecord.minutes,
            ReadinessRecord.answered_at,
        ),
        ((Pickup, Pickup.id == ReadinessRecord.pickup_id),),
    ),
    _Kind(
        "signed_slips",
        Pickup.contact_id,
        (
            WaitSlipAcknowledgement.wait_id,
            WaitSlipAcknowledgement.signer,
            WaitSlipAcknowledgement.proof_sha256,
            WaitSlipAcknowledgement.acknowledged_at,
        ),
        ((Wait, Wait.id == WaitSlipAcknowledgement.wait_id), (Pickup, Pickup.id == Wait.pickup_id)),
    ),
    _Kind(
        "feedback",
        Feedback.contact_id,
        (
            FeedbackVersion.version,
            Feedback.pickup_id,
            FeedbackVersion.score,
            FeedbackVersion.reasons,
            FeedbackVersion.about,
            FeedbackVersion.comment,
            FeedbackVersion.call_me_back,
            FeedbackVersion.given_at,
        ),
        ((Feedback, Feedback.id == FeedbackVersion.feedback_id),),
    ),
    _Kind(
        "case_messages",
        Case.contact_id,
        (
            CaseMessage.saying,
            Case.number,
            Case.kind,
            CaseMessage.staff_id,
            CaseMessage.text,
            CaseMessage.said_at,
        ),
        ((Case, Case.id == CaseMessage.case_id),),
    ),
    _Kind(
        "contact_log",
        LoggedContact.contact_id,
        (LoggedContact.way, LoggedContact.note, LoggedContact.staff_id, LoggedContact.happened_at),
    ),
    _Kind(
        "occasions",
        Occasion.contact_id,
        (Occasion.kind, Occasion.greeted_at, Occasion.greeted_by_id, Occasion.falls_on),
    ),
    _Kind(
        "messages",
        Notice.contact_id,
        (
            Delivery.channel,
            Delivery.attempts,
            Delivery.settled_at,
            Notice.kind,
            Notice.state,
            Notice.decided_at,
        ),
        ((Notice, Notice.id == Delivery.notice_id),),
    ),
    _Kind(
        "links",
        Link.contact_id,
        (Link.id, Link.purpose, Link.pickup_id, Link.expires_at, Link.revoked_at, Link.created_at),
    ),
    # Who entered, changed, looked at and unmasked him.
    _Kind(
        "facts",
        EventRecord.subject_id,
        (EventRecord.name, EventRecord.actor_id, EventRecord.data, EventRecord.occurred_at),
        only=EventRecord.subject_type == "contact",
    ),
)


def person(contact: Contact) -> dict[str, Any]:
    """Return what stands in the contact's own row, in full."""
    return {name: _plain(getattr(contact, name)) for name in PERSON}


def held_about(session: Session, contact_id: UUID) -> list[HeldRows]:
    """Return everything else: what he said, what was sent to him, and who looked at it when."""
    return [_newest(session, kind, contact_id) for kind in _KINDS]


def _newest(session: Session, kind: _Kind, contact_id: UUID) -> HeldRows:
    statement = select(*kind.columns).select_from(kind.columns[0].class_)
    for model, on in kind.joined:
        statement = statement.join(model, on)
    newest = statement.where(kind.his == contact_id, kind.only).order_by(kind.columns[-1].desc())
    rows = session.execute(newest.limit(MOST_ITEMS + 1)).mappings().all()
    items = [{name: _plain(value) for name, value in row.items()} for row in rows[:MOST_ITEMS]]
    return HeldRows(kind.what, items, len(rows) > MOST_ITEMS)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: instants and days as ISO 8601, ids and words as text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, UUID) else value
