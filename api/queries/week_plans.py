"""Plans of a rep's week: by id, listed, and all that making one needs, in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.domain.business_hours import local_day
from api.domain.churn_alerts import OPEN_STATES
from api.domain.errors import NotFound
from api.domain.geofence import Place
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.visit_cadence import LIVE_STATES
from api.domain.visit_planning import Candidate, PlanWeek, red_by
from api.domain.visit_reasons import LeftOut, explanation, left_out_sentence
from api.domain.vocabulary import Band, CustomerState, Grade, LeftOutReason, Locale, VisitState
from api.models import ChurnAlert, Customer, Visit, WeekPlan
from api.queries import scope, visits
from api.queries.insertion import insert_missing
from api.queries.paging import paginate
from api.queries.visits import VisitView

ENDED_BY_REP = {VisitState.SKIPPED: LeftOutReason.SKIPPED, VisitState.CANCELLED: LeftOutReason.CALLED_OFF}


@dataclass(frozen=True, slots=True)
class LeftOutView:
    customer_id: UUID
    customer_code: str
    customer_name: str
    grade: Grade | None
    reason: LeftOutReason
    text: str


@dataclass(frozen=True, slots=True)
class ExplainedVisit:
    """A visit of a plan, and why it was proposed in the reader's language."""

    view: VisitView
    explanation: str


@dataclass(frozen=True, slots=True)
class WeekPlanView:
    """A plan with what is left of its visits, in the order of their days, and whom it leaves out."""

    plan: WeekPlan
    visits: Sequence[ExplainedVisit]
    left_out: Sequence[LeftOutView]

    @property
    def version(self) -> int:
        return self.plan.version


@dataclass(frozen=True, slots=True)
class PlanSummary:
    plan: WeekPlan
    proposed: int
    """How many of its visits still wait for an answer."""

    @property
    def left_out(self) -> int:
        return len(self.plan.left_out)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan is made from: the customers in question, what stands, and the proposals there are."""

    candidates: Sequence[Candidate]
    accepted: dict[date, list[Place | None]]
    proposals: dict[UUID, Visit]
    """Those that this plan may move or withdraw, by customer."""


def by_id(session: Session, plan_id: UUID, *, by: Principal) -> WeekPlan:
    found = session.scalar(select(WeekPlan).where(WeekPlan.id == plan_id, scope.week_plans(by)))
    if found is None:
        raise NotFound()
    return found


def locked(
    session: Session, *, branch_id: UUID, rep_id: UUID, week_starts_on: date, now: datetime
) -> WeekPlan:
    """Return the plan of a rep's week, made if there is none, locked: two who plan it come one by one."""
    key = {"rep_id": rep_id, "week_starts_on": week_starts_on}
    blank = {**key, "branch_id": branch_id, "left_out": [], "made_at": now, "version": 1}
    insert_missing(session, WeekPlan, [blank], unique=tuple(key), told=WeekPlan.rep_id)
    return session.execute(
        select(WeekPlan).filter_by(**key).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()


def listed(
    session: Session, *, by: Principal, rep_id: UUID | None, week_starts_on: date | None, page: PageRequest
) -> Page[PlanSummary]:
    """List plans, the newest week first."""
    statement = select(WeekPlan).where(scope.week_plans(by))
    if rep_id is not None:
        statement = statement.where(WeekPlan.rep_id == rep_id)
    if week_starts_on is not None:
        statement = statement.where(WeekPlan.week_starts_on == week_starts_on)
    found = paginate(session, statement, [WeekPlan.week_starts_on, WeekPlan.id], page, descending=True)
    waiting = session.execute(
        select(Visit.plan_id, func.count())
        .where(Visit.plan_id.in_([one.id for one in found.items]), Visit.state == VisitState.PROPOSED)
        .group_by(Visit.plan_id)
    )
    counts = {row[0]: row[1] for row in waiting}
    return Page([PlanSummary(one, counts.get(one.id, 0)) for one in found.items], found.next_cursor)


def visits_of(session: Session, plan_id: UUID) -> Sequence[Visit]:
    """Return the visits of a plan, whatever has become of them."""
    rows = select(Visit).where(Visit.plan_id == plan_id).order_by(Visit.planned_on, Visit.id)
    return session.scalars(rows).all()


def view_of(session: Session, plan: WeekPlan, *, locale: Locale, now: datetime) -> WeekPlanView:
    rows = visits_of(session, plan.id)
    left_out = [LeftOut.from_json(one) for one in plan.left_out]
    customers = {
        one.id: one
        for one in session.scalars(
            select(Customer).where(Customer.id.in_([out.customer_id for out in left_out]))
        )
    }
    seen = visits.views(session, rows, branch_id=plan.branch_id, now=now)
    return WeekPlanView(
        plan,
        [ExplainedVisit(one, explanation(one.because, locale)) for one in seen],
        [
            LeftOutView(
                customer_id=customer.id,
                customer_code=customer.code,
                customer_name=customer.name,
                grade=customer.grade,
                reason=out.reason,
                text=left_out_sentence(out.reason, locale),
            )
            for out in left_out
            if (customer := customers.get(out.customer_id)) is not None
        ],
    )


def ground(session: Session, rep_id: UUID, week: PlanWeek, zone: ZoneInfo) -> Ground:
    """Read what a rep's week is planned from.

    Left alone is who has a visit ahead already: an accepted one, unless a red alert wants it earlier, or a
    proposal of an earlier week that can still be answered. One of a later week may be brought forward.
    """
    open_visits = _open_visits(session, rep_id)
    accepted = [visit for visit in open_visits if visit.state is VisitState.PLANNED]
    proposals = {visit.customer_id: visit for visit in open_visits if visit.state is VisitState.PROPOSED}
    places = visits.places_of_reps_customers(session, rep_id)
    known = _Known(week, zone, places, _barred(session, rep_id, week), accepted, proposals)
    candidates = [known.candidate(row) for row in _customers(session, rep_id) if known.may_be_proposed(row)]
    stands: dict[date, list[Place | None]] = defaultdict(list)
    for visit in accepted:
        if visit.rep_id == rep_id:
            stands[visit.planned_on].append(places.get(visit.customer_id))
    in_reach = {one.customer_id: proposals[one.customer_id] for one in candidates if one.proposed_on}
    return Ground(candidates, dict(stands), in_reach)


class _Known:
    """What is known of a rep's customers besides their own rows."""

    def __init__(
        self,
        week: PlanWeek,
        zone: ZoneInfo,
        places: Mapping[UUID, Place],
        barred: Mapping[UUID, LeftOutReason],
        accepted: Sequence[Visit],
        proposals: Mapping[UUID, Visit],
    ) -> None:
        self._week, self._zone, self._places = week, zone, places
        self._barred, self._proposals = barred, proposals
        self._days: dict[UUID, list[date]] = defaultdict(list)
        for visit in accepted:
            self._days[visit.customer_id].append(visit.planned_on)

    def may_be_proposed(self, row: Any) -> bool:
        proposal, week = self._proposals.get(row.id), self._week
        if proposal is not None and week.today <= proposal.planned_on < week.starts_on:
            return False
        by_on = red_by(self._red_since(row), week.calendar) if row.red_at else date.max
        ahead = [day for day in self._days[row.id] if day >= week.today]
        return not ahead or min(ahead) > by_on

    def candidate(self, row: Any) -> Candidate:
        proposal = self._proposals.get(row.id)
        days = self._days[row.id]
        late = any(day < self._week.today for day in days)
        return Candidate(
            customer_id=row.id,
            grade=row.grade,
            known_on=local_day(row.created_at, self._zone),
            last_visited_on=local_day(row.visited_at, self._zone) if row.visited_at else None,
            red_since=self._red_since(row) if row.red_at else None,
            place=self._places.get(row.id),
            proposed_on=proposal.planned_on if proposal else None,
            accepted_on=min((day for day in days if day >= self._week.today), default=None),
            barred=LeftOutReason.VISIT_STILL_OPEN if late else self._barred.get(row.id),
        )

    def _red_since(self, row: Any) -> date:
        return local_day(row.red_at, self._zone)


def _customers(session: Session, rep_id: UUID) -> Sequence[Any]:
    visited = select(func.max(Visit.completed_at)).where(Visit.customer_id == Customer.id).scalar_subquery()
    red = (
        select(func.min(ChurnAlert.raised_at))
        .where(
            ChurnAlert.customer_id == Customer.id,
            ChurnAlert.band == Band.HIGH,
            ChurnAlert.state.in_(OPEN_STATES),
            ChurnAlert.win_back.is_(False),
        )
        .scalar_subquery()
    )
    return session.execute(
        select(
            Customer.id,
            Customer.grade,
            Customer.created_at,
            visited.label("visited_at"),
            red.label("red_at"),
        )
        .where(Customer.owner_id == rep_id, Customer.state == CustomerState.ACTIVE)
        .order_by(Customer.id)
    ).all()


def _open_visits(session: Session, rep_id: UUID) -> Sequence[Visit]:
    """Return the open visits of a rep, and those that others still have with his customers."""
    his = select(Customer.id).where(Customer.owner_id == rep_id)
    return session.scalars(
        select(Visit)
        .where(or_(Visit.rep_id == rep_id, Visit.customer_id.in_(his)), Visit.state.in_(LIVE_STATES))
        .order_by(Visit.id)
    ).all()


def _barred(session: Session, rep_id: UUID, week: PlanWeek) -> dict[UUID, LeftOutReason]:
    """Return whom the rep does not want in this week: he skipped the proposal, or called the visit off."""
    rows = session.execute(
        select(Visit.customer_id, Visit.state).where(
            Visit.rep_id == rep_id,
            Visit.state.in_(ENDED_BY_REP),
            Visit.planned_on.between(week.starts_on, week.starts_on + timedelta(days=6)),
        )
    )
    return {row.customer_id: ENDED_BY_REP[row.state] for row in rows}
