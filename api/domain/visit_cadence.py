"""How often a customer is visited, how it stands against that, and when a rep is reminded.

Only a completed visit moves the due day. Which customers a rep has, and his calendar, come from outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import day_once_past, local_day, local_instant
from api.domain.errors import Conflict, RuleBroken
from api.domain.vocabulary import Grade, Locale, Mood, VisitDue, VisitState

MORNING, EVENING = time(8, 30), time(18, 0)
DUE_SOON_FROM = 0.8  # Of the cadence: for grade A three days ahead, enough to find a free hour.
MOST_VISITS_A_DAY = 5
CHECK_IN_WITHIN_M = 500
WIN_BACK = {Locale.ZH_CN: "挽回流失客户", Locale.EN: "win back a lost customer"}
"""What a visit to a lost customer is for, in the branch's language."""
LIVE_STATES = (VisitState.PROPOSED, VisitState.PLANNED)


class VisitNotOpen(Conflict):
    """This visit is over; `state` in the details says how it ended."""

    code = "visit_not_open"


class VisitInThePast(RuleBroken):
    """A visit is planned for today or later."""

    code = "visit_in_the_past"


class VisitStartsOnAnotherDay(RuleBroken):
    """The fixed time of a visit lies on the day it is planned for, in the branch's time zone."""

    code = "visit_starts_on_another_day"


class VisitAlreadyPlanned(Conflict):
    """This customer already has a visit on that day."""

    code = "visit_already_planned"


class CustomerHasNoOwner(Conflict):
    """A visit belongs to a sales rep, and this customer has none yet."""

    code = "customer_has_no_owner"


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """A call on a customer: the day, and the instant when a time is fixed."""

    planned_on: date
    starts_at: datetime | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class VisitReport:
    """What a rep brings home from a visit (走访表), short enough for a minute on a phone."""

    findings: str
    mood: Mood | None = None
    competitor_seen: bool = False
    next_visit_on: date | None = None


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What the due list knows of one customer."""

    customer_id: UUID
    rep_id: UUID
    grade: Grade | None
    last_visited_on: date | None
    red_alert: bool = False


def cadence(policy: BranchPolicy, grade: Grade | None) -> timedelta:
    """Return how often a customer of this grade is visited; one without a grade is treated as a C."""
    days = {
        Grade.A: policy.visit_days_grade_a,
        Grade.B: policy.visit_days_grade_b,
        Grade.C: policy.visit_days_grade_c,
    }
    return timedelta(days=days[grade or Grade.C])


def standing(last_visited_on: date | None, today: date, every: timedelta) -> VisitDue:
    """Say how a customer stands: due soon from 80 % of the cadence to its last day, overdue after that."""
    if last_visited_on is None:
        return VisitDue.NEVER
    elapsed = today - last_visited_on
    if elapsed > every:
        return VisitDue.OVERDUE
    return VisitDue.DUE_SOON if elapsed >= DUE_SOON_FROM * every else VisitDue.ON_TRACK


def most_urgent(known: Iterable[Acquaintance], today: date, policy: BranchPolicy) -> list[Acquaintance]:
    """Return who ought to be visited now, the most urgent first.

    Customers with a red alert come first, whatever their cadence says; then the overdue by how many times
    over they are, then those never visited; within equals grade A before B before C.
    """
    due = [one for one in known if one.red_alert or _is_due(one, today, policy)]
    return sorted(due, key=lambda one: _urgency(one, today, policy))


def _is_due(one: Acquaintance, today: date, policy: BranchPolicy) -> bool:
    due = standing(one.last_visited_on, today, cadence(policy, one.grade))
    return due in (VisitDue.NEVER, VisitDue.OVERDUE)


def _urgency(one: Acquaintance, today: date, policy: BranchPolicy) -> tuple[bool, float, str, UUID]:
    overdue = 1.0
    if one.last_visited_on is not None:
        overdue = (today - one.last_visited_on) / cadence(policy, one.grade)
    return not one.red_alert, -overdue, one.grade or Grade.C, one.customer_id


def morning_of(now: datetime, zone: ZoneInfo) -> date | None:
    """Return the local day whose morning list is due: today from 08:30 on, until the day's work is over."""
    today = day_once_past(now, MORNING, zone)
    return today if today is not None and now < end_of_day(today, zone) else None


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant from which a list of the day's visits is of no more use."""
    return local_instant(day, EVENING, zone)


def check_open(state: VisitState) -> None:
    """Refuse what only a proposed or planned visit allows. Raises VisitNotOpen."""
    if state not in LIVE_STATES:
        raise VisitNotOpen(f"The visit is {state}.", state=state)


def check_plan(planned_on: date, starts_at: datetime | None, now: datetime, zone: ZoneInfo) -> None:
    """Refuse a day gone by, and a fixed time on another day than the planned one.

    Raises VisitInThePast, VisitStartsOnAnotherDay.
    """
    if planned_on < local_day(now, zone):
        raise VisitInThePast()
    if starts_at is not None and local_day(starts_at, zone) != planned_on:
        raise VisitStartsOnAnotherDay()
