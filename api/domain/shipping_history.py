"""A customer's shipping history boiled down to what churn risk needs: days, repeats, gaps.

Only days count, not parcels: twenty parcels on one day say no more about leaving than one does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

# How many customers' worth of belief the population's gap has beside a customer's own gaps.
POPULATION_WEIGHT = 2

RECENT_DAYS = 90
YEAR_DAYS = 364
"""A year of whole weeks, so that weekdays meet."""


@dataclass(frozen=True, slots=True)
class ShippingHistory:
    """All shipping days of a customer before `as_of`, the first day that is not yet seen."""

    first_on: date
    last_on: date
    shipping_days: int
    as_of: date

    @classmethod
    def of(cls, days: Iterable[date], as_of: date) -> ShippingHistory | None:
        """Boil shipping days down, leaving out what is not before `as_of`; None if nothing is left."""
        seen = {day for day in days if day < as_of}
        if not seen:
            return None
        return cls(min(seen), max(seen), len(seen), as_of)

    @property
    def x(self) -> int:
        """Repeat shipping days: those after the first."""
        return self.shipping_days - 1

    @property
    def tx(self) -> int:
        """Days from the first shipping day to the last."""
        return (self.last_on - self.first_on).days

    @property
    def T(self) -> int:
        """Days from the first shipping day to the last day seen, the eve of `as_of`."""
        return (self.as_of - self.first_on).days - 1

    @property
    def recency_days(self) -> int:
        """Days since the last shipping day; 1 when it was the eve of `as_of`."""
        return (self.as_of - self.last_on).days

    @property
    def own_gap_days(self) -> float | None:
        """The mean gap between two shipping days of this customer; None after a single one."""
        return self.tx / self.x if self.x else None


@dataclass(frozen=True, slots=True)
class Dealings:
    """A customer's whole history, and what else of its dealings with us bears on whether it comes again."""

    history: ShippingHistory
    revenue_minor: int = 0
    """Of all its shipments before `as_of`, in the branch's currency."""
    recent_days: int = 0
    """Shipping days among the last 90."""
    recent_parcels: int = 0
    recent_failed: int = 0
    """Those of them that were late, lost, damaged or otherwise went wrong."""
    season_days: int = 0
    """Shipping days in the 90 days that began a year ago."""


@dataclass(frozen=True, slots=True)
class HistoryGroup:
    """Customers of a branch whose histories are equal."""

    history: ShippingHistory
    customers: int


def shrunk_gap(history: ShippingHistory, population_gap: float) -> float:
    """Return the usual gap in days: the customer's own mean, drawn towards the population's.

    (x * own mean gap + 2 * population mean gap) / (x + 2): two gaps of the population speak for a newcomer,
    and are soon outvoted by gaps of his own.
    """
    return (history.tx + POPULATION_WEIGHT * population_gap) / (history.x + POPULATION_WEIGHT)


def mean_gap(groups: Iterable[HistoryGroup], otherwise: float = 30.0) -> float:
    """Return the mean of the customers' own mean gaps in days.

    Where nobody has shipped twice there is no gap to speak of: `otherwise`, a month.
    """
    total, customers = 0.0, 0
    for group in groups:
        gap = group.history.own_gap_days
        if gap is not None:
            total += gap * group.customers
            customers += group.customers
    return total / customers if customers else otherwise
