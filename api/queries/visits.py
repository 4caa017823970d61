"""Visits: a person's list, a rep's open ones, and what has to be known to plan another.

What a week's plan is made from is read in `week_plans`, how a branch keeps its cadence in `visit_coverage`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from api.domain.business_hours import local_day
from api.domain.errors import NotFound
from api.domain.geofence import Place
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.visit_cadence import CHECK_IN_WITHIN_M, LIVE_STATES, cadence
from api.domain.visit_reasons import Because
from api.domain.vocabulary import Grade, Mood, VisitState
from api.models import Branch, Customer, Site, Visit
from api.queries import branches, scope
from api.queries.paging import paginate


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """What a list of visits is narrowed to; both days are included."""

    state: VisitState | None = None
    customer_id: UUID | None = None
    rep_id: UUID | None = None
    planned_from: date | None = None
    planned_to: date | None = None


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit with its customer, and what follows from the instant of looking."""

    visit: Visit
    customer_code: str
    customer_name: str
    grade: Grade | None
    is_overdue: bool
    is_far: bool | None
    """Whether the check-in was further than 500 m from every site; None without a check-in to measure."""
    next_due_on: date | None
    """When the next visit is due by the grade's cadence; None until this one is completed."""
    next_visit_on: date | None
    """The first day of an open visit that follows a completed one: planned, or only offered."""

    @property
    def version(self) -> int:
        return self.visit.version

    @property
    def mood(self) -> Mood | None:
        told = (self.visit.report or {}).get("mood")
        return None if told is None else Mood(told)

    @property
    def competitor_seen(self) -> bool | None:
        return (self.visit.report or {}).get("competitor_seen")

    @property
    def met(self) -> list[UUID] | None:
        told = (self.visit.report or {}).get("met")
        return None if told is None else [UUID(one) for one in told]

    @property
    def because(self) -> list[Because]:
        """Why the planner proposed it; empty when a person planned it."""
        return [Because.from_json(stored) for stored in self.visit.because or ()]


def listed(
    session: Session, *, by: Principal, only: VisitFilter, page: PageRequest, now: datetime
) -> Page[VisitView]:
    """List visits by the day they are planned for."""
    exact = {Visit.state: only.state, Visit.customer_id: only.customer_id, Visit.rep_id: only.rep_id}
    conditions = [column == wanted for column, wanted in exact.items() if wanted is not None]
    if only.planned_from is not None:
        conditions.append(Visit.planned_on >= only.planned_from)
    if only.planned_to is not None:
        conditions.append(Visit.planned_on <= only.planned_to)
    statement = select(Visit).where(scope.visits(by), *conditions)
    found = paginate(session, statement, [Visit.planned_on, Visit.id], page)
    return Page(views(session, found.items, branch_id=by.branch_id, now=now), found.next_cursor)


def by_id(session: Session, visit_id: UUID, *, by: Principal) -> Visit:
    found = session.scalar(select(Visit).where(Visit.id == visit_id, scope.visits(by)))
    if found is None:
        raise NotFound()
    return found


def view_by_id(session: Session, visit_id: UUID, *, by: Principal, now: datetime) -> VisitView:
    return view_of(session, by_id(session, visit_id, by=by), now=now)


def view_of(session: Session, visit: Visit, *, now: datetime) -> VisitView:
    return views(session, [visit], branch_id=visit.branch_id, now=now)[0]


def views(session: Session, visits: Sequence[Visit], *, branch_id: UUID, now: datetime) -> list[VisitView]:
    """Look at visits of one branch; the customers are read in one statement."""
    zone = ZoneInfo(session.get_one(Branch, branch_id).timezone)
    policy = branches.policy(session, branch_id)
    wanted = {visit.customer_id for visit in visits}
    customers = {one.id: one for one in session.scalars(select(Customer).where(Customer.id.in_(wanted)))}
    ahead = _next_open(session, {visit.customer_id for visit in visits if visit.completed_at})
    seen = []
    for visit in visits:
        customer = customers[visit.customer_id]
        distance, completed_at = visit.check_in_distance_m, visit.completed_at
        next_due = local_day(completed_at, zone) + cadence(policy, customer.grade) if completed_at else None
        seen.append(
            VisitView(
                visit,
                customer.code,
                customer.name,
                customer.grade,
                is_overdue=visit.state in LIVE_STATES and visit.planned_on < local_day(now, zone),
                is_far=None if distance is None else distance > CHECK_IN_WITHIN_M,
                next_due_on=next_due,
                next_visit_on=ahead.get(visit.customer_id) if completed_at else None,
            )
        )
    return seen


def _next_open(session: Session, customer_ids: Collection[UUID]) -> dict[UUID, date]:
    if not customer_ids:
        return {}
    first = (
        select(Visit.customer_id, func.min(Visit.planned_on))
        .where(Visit.customer_id.in_(customer_ids), Visit.state.in_(LIVE_STATES))
        .group_by(Visit.customer_id)
    )
    return {row[0]: row[1] for row in session.execute(first)}


def starting_between(session: Session, after: datetime, until: datetime) -> Sequence[Visit]:
    """Return accepted visits whose fixed time lies in a span, its first instant excluded."""
    upcoming = select(Visit).where(
        Visit.state == VisitState.PLANNED, Visit.starts_at > after, Visit.starts_at <= until
    )
    return session.scalars(upcoming.order_by(Visit.starts_at, Visit.id)).all()


def overdue_untold(session: Session, branch_id: UUID, *, before: date) -> Sequence[Visit]:
    """Return a branch's accepted visits of days gone by that the managers have not heard of."""
    return session.scalars(
        select(Visit)
        .where(
            Visit.branch_id == branch_id,
            Visit.planned_on < before,
            Visit.state == VisitState.PLANNED,
            Visit.overdue_told_at.is_(None),
        )
        .order_by(Visit.planned_on, Visit.id)
    ).all()


def open_of_customer(session: Session, customer_id: UUID) -> Sequence[Visit]:
    """Return a customer's open visits, proposed ones first."""
    open_visits = select(Visit).where(Visit.customer_id == customer_id, Visit.state.in_(LIVE_STATES))
    return session.scalars(open_visits.order_by(Visit.state.desc(), Visit.planned_on, Visit.id)).all()


def starts_near(session: Session, rep_id: UUID, at: datetime, *, besides: UUID | None) -> Sequence[datetime]:
    """Return the fixed times of a rep's other open visits within a day of an instant."""
    others = select(Visit.starts_at).where(
        Visit.rep_id == rep_id,
        Visit.state.in_(LIVE_STATES),
        Visit.starts_at.between(at - timedelta(days=1), at + timedelta(days=1)),
    )
    if besides is not None:
        others = others.where(Visit.id != besides)
    return [found for found in session.scalars(others) if found is not None]


def loads_of(session: Session, rep_ids: Collection[UUID], first: date | None, last: date) -> dict[date, int]:
    """Count the open visits of some reps on each day that has any, up to `last` and from `first` on."""
    counted = (
        select(Visit.planned_on, func.count())
        .where(
            Visit.rep_id.in_(rep_ids),
            Visit.state.in_(LIVE_STATES),
            Visit.planned_on <= last,
            true() if first is None else Visit.planned_on >= first,
        )
        .group_by(Visit.planned_on)
    )
    return {row[0]: row[1] for row in session.execute(counted)}


def places_of_reps_customers(session: Session, rep_id: UUID) -> dict[UUID, Place]:
    """Return where each customer of a rep is: at the first of his sites."""
    rows = session.execute(
        select(Site.customer_id, Site.latitude, Site.longitude)
        .join(Customer, Customer.id == Site.customer_id)
        .where(Customer.owner_id == rep_id)
        .order_by(Site.id.desc())
    )
    return {row.customer_id: Place(row.latitude, row.longitude) for row in rows}


def places_of(session: Session, customer_id: UUID) -> list[Place]:
    """Return where a customer's sites are."""
    rows = session.execute(select(Site.latitude, Site.longitude).where(Site.customer_id == customer_id))
    return [Place(latitude, longitude) for latitude, longitude in rows]
