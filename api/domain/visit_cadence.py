"""How often a customer is visited, how he stands against that, and what may be done with a visit.

Only a completed visit moves the due day. Which visits a week gets is decided in `visit_planning`, when a rep
is reminded in `visit_reminders`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from uuid import UUID
from zoneinfo import ZoneInfo

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import local_day
from api.domain.errors import Conflict, RuleBroken
from api.domain.vocabulary import Grade, Locale, Mood, VisitDue, VisitState

DUE_SOON_FROM = 0.8  # Of the cadence: for grade A three days ahead, enough to find a free hour.
NEW_CUSTOMER_WITHIN = timedelta(days=14)
MOST_VISITS_A_DAY = 5
CHECK_IN_WITHIN_M = 500
VISIT_LASTS = timedelta(minutes=45)
"""What a visit takes up in a calendar: two fixed times of a rep lie at least so far apart."""
MOST_NEXT_STEPS = 10
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


class VisitTimesOverlap(Conflict):
    """The rep has another visit with a fixed time less than 45 minutes away."""

    code = "visit_times_overlap"


class VisitNotYetDue(Conflict):
    """A visit can be missed only on its day or later; before that it is called off or moved."""

    code = "visit_not_yet_due"


class MetSomebodyElse(RuleBroken):
    """Whom you met are contacts of this customer."""

    code = "met_somebody_else"


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
class NextStep:
    """What the rep has promised, and by which day."""

    what: str
    due_on: date


@dataclass(frozen=True, slots=True)
class VisitReport:
    """What a rep brings home from a visit (走访表), short enough for a minute on a phone.

    `met` are contacts of the customer; `competitor` is the business name of a rival that was seen.
    """

    findings: str
    mood: Mood | None = None
    competitor_seen: bool = False
    competitor: str | None = None
    needs: str | None = None
    met: tuple[UUID, ...] = ()
    next_steps: tuple[NextStep, ...] = field(default=())
    next_visit_on: date | None = None


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


def due_on(last_visited_on: date | None, known_on: date, every: timedelta) -> date:
    """Return the day by which a customer is visited: one cadence after the last visit.

    Who was never visited is due 14 days after he became known, or one cadence if that is shorter.
    """
    if last_visited_on is None:
        return known_on + min(NEW_CUSTOMER_WITHIN, every)
    return last_visited_on + every


def times_over(last_visited_on: date | None, known_on: date, today: date, every: timedelta) -> float:
    """Return for how many cadences a customer has waited since the last visit, or since he became known."""
    return (today - (last_visited_on or known_on)) / every


def due_soon_days(every: timedelta) -> int:
    """Return after how many days a customer is due soon: the first whole day from 80 % of the cadence on."""
    return ceil(DUE_SOON_FROM * every.days)


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


def check_missed(planned_on: date, today: date) -> None:
    """Refuse to call a visit missed before its day. Raises VisitNotYetDue."""
    if today < planned_on:
        raise VisitNotYetDue()


def check_apart(starts_at: datetime | None, others: Iterable[datetime]) -> None:
    """Refuse a fixed time too near to another of the same rep. Raises VisitTimesOverlap."""
    if starts_at is not None and any(abs(starts_at - other) < VISIT_LASTS for other in others):
        raise VisitTimesOverlap()


def check_met(met: Iterable[UUID], contacts: Iterable[UUID]) -> None:
    """Refuse a report about having met people of another house. Raises MetSomebodyElse."""
    if not set(met) <= set(contacts):
        raise MetSomebodyElse(errors={"met": [MetSomebodyElse.__doc__]})
