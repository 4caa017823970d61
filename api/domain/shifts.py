"""When somebody is on shift: what he reports of his whereabouts counts only then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.errors import Conflict

LONGEST_SHIFT = timedelta(hours=16)
"""A shift that nobody ends is over by then: nobody is followed home because he forgot a button."""

SHIFTS_FORGOTTEN = timedelta(days=7)
"""Who has begun no shift for so long keeps none: whether he is at work shows by his phone."""

AT_WORK = timedelta(hours=1)
"""A phone that has renewed its session within this time is in somebody's hand."""


class NotOnShift(Conflict):
    """Positions are taken during a shift only."""

    code = "not_on_shift"


@dataclass(frozen=True, slots=True)
class ShiftSpan:
    """From when to when a shift was meant; `ended_at` is None until somebody ends it."""

    started_at: datetime
    ended_at: datetime | None = None

    @property
    def over_at(self) -> datetime:
        """When it is over at the latest."""
        longest = self.started_at + LONGEST_SHIFT
        return longest if self.ended_at is None else min(self.ended_at, longest)

    def covers(self, instant: datetime) -> bool:
        return self.started_at <= instant < self.over_at


def runs_since(now: datetime) -> datetime:
    """Return the instant after which an open shift must have begun to be running still."""
    return now - LONGEST_SHIFT
