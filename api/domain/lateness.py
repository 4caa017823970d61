"""A courier who is late: when the dispatchers are warned, when a pickup counts as missed, the new time.

A wait at the door is something else: see `wait_policy`. What a late promise of goods means is in `readiness`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from api.domain.branch_policy import BranchPolicy
from api.domain.pickups import BEFORE_ARRIVAL
from api.domain.vocabulary import PickupState

ROUNDED_UP_TO = timedelta(minutes=5)  # An estimate to the second would be a promise nobody can keep.


@dataclass(frozen=True, slots=True)
class PickupLateness:
    """Two instants of one window: from `late_at` on its courier is late, at `missed_at` he is given up."""

    late_at: datetime
    missed_at: datetime

    @classmethod
    def of(cls, window_start: datetime, window_end: datetime, policy: BranchPolicy) -> PickupLateness:
        """Count from the window's end; nobody is late before his window has begun."""
        return cls(
            max(window_end - timedelta(minutes=policy.late_warning_minutes), window_start),
            window_end + timedelta(minutes=policy.missed_after_minutes),
        )

    def is_late(self, *, now: datetime) -> bool:
        return self.late_at <= now < self.missed_at

    def is_missed(self, *, now: datetime) -> bool:
        return now >= self.missed_at


def watched_from(state: PickupState, lateness: PickupLateness, *, now: datetime) -> datetime | None:
    """Return when to look first whether the courier has come; None when nobody is awaited.

    What was over before we learned of it is not watched: nobody could have been warned of it.
    """
    if state not in BEFORE_ARRIVAL or lateness.is_missed(now=now):
        return None
    return max(lateness.late_at, now)


def new_time(eta_at: datetime | None, travel: timedelta | None, *, now: datetime) -> datetime | None:
    """Return the time that a late courier's contact is told: an ETA that lies ahead, else an estimate.

    The estimate is the way from where the courier was last seen, rounded up to 5 min. None when nobody
    can tell: then the contact hears of it as soon as there is an ETA.
    """
    if eta_at is not None and eta_at > now:
        return eta_at
    if travel is None:
        return None
    marks = ceil((now + travel).timestamp() / ROUNDED_UP_TO.total_seconds())
    return datetime.fromtimestamp(marks * ROUNDED_UP_TO.total_seconds(), UTC)
