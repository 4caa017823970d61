"""Visits: a person's list, a rep's open ones, and how each of a rep's customers stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from api.domain.business_hours import local_day
from api.domain.churn_alerts import OPEN_STATES
from api.domain.errors import NotFound
from api.domain.geofence import Place
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.visit_cadence import CHECK_IN_WITHIN_M, LIVE_STATES, Acquaintance, cadence
from api.domain.vocabulary import Band, CustomerState, Grade, Mood, VisitState
from api.models import Branch, ChurnAlert, Customer, Site, Visit
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
            )
        )
    return seen


def open_of_rep(session: Session, rep_id: UUID, *, until: date) -> Sequence[Visit]:
    """Return a rep's open visits up to and including a day, what is overdue among them."""
    open_visits = select(Visit).where(
        Visit.rep_id == rep_id, Visit.state.in_(LIVE_STATES), Visit.planned_on <= until
    )
    return session.scalars(open_visits.order_by(Visit.planned_on, Visit.id)).all()


def open_of_customer(session: Session, customer_id: UUID) -> Sequence[Visit]:
    """Return a customer's open visits, proposed ones first."""
    open_visits = select(Visit).where(Visit.customer_id == customer_id, Visit.state.in_(LIVE_STATES))
    return session.scalars(open_visits.order_by(Visit.state.desc(), Visit.planned_on, Visit.id)).all()


def unplanned_acquaintances(session: Session, rep_id: UUID, zone: ZoneInfo) -> list[Acquaintance]:
    """Return how each active customer of a rep stands that has no open visit."""
    visited = select(func.max(Visit.completed_at)).where(Visit.customer_id == Customer.id).scalar_subquery()
    red = exists().where(
        ChurnAlert.customer_id == Customer.id,
        ChurnAlert.band == Band.HIGH,
        ChurnAlert.state.in_(OPEN_STATES),
        ChurnAlert.win_back.is_(False),
    )
    has_open_visit = exists().where(Visit.customer_id == Customer.id, Visit.state.in_(LIVE_STATES))
    rows = session.execute(
        select(Customer.id, Customer.grade, visited.label("visited_at"), red.label("red")).where(
            Customer.owner_id == rep_id, Customer.state == CustomerState.ACTIVE, ~has_open_visit
        )
    )
    return [
        Acquaintance(
            customer_id=row.id,
            rep_id=rep_id,
            grade=row.grade,
            last_visited_on=local_day(row.visited_at, zone) if row.visited_at else None,
            red_alert=row.red,
        )
        for row in rows
    ]


def places_of(session: Session, customer_id: UUID) -> list[Place]:
    """Return where a customer's sites are."""
    rows = session.execute(select(Site.latitude, Site.longitude).where(Site.customer_id == customer_id))
    return [Place(latitude, longitude) for latitude, longitude in rows]
