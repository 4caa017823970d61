"""The decline engine: a frequent shipper's parcels now, against the same weekdays of its own weeks before.

Whoever ships nearly every day is in trouble long before a silence tells: it ships half. Closed days are taken
out of every clock, so that a holiday is no decline. What follows from it is decided in `churn_risk`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import median

from api.domain.business_hours import WorkCalendar
from api.domain.vocabulary import Band

FREQUENT_FROM_DAYS_A_WEEK = 3
RECENT_WEEKS, BASELINE_WEEKS = 2, 8
FURTHEST_BACK = timedelta(days=112)
"""How far back is read: ten weeks, and six of closed days at most."""

DECLINE_BELOW, COLLAPSE_BELOW, RECOVERED_FROM = 0.6, 0.4, 0.8  # Of the usual fortnight.
DECLINE_Z = -2.0
STOP_PARCELS, STOP_DAYS = 8.0, 2  # Expected and not shipped, over as many working days at least.

CLOSED_BELOW = 0.25  # Of what the branch ships on that weekday.
LEAST_BRANCH_PARCELS = 20  # On a usual day, for a quiet one to say anything.


@dataclass(frozen=True, slots=True)
class Pace:
    """How a frequent shipper ships now, in parcels."""

    recent: int
    """In the last two weeks of open days."""
    expected: float
    """On the same open days, by the weekdays of the eight weeks before."""
    z: float
    """How many standard deviations lie between the two."""
    silent_days: int
    """Open days with an expectation since the last parcel."""
    missed: float
    """Parcels expected on these silent days."""

    @property
    def share(self) -> float:
        """What is left of the usual volume; 1 where nothing was expected."""
        return self.recent / self.expected if self.expected else 1.0

    @property
    def has_stopped(self) -> bool:
        """Whether the run of zeros is worth 8 parcels and 2 working days: chance hardly does that."""
        return self.missed >= STOP_PARCELS and self.silent_days >= STOP_DAYS

    @property
    def has_stopped_for_long(self) -> bool:
        """Whether twice as much is missing as a stop needs."""
        return self.missed >= 2 * STOP_PARCELS and self.silent_days >= 2 * STOP_DAYS

    @property
    def decline(self) -> Band:
        """The band of the volume alone: `medium` under 60 % and more than chance, `high` under 40 %."""
        if self.z >= DECLINE_Z or self.share >= DECLINE_BELOW:
            return Band.LOW
        return Band.HIGH if self.share < COLLAPSE_BELOW else Band.MEDIUM

    @property
    def band(self) -> Band:
        """The graver of stop and decline."""
        return Band.HIGH if self.has_stopped else self.decline


def pace(parcels: Mapping[date, int], calendar: WorkCalendar, as_of: date) -> Pace | None:
    """Return how a customer ships, by its parcels of each day before `as_of`.

    None for who is no frequent shipper: under three shipping days a week over the eight weeks of the
    baseline, whole weeks of which must lie before the last two. Days without a parcel may be missing.
    """
    recent, baseline = _windows(calendar, as_of)
    if sum(parcels.get(day, 0) > 0 for day in baseline) < FREQUENT_FROM_DAYS_A_WEEK * BASELINE_WEEKS:
        return None
    usual = _by_weekday(parcels, baseline)
    # A day off that was made up has no weekday to be compared with.
    compared = [day for day in recent if day.weekday() in usual]
    expected = sum(usual[day.weekday()] for day in compared)
    shipped = sum(parcels.get(day, 0) for day in compared)
    silent = _silent_tail(parcels, compared)
    # The baseline is itself an estimate, of four times as many days.
    spread = _dispersion(parcels, baseline, usual) * expected * (1 + len(compared) / len(baseline))
    return Pace(
        recent=shipped,
        expected=expected,
        z=(shipped - expected) / sqrt(spread) if spread else 0.0,
        silent_days=sum(usual[day.weekday()] > 0 for day in silent),
        missed=sum(usual[day.weekday()] for day in silent),
    )


def quiet_days(branch: Mapping[date, int], first: date, last: date) -> frozenset[date]:
    """Return the days on which the branch itself stood still: holidays, storms, a closed gate.

    A day counts when the branch shipped less than a quarter of the median of its weekday, and that median is
    20 parcels at least. So no calendar of holidays has to be kept for churn risk.
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    by_weekday: dict[int, list[int]] = defaultdict(list)
    for day in days:
        by_weekday[day.weekday()].append(branch.get(day, 0))
    usual = {weekday: median(counts) for weekday, counts in by_weekday.items()}
    return frozenset(
        day
        for day in days
        if usual[day.weekday()] >= LEAST_BRANCH_PARCELS
        and branch.get(day, 0) < CLOSED_BELOW * usual[day.weekday()]
    )


def _windows(calendar: WorkCalendar, as_of: date) -> tuple[list[date], list[date]]:
    """Return the open days of the last two weeks, and of the eight before; as many days as such weeks
    have."""
    week = len(calendar.weekdays)
    wanted = week * (RECENT_WEEKS + BASELINE_WEEKS)
    open_days: list[date] = []
    day = as_of
    while len(open_days) < wanted and as_of - day < FURTHEST_BACK:
        day -= timedelta(days=1)
        if calendar.is_working_day(day):
            open_days.append(day)
    return open_days[: week * RECENT_WEEKS], open_days[week * RECENT_WEEKS :]


def _by_weekday(parcels: Mapping[date, int], days: Sequence[date]) -> dict[int, float]:
    """Return the mean of parcels on each weekday that occurs."""
    count = Counter(day.weekday() for day in days)
    total: Counter[int] = Counter()
    for day in days:
        total[day.weekday()] += parcels.get(day, 0)
    return {weekday: total[weekday] / times for weekday, times in count.items()}


def _silent_tail(parcels: Mapping[date, int], newest_first: Iterable[date]) -> list[date]:
    silent = []
    for day in newest_first:
        if parcels.get(day, 0):
            break
        silent.append(day)
    return silent


def _dispersion(parcels: Mapping[date, int], days: Sequence[date], usual: Mapping[int, float]) -> float:
    """Return the variance of a day in units of its mean (Pearson's chi square by its degrees of freedom).

    1 for parcels that come by chance, more for batches; less than 1 is not believed.
    """
    compared = [day for day in days if usual[day.weekday()] > 0]
    freedom = len(compared) - len({day.weekday() for day in compared})
    if freedom <= 0:
        return 1.0
    square = sum((parcels.get(day, 0) - usual[day.weekday()]) ** 2 / usual[day.weekday()] for day in compared)
    return max(1.0, square / freedom)
