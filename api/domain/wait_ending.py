"""How a wait ends: whether leaving is protected, whose wait it was, and how long it lasted.

A protected leave never counts against the courier, and it alone has consequences for the customer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.errors import Conflict, RuleBroken
from api.domain.vocabulary import Grade, Quality, WaitCause
from api.domain.wait_policy import WaitClock

OURS = frozenset({WaitCause.ACCESS, WaitCause.COURIER_EARLY, WaitCause.OUR_DELAY})
"""Causes that are not the customer's wait."""

TOO_LATE_AFTER_WINDOW = timedelta(minutes=10)
OWNER_COUNTS_BACK = timedelta(days=30)

_WORST_FIRST = (Quality.UNVERIFIED, Quality.ESTIMATED, Quality.MEASURED)


class LeavingNeedsCause(RuleBroken):
    """Leaving before the deadline needs a cause."""

    code = "leaving_needs_cause"


class WaitNotUnderReview(Conflict):
    """Nothing waits for a review here: the leave was judged already."""

    code = "wait_not_under_review"


class LeaveReason(StrEnum):
    """Why a leave is protected, or why it is not."""

    WAITED_LONG_ENOUGH = "waited_long_enough"
    BEFORE_DEADLINE = "before_deadline"
    NO_CAUSE = "no_cause"
    PLACE_NOT_PROVEN = "place_not_proven"


@dataclass(frozen=True, slots=True)
class LeaveVerdict:
    """`needs_review`: it would be protected, but somebody must first believe that he was there."""

    protected: bool
    reason: LeaveReason
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class WaitSpan:
    """The instants of a finished wait; `handover_started_at` is None when nothing was handed over."""

    arrived_at: datetime
    clock_started_at: datetime
    handover_started_at: datetime | None
    departed_at: datetime
    window_end: datetime


def judge_leave(
    clock: WaitClock, cause: WaitCause | None, *, presence_proven: bool, left_at: datetime
) -> LeaveVerdict:
    """Decide about a courier who leaves with nothing.

    At or after the deadline, with a cause, and seen within 300 m: protected. Raises LeavingNeedsCause
    when he leaves earlier and does not say why.
    """
    if left_at < clock.deadline_at:
        if cause is None:
            raise LeavingNeedsCause(errors={"data": {"cause": ["Needed when leaving before the deadline."]}})
        return LeaveVerdict(False, LeaveReason.BEFORE_DEADLINE)
    if cause is None:
        return LeaveVerdict(False, LeaveReason.NO_CAUSE)
    if not presence_proven:
        return LeaveVerdict(False, LeaveReason.PLACE_NOT_PROVEN, needs_review=True)
    return LeaveVerdict(True, LeaveReason.WAITED_LONG_ENOUGH)


def owner_is_told(grade: Grade | None, *, earlier_leaves: int) -> bool:
    """Tell whether a protected leave reaches the owner: grade A or B, or the second time in 30 days."""
    return grade in (Grade.A, Grade.B) or earlier_leaves >= 1


def dwell(span: WaitSpan) -> timedelta:
    """Return arrival to departure: what the branch's rule of minutes per pickup is about."""
    return max(span.departed_at - span.arrived_at, timedelta())


def avoidable_wait(span: WaitSpan, cause: WaitCause | None) -> timedelta:
    """Return what the customer could have spared us: from the clock's start to the handover's.

    Without a handover it lasts until departure. It is nothing when the cause is ours, or when the
    courier came more than 10 min after the window.
    """
    if cause in OURS or span.arrived_at > span.window_end + TOO_LATE_AFTER_WINDOW:
        return timedelta()
    until = span.handover_started_at or span.departed_at
    return max(until - span.clock_started_at, timedelta())


def worst(*qualities: Quality) -> Quality:
    """Return the weakest of the qualities a duration is made of."""
    return min(qualities, key=_WORST_FIRST.index)
