"""What follows when nobody acknowledges a notice: after which time who is told next.

Which kind climbs by which steps stands in `notice_kinds`; a branch's hours enter as a plain value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.business_hours import OpeningHours

HoursOfBranch = Callable[[], OpeningHours]
"""Asked for only where a step counts working time."""


class ClimbsTo(StrEnum):
    AGAIN = "again"
    """The same to the same person."""
    MANAGERS = "managers"
    ANOTHER_REP = "another_rep"


class TimeUnit(StrEnum):
    MINUTES = "minutes"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Step:
    """Who is told `after` so long without an acknowledgement, counted from when the notice was decided.

    `working` time is counted while the branch is open.
    """

    after: timedelta
    to: ClimbsTo
    working: bool = False

    def due_at(self, decided_at: datetime, hours: HoursOfBranch) -> datetime:
        return hours().after(decided_at, self.after) if self.working else decided_at + self.after


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """A notice that nobody has acknowledged: so many steps are behind it, the next is due at `climbs_at`."""

    decided_at: datetime
    climbs: int
    climbs_at: datetime


@dataclass(frozen=True, slots=True)
class Climb:
    """The step to act on, if there is one, and how the notice waits on; `climbs_at` None ends the waiting."""

    step: Step | None
    climbs: int
    climbs_at: datetime | None


def first_due_at(
    escalation: Sequence[Step], decided_at: datetime, *, useful_for: timedelta, hours: HoursOfBranch
) -> datetime:
    """Return when the first step is taken. Without steps the notice is waited for while it is of use."""
    return escalation[0].due_at(decided_at, hours) if escalation else decided_at + useful_for


def in_words(passed: timedelta) -> tuple[int, TimeUnit]:
    """Return how long something has lasted as one says it, rounded down: 10 min, 4 h."""
    minutes = int(passed / timedelta(minutes=1))
    return (minutes, TimeUnit.MINUTES) if minutes < 60 else (minutes // 60, TimeUnit.HOURS)


def climb(
    escalation: Sequence[Step],
    waiting: Unacknowledged,
    *,
    useful_for: timedelta,
    hours: HoursOfBranch,
    now: datetime,
) -> Climb:
    """Decide what is done about a notice whose `climbs_at` has come.

    After downtime only the highest step that was passed is taken: nobody is reminded of what climbs higher
    in the same moment. After the last step it can be acknowledged for as long as a new one would be of use.
    """
    if waiting.climbs >= len(escalation):
        return Climb(None, waiting.climbs, None)
    taken = waiting.climbs
    while taken + 1 < len(escalation) and escalation[taken + 1].due_at(waiting.decided_at, hours) <= now:
        taken += 1
    if taken + 1 < len(escalation):
        return Climb(escalation[taken], taken + 1, escalation[taken + 1].due_at(waiting.decided_at, hours))
    return Climb(escalation[taken], taken + 1, now + useful_for)
