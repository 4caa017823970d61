"""Many customers' shipping days in columns: what was known of all of them on any day gone by, and what came.

For learning out of time and for back-tests. What one customer's days boil down to is in `shipping_history`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.domain.shipping_history import POPULATION_WEIGHT, RECENT_DAYS, YEAR_DAYS, Dealings

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NEVER = 10**6
"""Days until the next shipment of somebody who never ships again."""


@dataclass(frozen=True, slots=True)
class ShippingDay:
    """What one customer shipped on one day; `customer` is a number of the customer's, not too great a one."""

    customer: int
    shipped_on: date
    parcels: int = 1
    failed: int = 0
    revenue_minor: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Customers as they stood on the eve of a day, a row each; time is counted in days."""

    customers: Integers
    x: Floats
    tx: Floats
    T: Floats
    recent_days: Floats
    """Shipping days among the last 90."""
    season_days: Floats
    """Shipping days in the 90 days that began a year ago: the same season, last year."""
    failures_per_100: Floats
    """Of the shipments of the last 90 days."""
    revenue_a_day: Floats
    """Mean revenue of a shipping day, in minor units."""

    @classmethod
    def of_dealings(cls, dealings: Sequence[Dealings]) -> Snapshot:
        """Line up customers whose dealings were counted elsewhere."""
        rows = np.array(
            [
                (
                    one.history.x,
                    one.history.tx,
                    one.history.T,
                    one.recent_days,
                    one.season_days,
                    100 * one.recent_failed / max(1, one.recent_parcels),
                    one.revenue_minor / one.history.shipping_days,
                )
                for one in dealings
            ],
            dtype=np.float64,
        ).reshape(-1, 7)
        return cls(np.arange(len(rows)), *rows.T)

    @property
    def silence(self) -> Floats:
        return self.T - self.tx + 1

    @property
    def population_gap(self) -> float:
        """The mean of the customers' own mean gaps; a month where nobody shipped twice."""
        repeat = self.x > 0
        return float((self.tx[repeat] / self.x[repeat]).mean()) if repeat.any() else 30.0

    def usual_gaps(self, population_gap: float) -> Floats:
        """Return each customer's usual gap, drawn towards the population's (see `shrunk_gap`)."""
        return (self.tx + POPULATION_WEIGHT * population_gap) / (self.x + POPULATION_WEIGHT)

    def of(self, rows: NDArray[np.bool_]) -> Snapshot:
        """Return only these rows."""
        return Snapshot(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Ledger:
    """Shipping days in the order of customers and days, each customer and day once."""

    customer: Integers
    day: Integers
    """The day's ordinal."""
    parcels: Floats
    failed: Floats
    revenue: Floats

    @classmethod
    def of(cls, days: Iterable[ShippingDay]) -> Ledger:
        """Take shipping days in any order."""
        rows = np.array(
            [
                (one.customer, one.shipped_on.toordinal(), one.parcels, one.failed, one.revenue_minor)
                for one in days
            ],
            dtype=np.float64,
        ).reshape(-1, 5)
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        customer, day = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
        return cls(customer, day, rows[:, 2], rows[:, 3], rows[:, 4])

    def __len__(self) -> int:
        return len(self.day)

    @property
    def first_on(self) -> date:
        return date.fromordinal(int(self.day.min()))

    @property
    def last_on(self) -> date:
        return date.fromordinal(int(self.day.max()))

    def before(self, as_of: date) -> Snapshot:
        """Return everybody with a shipment before a day, as known on its eve."""
        cut = as_of.toordinal()
        seen = self.day < cut
        customers, starts, counts = np.unique(self.customer[seen], return_index=True, return_counts=True)
        if not len(customers):
            return Snapshot(customers, *(np.zeros(0) for _ in range(7)))
        day = self.day[seen]
        recent = day >= cut - RECENT_DAYS
        season = (day >= cut - YEAR_DAYS) & (day < cut - YEAR_DAYS + RECENT_DAYS)
        first, last = day[starts], day[starts + counts - 1]

        def total(column: Any) -> Floats:
            return np.add.reduceat(np.asarray(column, dtype=np.float64), starts)

        parcels = total(self.parcels[seen] * recent)
        return Snapshot(
            customers=customers,
            x=(counts - 1).astype(np.float64),
            tx=(last - first).astype(np.float64),
            T=(cut - 1 - first).astype(np.float64),
            recent_days=total(recent),
            season_days=total(season),
            failures_per_100=100 * total(self.failed[seen] * recent) / np.maximum(parcels, 1),
            revenue_a_day=total(self.revenue[seen]) / counts,
        )

    def days_until_next(self, snapshot: Snapshot, as_of: date) -> Integers:
        """Return in how many days each customer of a snapshot ships again: 1 is `as_of` itself."""
        cut = as_of.toordinal()
        later = self.day >= cut
        nexts = np.full(int(self.customer.max()) + 1, NEVER)
        np.minimum.at(nexts, self.customer[later], self.day[later] - cut + 1)
        return nexts[snapshot.customers]
