"""How far a contact's "ready" can be believed: promises of readiness against the waits that followed them.

What an answer means for the courier on his way is in `readiness`; which pickups count is a query.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.branch_policy import BranchPolicy
from api.domain.vocabulary import ReadinessAnswer

RECENT = 20
"""How many of a site's newest answered pickups tell whether it can be believed."""

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

    def is_doubtful(self, policy: BranchPolicy) -> bool:
        """Tell whether couriers are to be warned of this site, and its contacts to be asked earlier."""
        return self._is_below(policy.promise_warning_percent)

    def is_hopeless(self, policy: BranchPolicy) -> bool:
        """Tell whether the owner of the customer is to talk to him about it."""
        return self._is_below(policy.promise_report_percent)

    def _is_below(self, percent: int) -> bool:
        # In whole numbers: seven of ten is 70 %, whatever floats make of it.
        return self.promised >= LEAST_PROMISES and 100 * self.kept < percent * self.promised


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


def accuracy(answered: Iterable[tuple[ReadinessAnswer, timedelta]]) -> PromiseAccuracy:
    """Count the promises among answers that came in time, each with the avoidable wait that followed it."""
    kept = [is_kept(waited) for answer, waited in answered if is_promise(answer)]
    return PromiseAccuracy(promised=len(kept), kept=sum(kept))
