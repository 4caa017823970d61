"""Visits: planning, checking in, reporting, moving and calling off; and the list of each morning.

Which customers are due and in what order is decided in `domain.visit_cadence`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.business_hours import WorkCalendar
from api.domain.geofence import Place, distance_m
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.visit_cadence import (
    MOST_VISITS_A_DAY,
    WIN_BACK,
    CustomerHasNoOwner,
    VisitAlreadyPlanned,
    VisitPlan,
    VisitReport,
    check_open,
    check_plan,
    end_of_day,
    most_urgent,
)
from api.domain.vocabulary import Role, VisitState
from api.models import Branch, Customer, Visit
from api.queries.visits import VisitView
from api.services import events, notices


def plan_visit(
    session: Session, *, customer_id: UUID, plan: VisitPlan, by: Principal, now: datetime
) -> VisitView:
    """Plan a visit; a proposal for the customer is thereby accepted. A manager plans for the owner.

    Raises NotFound, CustomerHasNoOwner, VisitInThePast, VisitStartsOnAnotherDay, VisitAlreadyPlanned.
    """
    customer = queries.customers.by_id(session, customer_id, by=by)
    _check(session, plan, customer.branch_id, now)
    visit = _proposal_or_new(session, customer, plan.planned_on, now)
    visit.purpose = plan.purpose or visit.purpose
    _set_date(visit, plan)
    session.flush()
    _record(session, "visit.planned", visit, by, now, {"planned_on": plan.planned_on.isoformat()})
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
    _record(session, "visit.planned", visit, by, now, {"planned_on": planned_on.isoformat()})


def reschedule(
    session: Session, *, visit_id: UUID, plan: VisitPlan, by: Principal, now: datetime
) -> VisitView:
    """Move an open visit; a proposed one is thereby planned.

    Raises NotFound, VisitNotOpen, VisitInThePast, VisitStartsOnAnotherDay.
    """
    visit = queries.visits.by_id(session, visit_id, by=by)
    check_open(visit.state)
    _check(session, plan, visit.branch_id, now)
    _set_date(visit, plan)
    session.flush()
    _record(session, "visit.rescheduled", visit, by, now, {"planned_on": plan.planned_on.isoformat()})
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
        _record(session, "visit.checked_in", visit, by, now, {"distance_m": visit.check_in_distance_m})
    return queries.visits.view_of(session, visit, now=now)


def complete(
    session: Session, *, visit_id: UUID, report: VisitReport, by: Principal, now: datetime
) -> VisitView:
    """Complete a visit with its report; a date for the next one plans it.

    Raises NotFound, VisitNotOpen, VisitInThePast, VisitAlreadyPlanned.
    """
    visit = queries.visits.by_id(session, visit_id, by=by)
    check_open(visit.state)
    visit.state, visit.completed_at, visit.findings = VisitState.COMPLETED, now, report.findings
    visit.report = {"mood": report.mood, "competitor_seen": report.competitor_seen}
    session.flush()
    codes = {"mood": report.mood, "competitor_seen": report.competitor_seen}
    _record(session, "visit.completed", visit, by, now, codes)
    if report.next_visit_on is not None:
        next_visit = VisitPlan(report.next_visit_on)
        plan_visit(session, customer_id=visit.customer_id, plan=next_visit, by=by, now=now)
    return queries.visits.view_of(session, visit, now=now)


def cancel(session: Session, *, visit_id: UUID, reason: str, by: Principal, now: datetime) -> VisitView:
    """Call an open visit off; a proposal is thereby skipped. Raises NotFound, VisitNotOpen."""
    visit = queries.visits.by_id(session, visit_id, by=by)
    check_open(visit.state)
    proposed = visit.state is VisitState.PROPOSED
    visit.state = VisitState.SKIPPED if proposed else VisitState.CANCELLED
    visit.cancel_reason = reason
    session.flush()
    _record(session, f"visit.{visit.state}", visit, by, now, {})
    return queries.visits.view_of(session, visit, now=now)


def prepare_morning(session: Session, *, branch: Branch, today: date, now: datetime) -> int:
    """Propose visits to each rep of a branch and tell him how many wait today; return how many were told.

    Proposals are made on working days only and fill the day up to five: red alerts first, then the longest
    overdue. A rep with nothing to visit is left in peace.
    """
    zone = ZoneInfo(branch.timezone)
    working = WorkCalendar.of_hours(branch.working_hours).is_working_day(today)
    tellings = []
    for rep_id in queries.staff.active_with_role(session, branch.id, Role.SALES_REP):
        if working:
            _propose(session, rep_id, branch, today, now)
        waiting = [
            visit
            for visit in queries.visits.open_of_rep(session, rep_id, until=today)
            if working or visit.planned_on == today
        ]
        if waiting:
            tellings.append(_reminder(branch.id, rep_id, today, len(waiting), end_of_day(today, zone)))
    return len(notices.tell_all(session, tellings, now=now))


def _propose(session: Session, rep_id: UUID, branch: Branch, today: date, now: datetime) -> None:
    """Fill a rep's day with proposals; those he has not answered move on to today."""
    waiting = queries.visits.open_of_rep(session, rep_id, until=today)
    for visit in waiting:
        if visit.state is VisitState.PROPOSED:
            visit.planned_on = today
    room = MOST_VISITS_A_DAY - len(waiting)
    if room <= 0:
        return
    known = queries.visits.unplanned_acquaintances(session, rep_id, ZoneInfo(branch.timezone))
    policy = queries.branches.policy(session, branch.id)
    session.add_all(
        Visit(
            branch_id=branch.id,
            customer_id=one.customer_id,
            rep_id=rep_id,
            state=VisitState.PROPOSED,
            planned_on=today,
            created_at=now,
        )
        for one in most_urgent(known, today, policy)[:room]
    )
    session.flush()


def _reminder(branch_id: UUID, rep_id: UUID, today: date, count: int, useful_until: datetime) -> Telling:
    return Telling(
        NoticeKind.VISIT_REMINDER,
        branch_id=branch_id,
        dedupe_key=f"{NoticeKind.VISIT_REMINDER}:{branch_id}:{today.isoformat()}:{rep_id}",
        staff_id=rep_id,
        variables={"count": count},
        useful_until=useful_until,
    )


def _proposal_or_new(session: Session, customer: Customer, planned_on: date, now: datetime) -> Visit:
    for visit in queries.visits.open_of_customer(session, customer.id):
        if visit.state is VisitState.PROPOSED:
            return visit
        if visit.planned_on == planned_on:
            raise VisitAlreadyPlanned()
    if customer.owner_id is None:
        raise CustomerHasNoOwner()
    visit = Visit(
        branch_id=customer.branch_id, customer_id=customer.id, rep_id=customer.owner_id, created_at=now
    )
    session.add(visit)
    return visit


def _check(session: Session, plan: VisitPlan, branch_id: UUID, now: datetime) -> None:
    zone = ZoneInfo(session.get_one(Branch, branch_id).timezone)
    check_plan(plan.planned_on, plan.starts_at, now, zone)


def _set_date(visit: Visit, plan: VisitPlan) -> None:
    visit.state, visit.planned_on, visit.starts_at = VisitState.PLANNED, plan.planned_on, plan.starts_at


def _record(
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
