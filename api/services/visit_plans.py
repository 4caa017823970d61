"""A rep's week: proposing visits for it, and saying yes to them. Moving and skipping one: see `visits`.

Whom to visit, and when, is decided in `domain.visit_planning`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.business_hours import day_once_past, local_day, local_instant
from api.domain.errors import NotFound
from api.domain.principal import Principal
from api.domain.visit_planning import Planned, PlanWeek, monday_of, plan
from api.domain.vocabulary import Role, VisitState
from api.models import Branch, Visit, WeekPlan
from api.queries.staff import FieldRep
from api.queries.week_plans import Ground
from api.services import events, visits

JOB = "plan_visits"
TODAY_COUNTS_UNTIL = time(12)
"""After noon it is too late to send a rep off to somebody today."""
PLANNED_AT = (time(7, 30), time(16))
"""Before the lists of the morning and of the evening, local to the rep."""


@dataclass(frozen=True, slots=True)
class DuePlan:
    """A rep whose week is to be planned now, for the sake of that time of his day."""

    rep: FieldRep
    day: date
    at: time

    @property
    def slot(self) -> str:
        return f"{self.rep.staff_id}:{self.day.isoformat()}:{self.at:%H%M}"


def make(
    session: Session, *, week_starts_on: date, rep_id: UUID | None = None, by: Principal, now: datetime
) -> WeekPlan:
    """Propose the visits of a week, anew if it had been planned: what was accepted stays where it is.

    A rep plans for himself, or for whom he stands in; a manager names the rep. Raises NotFound for anybody
    but an active rep within reach, and WeekOutOfReach.
    """
    rep_id = rep_id or by.staff_id
    if by.role is Role.SALES_REP and rep_id not in by.answers_for:
        raise NotFound()
    if not queries.staff.is_active_with_role(session, rep_id, branch_id=by.branch_id, role=Role.SALES_REP):
        raise NotFound()
    branch = session.get_one(Branch, by.branch_id)
    calendar = queries.work_calendars.of_branch(session, branch, around=now)
    zone = queries.staff.zone_of(session, rep_id)
    week = PlanWeek.of(week_starts_on, today=first_day(now, zone), calendar=calendar)
    return _plan(session, rep_id, branch, week, by, now)


def due_plans(session: Session, *, now: datetime) -> list[DuePlan]:
    """Return for whom it is past the newest time of planning and nobody has planned, in two statements."""
    due = []
    for rep in queries.staff.field_reps(session):
        past = [(day, at) for at in PLANNED_AT if (day := day_once_past(now, at, rep.zone)) is not None]
        if past:
            due.append(DuePlan(rep, *past[-1]))
    dealt_with = queries.job_slots.taken(session, JOB, [one.slot for one in due])
    return [one for one in due if one.slot not in dealt_with]


def make_due(session: Session, due: DuePlan, *, now: datetime) -> bool:
    """Plan what comes next for a rep: the rest of this week while a day of it is worked, else the next one.

    False when somebody else has.
    """
    if not queries.job_slots.claim(session, JOB, due.slot, now=now):
        return False
    branch = session.get_one(Branch, due.rep.branch_id)
    calendar = queries.work_calendars.of_branch(session, branch, around=now)
    first = calendar.next_working_day(first_day(now, due.rep.zone))
    week = PlanWeek.of(monday_of(first), today=first, calendar=calendar)
    _plan(session, due.rep.staff_id, branch, week, None, now)
    return True


def accept(
    session: Session, *, plan_id: UUID, visit_ids: Collection[UUID] | None, by: Principal, now: datetime
) -> WeekPlan:
    """Say yes to the proposals of a plan, to all of them or to those named. Once is enough.

    Raises NotFound for a plan or visit out of reach, and VisitNotOpen for a visit that is over.
    """
    week_plan = queries.week_plans.by_id(session, plan_id, by=by)
    proposed = queries.week_plans.visits_of(session, week_plan.id)
    if visit_ids is not None and not set(visit_ids) <= {visit.id for visit in proposed}:
        raise NotFound()
    for visit in proposed:
        if visit.id in visit_ids if visit_ids is not None else visit.state is VisitState.PROPOSED:
            visits.accept_one(session, visit, by=by, now=now)
    return week_plan


def first_day(now: datetime, zone: ZoneInfo) -> date:
    """Return the first day that can still be planned: today until noon, then tomorrow."""
    today = local_day(now, zone)
    return today if now < local_instant(today, TODAY_COUNTS_UNTIL, zone) else today + timedelta(days=1)


def _plan(
    session: Session, rep_id: UUID, branch: Branch, week: PlanWeek, by: Principal | None, now: datetime
) -> WeekPlan:
    row = queries.week_plans.locked(
        session, branch_id=branch.id, rep_id=rep_id, week_starts_on=week.starts_on, now=now
    )
    ground = queries.week_plans.ground(session, rep_id, week, ZoneInfo(branch.timezone))
    planned = plan(ground.candidates, ground.accepted, week, queries.branches.policy(session, branch.id))
    row.left_out = [one.to_json() for one in planned.left_out]
    row.made_at, row.made_by_id = now, by.staff_id if by else None
    _apply(session, row, ground, planned, now)
    session.flush()
    events.record(
        session,
        "visit_plan.made",
        subject_type="visit_plan",
        subject_id=row.id,
        branch_id=branch.id,
        actor_id=row.made_by_id,
        data={"rep_id": str(rep_id), "proposed": len(planned.proposals), "left_out": len(planned.left_out)},
        now=now,
    )
    return row


def _apply(session: Session, row: WeekPlan, ground: Ground, planned: Planned, now: datetime) -> None:
    """Bring the rows of proposals in line: move, add and withdraw. Nobody has said yes to any of them."""
    kept = {proposal.customer_id for proposal in planned.proposals}
    for customer_id, visit in ground.proposals.items():
        if customer_id not in kept and visit.planned_on < row.week_starts_on + timedelta(days=7):
            session.delete(visit)
    session.flush()
    for proposal in planned.proposals:
        visit = ground.proposals.get(proposal.customer_id) or Visit(
            branch_id=row.branch_id,
            customer_id=proposal.customer_id,
            state=VisitState.PROPOSED,
            created_at=now,
        )
        visit.rep_id, visit.planned_on, visit.plan_id = row.rep_id, proposal.planned_on, row.id
        visit.because = [one.to_json() for one in proposal.because]
        session.add(visit)
