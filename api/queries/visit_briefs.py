"""The brief before a visit: all that matters of a customer on one screen, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from api.domain.business_hours import local_day
from api.domain.churn_alerts import OPEN_STATES
from api.domain.occasions import birthday_within
from api.domain.visit_cadence import cadence, due_on, standing
from api.domain.vocabulary import Band, CaseState, FieldReportState, Locale, VisitDue, VisitState
from api.models import (
    Branch,
    Case,
    ChurnAlert,
    ChurnScore,
    Contact,
    Customer,
    Feedback,
    FieldReport,
    Pickup,
    Shipment,
    Visit,
    VisitTask,
    Wait,
)
from api.queries import branches
from api.queries.churn import ReasonView

SHOWN = 5
MOST_CONTACTS = 20
MONTH = timedelta(days=30)
BIRTHDAYS_WITHIN_DAYS = 14


@dataclass(frozen=True, slots=True)
class ContactLine:
    """Whom to ask for. `birthday_on` is named when it comes within two weeks."""

    id: UUID
    name: str
    phone: str | None
    birthday_on: date | None


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """What was shipped lately: of the last 30 days, of the 30 before, and how much of it went wrong."""

    last_shipped_on: date | None
    last_30_days: int
    days_30_before: int
    failures_last_30_days: int


@dataclass(frozen=True, slots=True)
class RiskLine:
    band: Band
    has_open_alert: bool
    reasons: Sequence[ReasonView]


@dataclass(frozen=True, slots=True)
class VisitBrief:
    """One screen before ringing the bell. Lists are the newest, or the most urgent, five."""

    customer: Customer
    standing: VisitDue
    last_visited_on: date | None
    due_on: date
    contacts: Sequence[ContactLine]
    shipping: ShippingLine
    shipments: Sequence[Shipment]
    waits: Sequence[Wait]
    feedback: Sequence[Feedback]
    cases: Sequence[Case]
    field_reports: Sequence[FieldReport]
    risk: RiskLine
    last_visit: Visit | None
    tasks: Sequence[VisitTask]
    server_now: datetime


def of_customer(session: Session, customer_id: UUID, *, locale: Locale, now: datetime) -> VisitBrief:
    """Put together what a rep should know of a customer. Whether he may is for the caller to ask."""
    customer = session.get_one(Customer, customer_id)
    branch = session.get_one(Branch, customer.branch_id)
    today = local_day(now, ZoneInfo(branch.timezone))
    known_on = local_day(customer.created_at, ZoneInfo(branch.timezone))
    last_visit = _newest(
        session, Visit, Visit.completed_at, customer_id, Visit.state == VisitState.COMPLETED, 1
    )
    visited_on = _day_of(last_visit, ZoneInfo(branch.timezone))
    every = cadence(branches.policy(session, branch.id), customer.grade)
    return VisitBrief(
        customer=customer,
        standing=standing(visited_on, today, every),
        last_visited_on=visited_on,
        due_on=due_on(visited_on, known_on, every),
        contacts=_contacts(session, customer_id, today),
        shipping=_shipping(session, customer_id, today),
        shipments=_newest(session, Shipment, Shipment.picked_up_at, customer_id),
        waits=_waits(session, customer_id),
        feedback=_newest(session, Feedback, Feedback.given_at, customer_id),
        cases=_newest(session, Case, Case.opened_at, customer_id, Case.state != CaseState.CLOSED),
        field_reports=_newest(
            session,
            FieldReport,
            FieldReport.reported_at,
            customer_id,
            FieldReport.state != FieldReportState.CLOSED,
        ),
        risk=_risk(session, customer_id, locale),
        last_visit=last_visit[0] if last_visit else None,
        tasks=_tasks(session, customer_id),
        server_now=now,
    )


def _newest(
    session: Session,
    model: type[Any],
    instant: Any,
    customer_id: UUID,
    which: ColumnElement[bool] | None = None,
    limit: int = SHOWN,
) -> Sequence[Any]:
    rows = select(model).where(model.customer_id == customer_id)
    if which is not None:
        rows = rows.where(which)
    return session.scalars(rows.order_by(instant.desc(), model.id.desc()).limit(limit)).all()


def _day_of(last_visit: Sequence[Visit], zone: ZoneInfo) -> date | None:
    completed_at = last_visit[0].completed_at if last_visit else None
    return local_day(completed_at, zone) if completed_at else None


def _contacts(session: Session, customer_id: UUID, today: date) -> list[ContactLine]:
    rows = session.scalars(
        select(Contact).where(Contact.customer_id == customer_id).order_by(Contact.id).limit(MOST_CONTACTS)
    )
    return [
        ContactLine(
            one.id, one.name, one.phone, birthday_within(one.birthday, today, days=BIRTHDAYS_WITHIN_DAYS)
        )
        for one in rows
    ]


def _shipping(session: Session, customer_id: UUID, today: date) -> ShippingLine:
    lately, before = today - MONTH, today - 2 * MONTH
    recent = Shipment.shipped_on > lately
    row: Any = session.execute(
        select(
            func.max(Shipment.shipped_on),
            func.coalesce(func.sum(case((recent, 1), else_=0)), 0),
            func.coalesce(func.sum(case((~recent, 1), else_=0)), 0),
            func.coalesce(func.sum(case((recent & Shipment.failure.is_not(None), 1), else_=0)), 0),
        ).where(Shipment.customer_id == customer_id, Shipment.shipped_on > before)
    ).one()
    return ShippingLine(row[0], row[1], row[2], row[3])


def _waits(session: Session, customer_id: UUID) -> Sequence[Wait]:
    return session.scalars(
        select(Wait)
        .join(Pickup, Pickup.id == Wait.pickup_id)
        .where(Pickup.customer_id == customer_id, Wait.departed_at.is_not(None))
        .order_by(Wait.arrived_at.desc(), Wait.id.desc())
        .limit(SHOWN)
    ).all()


def _risk(session: Session, customer_id: UUID, locale: Locale) -> RiskLine:
    latest = session.scalars(
        select(ChurnScore)
        .where(ChurnScore.customer_id == customer_id)
        .order_by(ChurnScore.scored_on.desc())
        .limit(1)
    ).one_or_none()
    alert = session.scalar(
        select(func.count()).where(ChurnAlert.customer_id == customer_id, ChurnAlert.state.in_(OPEN_STATES))
    )
    reasons = ReasonView.all_of(latest.reasons if latest else [], locale)
    return RiskLine(latest.band if latest else Band.UNRATED, bool(alert), reasons)


def _tasks(session: Session, customer_id: UUID) -> Sequence[VisitTask]:
    return session.scalars(
        select(VisitTask)
        .where(VisitTask.customer_id == customer_id, VisitTask.done_at.is_(None))
        .order_by(VisitTask.due_on, VisitTask.id)
        .limit(SHOWN)
    ).all()
