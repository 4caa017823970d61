"""Visits: planning, accepting, checking in, moving, calling off, failing. Reports: see `visit_reports`.

Which visits the house proposes is decided in `domain.visit_planning`, when a rep is reminded in
`domain.visit_reminders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.business_hours import local_day
from api.domain.geofence import Place, distance_m
from api.domain.principal import Principal
from api.domain.visit_cadence import (
    WIN_BACK,
    CustomerHasNoOwner,
    VisitAlreadyPlanned,
    VisitPlan,
    cadence,
    check_apart,
    check_missed,
    check_open,
    check_plan,
)
from api.domain.visit_days import day_for_offer
from api.domain.visit_reasons import Because
from api.domain.vocabulary import ProposalReason, VisitObstacle, VisitState
from api.models import Branch, Customer, Visit
from api.queries.visits import VisitView
from api.services import events, notices


def plan_visit(
    session: Session, *, customer_id: UUID, plan: VisitPlan, by: Principal, now: datetime
) -> VisitView:
    """Plan a visit; a proposal for the customer is thereby accepted. A manager plans for the owner.

    Raises NotFound, CustomerHasNoOwner, VisitInThePast, VisitStartsOnAnotherDay, VisitAlreadyPlanned and
    VisitTimesOverlap.
    """
    customer = queries.customers.by_id(session, customer_id, by=by)
    if customer.owner_id is None:
        raise CustomerHasNoOwner()
    _check(session, plan, customer.owner_id, now)
    visit = _proposal_or_new(session, customer, plan.planned_on, now)
    visit.purpose = plan.purpose or visit.purpose
    _set_date(visit, plan)
    session.flush()
    record(session, "visit.planned", visit, by, now, {"planned_on": plan.planned_on.isoformat()})
    return queries.visits.view_of(session, visit, now=now)


def plan_win_back(
    session: Session, *, customer: Customer, planned_on: date, by: Principal, now: datetime
) -> None:
    """Plan the visit to a lost customer; nothing where nobody owns him, or one is planned for that day."""
    planned = queries.visits.open_of_customer(session, customer.id)
    if customer.owner_id is None or any(visit.planned_on == planned_on for visit in planned):
        return
    visit = Visit(
        branch_id=customer.branch_id,
        customer_id=customer.id,
        rep_id=customer.owner_id,
        state=VisitState.PLANNED,
        planned_on=planned_on,
        purpose=WIN_BACK[session.get_one(Branch, customer.branch_id).locale],
        created_at=now,
    )
    session.add(visit)
    session.flush()
    record(session, "visit.planned", visit, by, now, {"planned_on": planned_on.isoformat()})


def reschedule(
    session: Session, *, visit_id: UUID, plan: VisitPlan, by: Principal, now: datetime
) -> VisitView:
    """Move an open visit; a proposed one is thereby planned. Its reminders move along.

    Raises NotFound, VisitNotOpen, VisitInThePast, VisitStartsOnAnotherDay, VisitAlreadyPlanned and
    VisitTimesOverlap.
    """
    visit = queries.visits.by_id(session, visit_id, by=by)
    check_open(visit.state)
    _check(session, plan, visit.rep_id, now, moved=visit.id)
    _check_free(session, visit, plan.planned_on)
    _set_date(visit, plan)
    session.flush()
    forget_reminder(session, visit, now=now)
    record(session, "visit.rescheduled", visit, by, now, {"planned_on": plan.planned_on.isoformat()})
    return queries.visits.view_of(session, visit, now=now)


def check_in(session: Session, *, visit_id: UUID, place: Place, by: Principal, now: datetime) -> VisitView:
    """Note that the rep is there, and how far from the customer's nearest site; nobody is sent away.

    A repeated check-in changes nothing. Raises NotFound, VisitNotOpen.
    """
    visit = queries.visits.by_id(session, visit_id, by=by)
    check_open(visit.state)
    if visit.checked_in_at is None:
        sites = queries.visits.places_of(session, visit.customer_id)
        visit.checked_in_at = now
        visit.check_in_distance_m = min((round(distance_m(place, site)) for site in sites), default=None)
        session.flush()
        record(session, "visit.checked_in", visit, by, now, {"distance_m": visit.check_in_distance_m})
    return queries.visits.view_of(session, visit, now=now)


def accept(session: Session, *, visit_id: UUID, by: Principal, now: datetime) -> VisitView:
    """Say yes to a proposed visit; to a planned one that changes nothing. Raises NotFound, VisitNotOpen."""
    visit = queries.visits.by_id(session, visit_id, by=by)
    accept_one(session, visit, by=by, now=now)
    return queries.visits.view_of(session, visit, now=now)


def accept_one(session: Session, visit: Visit, *, by: Principal, now: datetime) -> None:
    """Do so for a visit that the caller may see. Raises VisitNotOpen."""
    check_open(visit.state)
    if visit.state is VisitState.PROPOSED:
        visit.state = VisitState.PLANNED
        session.flush()
        record(session, "visit.planned", visit, by, now, {"planned_on": visit.planned_on.isoformat()})


def miss(
    session: Session,
    *,
    visit_id: UUID,
    obstacle: VisitObstacle,
    reason: str | None,
    by: Principal,
    now: datetime,
) -> VisitView:
    """Note that a visit did not happen, and why; the customer is as due as he was, and proposed anew.

    Raises NotFound, VisitNotOpen, and VisitNotYetDue before its day.
    """
    visit = queries.visits.by_id(session, visit_id, by=by)
    check_open(visit.state)
    check_missed(visit.planned_on, local_day(now, queries.staff.zone_of(session, visit.rep_id)))
    visit.state, visit.obstacle, visit.cancel_reason = VisitState.MISSED, obstacle, reason
    _end(session, visit, by, now, {"obstacle": obstacle})
    return queries.visits.view_of(session, visit, now=now)


def cancel(
    session: Session,
    *,
    visit_id: UUID,
    reason: str,
    obstacle: VisitObstacle | None = None,
    by: Principal,
    now: datetime,
) -> VisitView:
    """Call an open visit off; a proposal is thereby skipped. Raises NotFound, VisitNotOpen."""
    visit = queries.visits.by_id(session, visit_id, by=by)
    check_open(visit.state)
    proposed = visit.state is VisitState.PROPOSED
    visit.state = VisitState.SKIPPED if proposed else VisitState.CANCELLED
    visit.cancel_reason, visit.obstacle = reason, obstacle
    _end(session, visit, by, now, {"obstacle": obstacle})
    return queries.visits.view_of(session, visit, now=now)


def offer_next(session: Session, visit: Visit, *, now: datetime) -> None:
    """Propose the visit that follows a completed one, near its due day, unless one is open already."""
    customer = session.get_one(Customer, visit.customer_id)
    if customer.owner_id is None or queries.visits.open_of_customer(session, customer.id):
        return
    branch = session.get_one(Branch, customer.branch_id)
    today = local_day(now, ZoneInfo(branch.timezone))
    due = today + cadence(queries.branches.policy(session, branch.id), customer.grade)
    a_while = timedelta(days=30)
    loads = queries.visits.loads_of(session, [customer.owner_id], due - a_while, due + a_while)
    calendar = queries.work_calendars.of_branch(session, branch, around=now)
    offered = _new(customer, now)
    offered.state = VisitState.PROPOSED
    offered.planned_on = day_for_offer(due, loads, calendar, today=today)
    offered.because = [Because(ProposalReason.DUE, {"due_on": due.isoformat()}).to_json()]
    session.add(offered)
    session.flush()


def forget_reminder(session: Session, visit: Visit, *, now: datetime) -> None:
    """Take back a reminder that is still on its way: the visit is over, or at another time."""
    notices.supersede_thread(session, f"visit:{visit.customer_id}", now=now)


def _proposal_or_new(session: Session, customer: Customer, planned_on: date, now: datetime) -> Visit:
    for visit in queries.visits.open_of_customer(session, customer.id):
        if visit.state is VisitState.PROPOSED:
            return visit
        if visit.planned_on == planned_on:
            raise VisitAlreadyPlanned()
    visit = _new(customer, now)
    session.add(visit)
    return visit


def _new(customer: Customer, now: datetime) -> Visit:
    if customer.owner_id is None:
        raise CustomerHasNoOwner()
    return Visit(
        branch_id=customer.branch_id, customer_id=customer.id, rep_id=customer.owner_id, created_at=now
    )


def _check(
    session: Session, plan: VisitPlan, rep_id: UUID, now: datetime, *, moved: UUID | None = None
) -> None:
    """Refuse a day gone by, a time on another day, and a time too near another fixed one of the rep."""
    check_plan(plan.planned_on, plan.starts_at, now, queries.staff.zone_of(session, rep_id))
    if plan.starts_at is not None:
        others = queries.visits.starts_near(session, rep_id, plan.starts_at, besides=moved)
        check_apart(plan.starts_at, others)


def _check_free(session: Session, visit: Visit, planned_on: date) -> None:
    for other in queries.visits.open_of_customer(session, visit.customer_id):
        if other.id != visit.id and other.planned_on == planned_on:
            raise VisitAlreadyPlanned()


def _set_date(visit: Visit, plan: VisitPlan) -> None:
    visit.state, visit.planned_on, visit.starts_at = VisitState.PLANNED, plan.planned_on, plan.starts_at
    visit.overdue_told_at = None


def _end(session: Session, visit: Visit, by: Principal, now: datetime, data: Mapping[str, Any]) -> None:
    session.flush()
    forget_reminder(session, visit, now=now)
    record(session, f"visit.{visit.state}", visit, by, now, data)


def record(
    session: Session, name: str, visit: Visit, by: Principal, now: datetime, data: Mapping[str, Any]
) -> None:
    events.record(
        session,
        name,
        subject_type="visit",
        subject_id=visit.id,
        branch_id=visit.branch_id,
        actor_id=by.staff_id,
        data={**data, "customer_id": str(visit.customer_id)},
        now=now,
    )
