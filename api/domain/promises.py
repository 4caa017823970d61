"""How far a contact's "ready" can be believed: promises of readiness against the waits that followed them.

What an answer means for the courier on his way is in `readiness`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.vocabulary import ReadinessAnswer

KEPT_WITHIN = timedelta(seconds=60)
LEAST_PROMISES = 5


@dataclass(frozen=True, slots=True)
class PromiseAccuracy:
    """How many waits followed a "ready", and in how many of them it was kept."""

    promised: int
    kept: int

    @property
    def share(self) -> float | None:
        """The share that was kept; None under five promises, which say nothing yet."""
        return self.kept / self.promised if self.promised >= LEAST_PROMISES else None


def spoke_in_time(answered_at: datetime | None, clock_started_at: datetime) -> bool:
    """Tell whether an answer was there for the courier: given until the clock of his wait started.

    "Ready" said to one who is early starts the clock at that very instant, and is in time.
    """
    return answered_at is not None and answered_at <= clock_started_at


def is_promise(answer: ReadinessAnswer | None) -> bool:
    """Only "ready" promises that nobody has to wait."""
    return answer is ReadinessAnswer.READY


def is_kept(avoidable_wait: timedelta) -> bool:
    """A promise is kept when at most 60 s of avoidable wait followed it."""
    return avoidable_wait <= KEPT_WITHIN
