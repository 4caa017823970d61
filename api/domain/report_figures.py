"""The figures of waits: facts of single waits in, counts, percentiles and shares out.

What each figure counts and leaves out is defined for readers in docs/reports.md. Figures of different
quality are never mixed: what a phone measured stands apart from what had to be estimated.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from api.domain import promises
from api.domain.dwell import DwellMeter, Stay
from api.domain.left_out import Why
from api.domain.promises import PromiseAccuracy
from api.domain.vocabulary import Quality, ReadinessAnswer, WaitCause, WaitOutcome

COUNTED = frozenset({WaitOutcome.COLLECTED, WaitOutcome.LEFT})
"""Only these waits have a beginning and an end that mean something."""


@dataclass(frozen=True, slots=True)
class WaitFact:
    """One wait and what its pickup says about it; `outcome` is None while it runs."""

    courier_id: UUID
    site_id: UUID
    outcome: WaitOutcome | None
    quality: Quality
    arrived_at: datetime
    clock_started_at: datetime
    deadline_at: datetime
    departed_at: datetime | None
    dwell_seconds: int | None
    avoidable_wait_seconds: int | None
    cause: WaitCause | None
    protected: bool
    window_start: datetime
    window_end: datetime
    answer: ReadinessAnswer | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Durations:
    """How long waits of one kind lasted, in whole seconds. Percentiles are `nearest_rank`."""

    p50_seconds: int
    p90_seconds: int
    max_seconds: int
    total_seconds: int


@dataclass(frozen=True, slots=True)
class Effect:
    """The mean avoidable wait of `count` waits, to a tenth of a second; None without any."""

    count: int
    mean_seconds: float | None


@dataclass(frozen=True, slots=True)
class Punctuality:
    """When couriers came, against the window that was agreed; both its ends belong to it."""

    before_window: int
    in_window: int
    after_window: int

    @property
    def share(self) -> float:
        return self.in_window / (self.before_window + self.in_window + self.after_window)


@dataclass(frozen=True, slots=True)
class WaitFigures:
    """The figures of `count` waits of one quality; there is at least one."""

    quality: Quality
    count: int
    collected: int
    left: int
    protected_leaves: int
    early_leaves: int
    dwell: Durations
    dwell_once_seconds: int
    avoidable_wait: Durations
    causes: Mapping[WaitCause, int]
    with_answer: Effect
    without_answer: Effect
    promises: PromiseAccuracy
    punctuality: Punctuality

    @property
    def answered_share(self) -> float:
        return self.with_answer.count / self.count


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One line of a report: figures by quality, the best first, and how many waits were left out and why."""

    by_quality: tuple[WaitFigures, ...]
    left_out: Mapping[Why, int]


def figures(facts: Iterable[WaitFact]) -> GroupFigures:
    """Return the figures of these waits, which come in the order of their arrivals."""
    tally = GroupTally()
    for fact in facts:
        tally.add(fact)
    return tally.figures()


def nearest_rank(ordered: Sequence[int], percent: int) -> int:
    """Return the percentile of an ascending, non-empty sequence: its ceil(percent / 100 * n)-th value.

    Always a value that occurred, never one in between. Source: Hyndman and Fan, "Sample Quantiles in
    Statistical Packages", The American Statistician 50 (1996), definition 1. `percent` is 1 to 100.
    """
    rank = -(-percent * len(ordered) // 100)  # Rounded up in whole numbers: 0.1 has no exact float.
    return ordered[rank - 1]


class GroupTally:
    """Counts one group while its waits stream by, in the order of their arrivals."""

    def __init__(self) -> None:
        self._tallies: dict[Quality, _Tally] = {}
        self._left_out: Counter[Why] = Counter()

    def add(self, fact: WaitFact) -> None:
        if fact.outcome in COUNTED:
            self._tallies.setdefault(fact.quality, _Tally()).add(fact)
        else:
            self._left_out[Why.RUNNING if fact.outcome is None else Why(fact.outcome.value)] += 1

    def figures(self) -> GroupFigures:
        found = [quality for quality in Quality if quality in self._tallies]
        by_quality = tuple(self._tallies[quality].figures(quality) for quality in found)
        return GroupFigures(by_quality, dict(self._left_out))


@dataclass(slots=True)
class _Tally:
    """The waits of one group and one quality. Of each it keeps three numbers; all else is counters."""

    dwell: array[int] = field(default_factory=lambda: array("q"))
    answered_waits: array[int] = field(default_factory=lambda: array("q"))
    unanswered_waits: array[int] = field(default_factory=lambda: array("q"))
    meter: DwellMeter = field(default_factory=DwellMeter)
    causes: Counter[WaitCause] = field(default_factory=Counter)
    collected: int = 0
    protected: int = 0
    early_leaves: int = 0
    promised: int = 0
    kept: int = 0
    before_window: int = 0
    after_window: int = 0

    def add(self, fact: WaitFact) -> None:
        assert fact.departed_at is not None, "a counted wait has ended"
        assert fact.dwell_seconds is not None, "a counted wait has a length"
        assert fact.avoidable_wait_seconds is not None, "a counted wait has a length"
        self.dwell.append(fact.dwell_seconds)
        self.meter.add(Stay(fact.courier_id, fact.site_id, fact.arrived_at, fact.departed_at))
        if fact.cause is not None:
            self.causes[fact.cause] += 1
        self.before_window += fact.arrived_at < fact.window_start
        self.after_window += fact.arrived_at > fact.window_end
        self._add_outcome(fact, fact.departed_at)
        self._add_answer(fact, fact.avoidable_wait_seconds)

    def _add_outcome(self, fact: WaitFact, departed_at: datetime) -> None:
        if fact.outcome is WaitOutcome.COLLECTED:
            self.collected += 1
        else:
            self.protected += fact.protected
            self.early_leaves += departed_at < fact.deadline_at

    def _add_answer(self, fact: WaitFact, avoidable_seconds: int) -> None:
        if not promises.spoke_in_time(fact.answered_at, fact.clock_started_at):
            self.unanswered_waits.append(avoidable_seconds)
            return
        self.answered_waits.append(avoidable_seconds)
        if promises.is_promise(fact.answer):
            self.promised += 1
            self.kept += promises.is_kept(timedelta(seconds=avoidable_seconds))

    def figures(self, quality: Quality) -> WaitFigures:
        count = len(self.dwell)
        return WaitFigures(
            quality=quality,
            count=count,
            collected=self.collected,
            left=count - self.collected,
            protected_leaves=self.protected,
            early_leaves=self.early_leaves,
            dwell=_durations(self.dwell),
            dwell_once_seconds=round(self.meter.total.total_seconds()),
            avoidable_wait=_durations(self.answered_waits + self.unanswered_waits),
            causes={cause: self.causes[cause] for cause in WaitCause},
            with_answer=_effect(self.answered_waits),
            without_answer=_effect(self.unanswered_waits),
            promises=PromiseAccuracy(self.promised, self.kept),
            punctuality=Punctuality(
                self.before_window, count - self.before_window - self.after_window, self.after_window
            ),
        )


def _durations(seconds: array[int]) -> Durations:
    ordered = sorted(seconds)
    return Durations(nearest_rank(ordered, 50), nearest_rank(ordered, 90), ordered[-1], sum(ordered))


def _effect(seconds: array[int]) -> Effect:
    return Effect(len(seconds), round(sum(seconds) / len(seconds), 1) if seconds else None)
