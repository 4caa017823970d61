"""Which engine speaks for a branch: the fitted model of silence where the data allow it, else the rule.

A correction learned from the branch's own past stands beside the model where it has proved itself. Frequent
shippers are judged by their volume instead: see `decline`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np

from api.domain.churn_combination import Combination, combine, horizons_of, signals_of
from api.domain.churn_model import (
    Cohort,
    Fit,
    Parameters,
    expected_if_alive,
    fit,
    p_ships,
)
from api.domain.churn_risk import VALUE_DAYS
from api.domain.churn_trust import not_identified, too_little
from api.domain.shipping_history import Dealings, HistoryGroup, ShippingHistory, mean_gap, shrunk_gap
from api.domain.shipping_ledger import Floats, Ledger, Snapshot
from api.domain.vocabulary import ChurnEngine

FITTED = "fitted"


@dataclass(frozen=True, slots=True)
class Histories:
    """Every customer's history before `as_of`, equal ones counted together: 32 bytes a row, not an object."""

    as_of: date
    first: array[int] = field(default_factory=lambda: array("q"))
    last: array[int] = field(default_factory=lambda: array("q"))
    days: array[int] = field(default_factory=lambda: array("q"))
    customers: array[int] = field(default_factory=lambda: array("q"))

    @classmethod
    def of(cls, groups: Iterable[HistoryGroup], as_of: date) -> Histories:
        """Take in groups as they come."""
        kept = cls(as_of)
        for group in groups:
            kept.first.append(group.history.first_on.toordinal())
            kept.last.append(group.history.last_on.toordinal())
            kept.days.append(group.history.shipping_days)
            kept.customers.append(group.customers)
        return kept

    def __iter__(self) -> Iterator[HistoryGroup]:
        for first, last, days, customers in zip(
            self.first, self.last, self.days, self.customers, strict=True
        ):
            history = ShippingHistory(date.fromordinal(first), date.fromordinal(last), days, self.as_of)
            yield HistoryGroup(history, customers)

    @property
    def total(self) -> int:
        return sum(self.customers)

    @property
    def days_seen(self) -> int:
        """Days from the first shipment to the eve of `as_of`."""
        return self.as_of.toordinal() - min(self.first) if self.first else 0

    def cohort(self) -> Cohort:
        first, last = np.array(self.first), np.array(self.last)
        T = self.as_of.toordinal() - 1 - first
        return Cohort.of(np.array(self.days) - 1, last - first, T, np.array(self.customers))


@dataclass(frozen=True, slots=True)
class Engine:
    """What a branch's history taught on one day. Without `parameters` the rule speaks; `status` says why."""

    as_of: date
    customers: int
    population_gap_days: float
    status: str
    parameters: Parameters | None = None
    log_likelihood: float | None = None
    combination: Combination | None = None
    """Learned for `horizon`: each customer's own, or one for all."""
    horizon: int | None = None
    revenue_a_day_minor: float = 0.0
    """The branch's mean of its customers' mean revenues of a shipping day."""

    @property
    def kind(self) -> ChurnEngine:
        if self.parameters is None:
            return ChurnEngine.RULE
        return ChurnEngine.COMBINATION if self.combination else ChurnEngine.MODEL

    def usual_gap(self, history: ShippingHistory) -> float:
        """Return a customer's usual gap in days, drawn towards the branch's."""
        return shrunk_gap(history, self.population_gap_days)

    def chances(self, dealings: Sequence[Dealings]) -> list[float | None]:
        """Return each customer's chance to ship within its own horizon, or within `horizon` days for all.

        All None where the rule speaks: it knows no chances.
        """
        if self.parameters is None or not dealings:
            return [None] * len(dealings)
        return list(self.chances_of(Snapshot.of_dealings(dealings)).tolist())

    def chances_of(self, snapshot: Snapshot) -> Floats:
        """Return the same for many customers in columns; NaN where the rule speaks."""
        if self.parameters is None:
            return np.full(len(snapshot.x), np.nan)
        horizons = horizons_of(snapshot, self.population_gap_days, self.horizon)
        chances = p_ships(self.parameters, snapshot.x, snapshot.tx, snapshot.T, horizons)
        if self.combination is None:
            return chances
        signals = signals_of(chances, snapshot, self.population_gap_days, self.revenue_a_day_minor)
        return self.combination.correct(chances, signals)

    def expected_days(self, dealings: Sequence[Dealings]) -> list[float | None]:
        """Return the shipping days to expect of each in the next 90 days if it stays; None by the rule."""
        if self.parameters is None or not dealings:
            return [None] * len(dealings)
        x, T = zip(*((one.history.x, one.history.T) for one in dealings), strict=True)
        return list(expected_if_alive(self.parameters, x, T, VALUE_DAYS).tolist())

    def to_json(self) -> dict[str, Any]:
        """Return what `Engine.of_json` needs beside the columns of the stored model."""
        return {
            "population_gap_days": self.population_gap_days,
            "revenue_a_day_minor": self.revenue_a_day_minor,
            "log_likelihood": self.log_likelihood,
            "model": asdict(self.parameters) if self.parameters else None,
            "combination": asdict(self.combination) if self.combination else None,
        }

    @classmethod
    def of_json(cls, as_of: date, customers: int, status: str, stored: Mapping[str, Any]) -> Engine:
        """Read a stored model, to score by it again."""
        model, combination = stored["model"], stored["combination"]
        return cls(
            as_of,
            customers,
            stored["population_gap_days"],
            status,
            Parameters.of_json(model) if model else None,
            stored["log_likelihood"],
            Combination.of_json(combination) if combination else None,
            revenue_a_day_minor=stored["revenue_a_day_minor"],
        )


def learn(histories: Histories, ledger: Ledger | None = None, horizon: int | None = None) -> Engine:
    """Fit a branch's history, and let the model speak only if the data pin it down.

    The ledger holds the days of some of the customers, a few thousand at most; without it, or where it is of
    no help, the closed form speaks uncorrected.
    """
    customers, gap = histories.total, mean_gap(histories)
    weakness = too_little(histories.days_seen, customers)
    if weakness is not None:
        return Engine(histories.as_of, customers, gap, weakness, horizon=horizon)
    found = fit(histories.cohort())
    weakness = not_identified(found)
    if weakness is not None:
        return Engine(histories.as_of, customers, gap, weakness, horizon=horizon)
    return _with_combination(found, histories, ledger, horizon)


def _with_combination(found: Fit, histories: Histories, ledger: Ledger | None, horizon: int | None) -> Engine:
    seen = ledger.before(histories.as_of) if ledger is not None and len(ledger) else None
    return Engine(
        histories.as_of,
        histories.total,
        mean_gap(histories),
        FITTED,
        found.parameters,
        found.log_likelihood,
        combine(ledger, histories.as_of, horizon, near=found.parameters)
        if ledger is not None and len(ledger)
        else None,
        horizon,
        float(seen.revenue_a_day.mean()) if seen is not None and len(seen.x) else 0.0,
    )


def histories_of(ledger: Ledger, as_of: date) -> Histories:
    """Return the histories that a ledger shows before a day: for back-tests."""
    seen, kept = ledger.before(as_of), Histories(as_of)
    first = as_of.toordinal() - 1 - seen.T.astype(int)
    kept.first.extend(first.tolist())
    kept.last.extend((first + seen.tx.astype(int)).tolist())
    kept.days.extend((seen.x.astype(int) + 1).tolist())
    kept.customers.extend([1] * len(first))
    return kept
