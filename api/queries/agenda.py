"""A rep's list of a day, gathered from all that waits for him, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.domain.agenda import AgendaItem, Loss, check_day, loss_by_deadline, loss_of_visit
from api.domain.business_hours import local_day, local_instant
from api.domain.churn_alerts import OPEN_STATES
from api.domain.paging import Page, PageRequest, encode_cursor
from api.domain.principal import Principal
from api.domain.visit_cadence import LIVE_STATES
from api.domain.vocabulary import AgendaKind, AlertState, Band, CaseState, FieldReportState, VisitState
from api.models import Case, ChurnAlert, Customer, FieldReport, Occasion, Visit, VisitTask
from api.queries import scope, staff

MOST_OF_A_KIND = 500


@dataclass(frozen=True, slots=True)
class _Day:
    """The day that is looked at, by the clock of whoever asks."""

    by: Principal
    day: date
    zone: ZoneInfo
    now: datetime

    @property
    def is_today(self) -> bool:
        return self.day == local_day(self.now, self.zone)

    @property
    def ends_at(self) -> datetime:
        return local_instant(self.day + timedelta(days=1), time.min, self.zone)

    def falls_here(self, column: InstrumentedAttribute[date]) -> ColumnElement[bool]:
        """Today also has what was left over from the days before."""
        return column <= self.day if self.is_today else column == self.day


def of_day(
    session: Session, *, day: date | None, by: Principal, page: PageRequest, now: datetime
) -> Page[AgendaItem]:
    """Return a rep's list, what is lost first at the head; without a day that of today.

    On a day to come only what has that day is on it. Raises DayOutOfReach.
    """
    zone = staff.zone_of(session, by.staff_id)
    today = local_day(now, zone)
    check_day(day or today, today)
    looked_at = _Day(by, day or today, zone, now)
    items = sorted(_everything(session, looked_at), key=lambda item: item.key)
    behind = [item for item in items if page.after is None or item.key > page.after]
    shown = behind[: page.limit]
    return Page(shown, encode_cursor(shown[-1].key) if len(behind) > page.limit else None)


def _everything(session: Session, day: _Day) -> Iterator[AgendaItem]:
    yield from _visits(session, day)
    yield from _tasks(session, day)
    yield from _occasions(session, day)
    if day.is_today:
        yield from _alerts(session, day)
        yield from _field_reports(session, day)


def _visits(session: Session, day: _Day) -> Iterator[AgendaItem]:
    open_visits = (scope.visits(day.by), Visit.state.in_(LIVE_STATES), day.falls_here(Visit.planned_on))
    for visit, customer in _rows(session, Visit, *open_visits):
        is_proposal = visit.state is VisitState.PROPOSED
        loss = loss_of_visit(
            is_proposal=is_proposal,
            has_hour=visit.starts_at is not None,
            is_overdue=visit.planned_on < day.day,
        )
        kind = AgendaKind.PROPOSAL if is_proposal else AgendaKind.VISIT
        yield _item(kind, visit, customer, loss, due_on=visit.planned_on, due_at=visit.starts_at)


def _tasks(session: Session, day: _Day) -> Iterator[AgendaItem]:
    to_do = (scope.visit_tasks(day.by), VisitTask.done_at.is_(None), day.falls_here(VisitTask.due_on))
    for task, customer in _rows(session, VisitTask, *to_do):
        loss = Loss.PROMISE if task.due_on < day.day else Loss.DAY
        yield _item(AgendaKind.TASK, task, customer, loss, due_on=task.due_on, text=task.what)


def _occasions(session: Session, day: _Day) -> Iterator[AgendaItem]:
    """Nobody is congratulated while a case of his house is open."""
    waits_for_answer = exists().where(Case.customer_id == Customer.id, Case.state != CaseState.CLOSED)
    to_greet = (scope.occasions(day.by), Occasion.falls_on == day.day, Occasion.greeted_at.is_(None))
    for occasion, customer in _rows(session, Occasion, *to_greet, ~waits_for_answer):
        yield _item(AgendaKind.OCCASION, occasion, customer, Loss.DAY, due_on=occasion.falls_on)


def _alerts(session: Session, day: _Day) -> Iterator[AgendaItem]:
    """A snoozed alert is on the list once its time is over; the win-back list is for a quiet hour."""
    asleep = (ChurnAlert.state == AlertState.SNOOZED) & (ChurnAlert.snoozed_until > day.now)
    awake = (
        scope.churn_alerts(day.by),
        ChurnAlert.state.in_(OPEN_STATES),
        ChurnAlert.win_back.is_(False),
        ~asleep,
    )
    for alert, customer in _rows(session, ChurnAlert, *awake):
        loss = Loss.CUSTOMER if alert.band is Band.HIGH else Loss.TIME
        worth = {"value_at_risk_minor": alert.value_at_risk_minor, "currency": alert.currency}
        yield _item(AgendaKind.CHURN_ALERT, alert, customer, loss, **worth)


def _field_reports(session: Session, day: _Day) -> Iterator[AgendaItem]:
    unread = (scope.field_reports(day.by), FieldReport.state == FieldReportState.OPEN)
    for report, customer in _rows(session, FieldReport, *unread):
        loss = loss_by_deadline(report.acknowledge_by_at, day.ends_at)
        yield _item(AgendaKind.FIELD_REPORT, report, customer, loss, due_at=report.acknowledge_by_at)


def _rows(session: Session, model: Any, *conditions: ColumnElement[bool]) -> Sequence[Any]:
    return session.execute(
        select(model, Customer)
        .join(Customer, Customer.id == model.customer_id)
        .where(*conditions)
        .order_by(model.id)
        .limit(MOST_OF_A_KIND)
    ).all()


def _item(kind: AgendaKind, subject: Any, customer: Customer, loss: Loss, **more: Any) -> AgendaItem:
    return AgendaItem(
        kind=kind,
        subject_id=subject.id,
        customer_id=customer.id,
        customer_code=customer.code,
        customer_name=customer.name,
        grade=customer.grade,
        loss=loss,
        **more,
    )
