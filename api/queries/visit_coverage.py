"""How a branch keeps its cadence: every customer against his due day, the totals of it, and promises kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, case, func, literal, select
from sqlalchemy.orm import Session

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import local_day, local_instant
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.report_period import ReportPeriod
from api.domain.visit_cadence import (
    CHECK_IN_WITHIN_M,
    LIVE_STATES,
    cadence,
    due_on,
    due_soon_days,
    standing,
)
from api.domain.visit_compliance import Compliance, VisitFact, compliance
from api.domain.vocabulary import CustomerState, Grade, VisitDue
from api.models import Branch, Customer, Visit
from api.queries import branches, scope
from api.queries.paging import paginate

FACTS_AT_ONCE = 1_000
_VISITED: ScalarSelect[datetime | None] = (
    select(func.max(Visit.completed_at)).where(Visit.customer_id == Customer.id).scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class CoverageFilter:
    """What a list of customers is narrowed to."""

    standing: VisitDue | None = None
    rep_id: UUID | None = None
    grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class CoverageView:
    """How one customer stands against his cadence, and when somebody comes next."""

    customer_id: UUID
    customer_code: str
    customer_name: str
    grade: Grade | None
    rep_id: UUID | None
    standing: VisitDue
    last_visited_on: date | None
    due_on: date
    next_visit_on: date | None


@dataclass(frozen=True, slots=True)
class CoverageTotal:
    """How many customers of a rep and grade stand how."""

    rep_id: UUID | None
    grade: Grade | None
    never: int
    on_track: int
    due_soon: int
    overdue: int


def listed(
    session: Session, *, by: Principal, only: CoverageFilter, page: PageRequest, now: datetime
) -> Page[CoverageView]:
    """List active customers by code, each with how he stands today."""
    known = _Today(session, by, now)
    statement = select(Customer).where(scope.customers(by), Customer.state == CustomerState.ACTIVE)
    if only.standing is not None:
        statement = statement.where(known.standing() == only.standing.value)
    if only.rep_id is not None:
        statement = statement.where(Customer.owner_id == only.rep_id)
    if only.grade is not None:
        statement = statement.where(Customer.grade == only.grade)
    found = paginate(session, statement, [Customer.code, Customer.id], page)
    return Page(known.views(session, found.items), found.next_cursor)


def totals(session: Session, *, by: Principal, now: datetime) -> list[CoverageTotal]:
    """Count the active customers of each rep and grade by how they stand, in one statement."""
    how = _Today(session, by, now).standing().label("standing")
    rows = session.execute(
        select(Customer.owner_id, Customer.grade, how, func.count())
        .where(scope.customers(by), Customer.state == CustomerState.ACTIVE)
        .group_by(Customer.owner_id, Customer.grade, how)
    )
    counts: dict[tuple[UUID | None, Grade | None], dict[str, int]] = defaultdict(dict)
    for owner_id, grade, name, count in rows:
        counts[owner_id, grade][name] = count
    ordered = sorted(counts, key=lambda key: (str(key[0] or ""), key[1] or "Z"))
    return [_total(*key, counts[key]) for key in ordered]


def kept_by_rep(session: Session, *, period: ReportPeriod, by: Principal, now: datetime) -> list[Compliance]:
    """Count how reps kept the visits that were planned for a period."""
    zone = ZoneInfo(session.get_one(Branch, by.branch_id).timezone)
    rows = session.execute(
        select(
            Visit.rep_id,
            Visit.state,
            Visit.planned_on,
            Visit.completed_at,
            Visit.checked_in_at,
            Visit.check_in_distance_m,
        )
        .where(scope.visits(by), Visit.planned_on.between(period.first_on, period.last_on))
        .execution_options(yield_per=FACTS_AT_ONCE)
    )
    facts = (
        VisitFact(
            row.rep_id,
            row.state,
            row.planned_on,
            completed_on=local_day(row.completed_at, zone) if row.completed_at else None,
            is_checked_in=row.checked_in_at is not None,
            is_far=(row.check_in_distance_m or 0) > CHECK_IN_WITHIN_M,
        )
        for row in rows
    )
    return compliance(facts, local_day(now, zone))


def _total(rep_id: UUID | None, grade: Grade | None, counts: Mapping[str, int]) -> CoverageTotal:
    return CoverageTotal(
        rep_id,
        grade,
        never=counts.get(VisitDue.NEVER, 0),
        on_track=counts.get(VisitDue.ON_TRACK, 0),
        due_soon=counts.get(VisitDue.DUE_SOON, 0),
        overdue=counts.get(VisitDue.OVERDUE, 0),
    )


class _Today:
    """The day on which a branch's customers are looked at, and what it goes by."""

    def __init__(self, session: Session, by: Principal, now: datetime) -> None:
        self._zone = ZoneInfo(session.get_one(Branch, by.branch_id).timezone)
        self._policy: BranchPolicy = branches.policy(session, by.branch_id)
        self._today = local_day(now, self._zone)

    def standing(self) -> ColumnElement[Any]:
        """Say in SQL what `visit_cadence.standing` says, so that a list can be narrowed to it."""
        return case(
            (_VISITED.is_(None), VisitDue.NEVER.value),
            (self._visited_before(lambda every: every.days), VisitDue.OVERDUE.value),
            (self._visited_before(lambda every: due_soon_days(every) - 1), VisitDue.DUE_SOON.value),
            else_=VisitDue.ON_TRACK.value,
        )

    def views(self, session: Session, customers: Sequence[Customer]) -> list[CoverageView]:
        ids = [customer.id for customer in customers]
        visited = dict(
            _by_customer(session, func.max(Visit.completed_at), ids, Visit.completed_at.is_not(None))
        )
        ahead = dict(_by_customer(session, func.min(Visit.planned_on), ids, Visit.state.in_(LIVE_STATES)))
        return [self._view(one, visited.get(one.id), ahead.get(one.id)) for one in customers]

    def _view(self, customer: Customer, visited_at: datetime | None, next_on: date | None) -> CoverageView:
        every = cadence(self._policy, customer.grade)
        last = local_day(visited_at, self._zone) if visited_at else None
        return CoverageView(
            customer_id=customer.id,
            customer_code=customer.code,
            customer_name=customer.name,
            grade=customer.grade,
            rep_id=customer.owner_id,
            standing=standing(last, self._today, every),
            last_visited_on=last,
            due_on=due_on(last, local_day(customer.created_at, self._zone), every),
            next_visit_on=next_on,
        )

    def _visited_before(self, days_of: Callable[[timedelta], int]) -> ColumnElement[bool]:
        """Tell whether the last visit lies more days back than the grade's cadence allows."""

        def before(grade: Grade | None) -> ColumnElement[datetime]:
            day = self._today - timedelta(days=days_of(cadence(self._policy, grade)))
            return literal(local_instant(day, time.min, self._zone), Visit.completed_at.type)

        limits = [(Customer.grade == grade, before(grade)) for grade in (Grade.A, Grade.B)]
        return case(*limits, else_=before(Grade.C)) > _VISITED


def _by_customer(
    session: Session, what: ColumnElement[Any], ids: Sequence[UUID], which: ColumnElement[bool]
) -> Sequence[Any]:
    found = select(Visit.customer_id, what).where(Visit.customer_id.in_(ids), which)
    return [(row[0], row[1]) for row in session.execute(found.group_by(Visit.customer_id))]
