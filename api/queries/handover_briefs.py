"""What a new owner should know of each customer that a transfer gave him: a statement a subject."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.domain.business_hours import local_day
from api.domain.churn_alerts import OPEN_STATES
from api.domain.occasions import birthday_within
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import CaseState, FieldReportState, Grade, Mood, TransferredKind
from api.models import (
    Branch,
    Case,
    ChurnAlert,
    Contact,
    Customer,
    FieldReport,
    Shipment,
    TransferItem,
    Visit,
)
from api.queries import contact_log, scope, transfers
from api.queries.paging import mapped, paginate

LATELY = timedelta(days=90)
BIRTHDAYS_AHEAD_DAYS = 30


@dataclass(frozen=True, slots=True)
class BirthdayAhead:
    contact_id: UUID
    contact_name: str
    kept_on: date


@dataclass(frozen=True, slots=True)
class HandoverBrief:
    """A customer in a few lines. Shipments and revenue are those of the last 90 days."""

    customer_id: UUID
    code: str
    name: str
    industry: str | None
    grade: Grade | None
    owner_id: UUID | None
    introduced_on: date | None
    shipments: int
    revenue_minor: int
    last_shipped_on: date | None
    last_visited_at: datetime | None
    last_mood: Mood | None
    last_findings: str | None
    last_contacted_at: datetime | None
    open_cases: int
    open_field_reports: int
    open_churn_alerts: int
    birthdays: Sequence[BirthdayAhead]


def of_transfer(
    session: Session, transfer_id: UUID, *, by: Principal, page: PageRequest, now: datetime
) -> Page[HandoverBrief]:
    """List the customers of a transfer by code; a rep's are those that are his now. Raises NotFound."""
    transfers.by_id(session, transfer_id, by=by)
    moved = select(TransferItem.subject_id).where(
        TransferItem.transfer_id == transfer_id, TransferItem.kind == TransferredKind.CUSTOMER
    )
    statement = select(Customer).where(Customer.id.in_(moved), scope.customers(by))
    found = paginate(session, statement, [Customer.code, Customer.id], page)
    today = local_day(now, ZoneInfo(session.get_one(Branch, by.branch_id).timezone))
    facts = _facts(session, transfer_id, [customer.id for customer in found.items], today)
    return mapped(found, facts.brief)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of the customers of one page, each subject by customer."""

    introduced_on: Mapping[UUID, date]
    shipped: Mapping[UUID, Mapping[str, Any]]
    visited: Mapping[UUID, Visit]
    contacted_at: Mapping[UUID, datetime]
    cases: Mapping[UUID, int]
    field_reports: Mapping[UUID, int]
    churn_alerts: Mapping[UUID, int]
    birthdays: Mapping[UUID, Sequence[BirthdayAhead]]

    def brief(self, customer: Customer) -> HandoverBrief:
        return HandoverBrief(
            customer_id=customer.id,
            code=customer.code,
            name=customer.name,
            industry=customer.industry,
            grade=customer.grade,
            owner_id=customer.owner_id,
            introduced_on=self.introduced_on.get(customer.id),
            **self.shipped.get(customer.id, NO_SHIPMENTS),
            **_visit_facts(self.visited.get(customer.id)),
            last_contacted_at=self.contacted_at.get(customer.id),
            open_cases=self.cases.get(customer.id, 0),
            open_field_reports=self.field_reports.get(customer.id, 0),
            open_churn_alerts=self.churn_alerts.get(customer.id, 0),
            birthdays=self.birthdays.get(customer.id, []),
        )


NO_SHIPMENTS: Mapping[str, Any] = {"shipments": 0, "revenue_minor": 0, "last_shipped_on": None}


def _facts(session: Session, transfer_id: UUID, ids: Sequence[UUID], today: date) -> _Facts:
    return _Facts(
        introduced_on=_introduced_on(session, transfer_id, ids),
        shipped=_shipments(session, ids, today),
        visited=_last_visits(session, ids),
        contacted_at=contact_log.newest_by_customer(session, ids),
        cases=_counts(session, Case.customer_id, ids, Case.state != CaseState.CLOSED),
        field_reports=_counts(
            session, FieldReport.customer_id, ids, FieldReport.state != FieldReportState.CLOSED
        ),
        churn_alerts=_counts(session, ChurnAlert.customer_id, ids, ChurnAlert.state.in_(OPEN_STATES)),
        birthdays=_birthdays(session, ids, today),
    )


def _introduced_on(session: Session, transfer_id: UUID, customer_ids: Collection[UUID]) -> dict[UUID, date]:
    rows = session.execute(
        select(Visit.customer_id, Visit.planned_on)
        .join(TransferItem, TransferItem.subject_id == Visit.id)
        .where(
            TransferItem.transfer_id == transfer_id,
            TransferItem.kind == TransferredKind.INTRODUCTION,
            Visit.customer_id.in_(customer_ids),
        )
    )
    return {row[0]: row[1] for row in rows}


def _shipments(
    session: Session, customer_ids: Collection[UUID], today: date
) -> dict[UUID, Mapping[str, Any]]:
    """Return number and revenue of the last 90 days; older ones tell only when the customer shipped last."""
    is_late = Shipment.shipped_on > today - LATELY
    rows = session.execute(
        select(
            Shipment.customer_id,
            func.count().filter(is_late),
            func.coalesce(func.sum(Shipment.revenue_minor).filter(is_late), 0),
            func.max(Shipment.shipped_on),
        )
        .where(Shipment.customer_id.in_(customer_ids))
        .group_by(Shipment.customer_id)
    )
    return {
        row[0]: {"shipments": row[1], "revenue_minor": int(row[2]), "last_shipped_on": row[3]} for row in rows
    }


def _last_visits(session: Session, customer_ids: Collection[UUID]) -> dict[UUID, Visit]:
    last = (
        select(Visit.customer_id, func.max(Visit.completed_at).label("completed_at"))
        .where(Visit.customer_id.in_(customer_ids), Visit.completed_at.is_not(None))
        .group_by(Visit.customer_id)
        .subquery()
    )
    same = and_(Visit.customer_id == last.c.customer_id, Visit.completed_at == last.c.completed_at)
    return {visit.customer_id: visit for visit in session.scalars(select(Visit).join(last, same))}


def _visit_facts(visit: Visit | None) -> Mapping[str, Any]:
    mood = (visit.report or {}).get("mood") if visit else None
    return {
        "last_visited_at": visit and visit.completed_at,
        "last_mood": mood and Mood(mood),
        "last_findings": visit and visit.findings,
    }


def _counts(
    session: Session,
    customer: InstrumentedAttribute[UUID],
    customer_ids: Collection[UUID],
    condition: ColumnElement[bool],
) -> dict[UUID, int]:
    counted = select(customer, func.count()).where(customer.in_(customer_ids), condition)
    return {row[0]: row[1] for row in session.execute(counted.group_by(customer))}


def _birthdays(
    session: Session, customer_ids: Collection[UUID], today: date
) -> dict[UUID, list[BirthdayAhead]]:
    """Return the birthdays of the next 30 days. They are sealed, so each is opened and looked at."""
    with_birthday = select(Contact).where(
        Contact.customer_id.in_(customer_ids), Contact.birthday_index.is_not(None)
    )
    found: dict[UUID, list[BirthdayAhead]] = {}
    for contact in session.scalars(with_birthday.order_by(Contact.id)):
        kept_on = birthday_within(contact.birthday, today, days=BIRTHDAYS_AHEAD_DAYS)
        if kept_on is not None:
            ahead = BirthdayAhead(contact.id, contact.name, kept_on)
            found.setdefault(contact.customer_id, []).append(ahead)
    return found
