"""Which engine speaks for a branch: the fitted model of silence where the data allow it, else the rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api.domain.churn_model import Cohort, Fit, Parameters, fit, not_identified, p_ships, too_little
from api.domain.churn_risk import horizon_days
from api.domain.shipping_history import HistoryGroup, ShippingHistory, mean_gap, shrunk_gap
from api.domain.vocabulary import ChurnEngine

FITTED = "fitted"


@dataclass(frozen=True, slots=True)
class Engine:
    """What a branch's history taught on one day. Without `parameters` the rule speaks; `status` says why."""

    as_of: date
    customers: int
    population_gap_days: float
    status: str
    parameters: Parameters | None = None
    log_likelihood: float | None = None

    @property
    def kind(self) -> ChurnEngine:
        return ChurnEngine.MODEL if self.parameters else ChurnEngine.RULE

    def usual_gap(self, history: ShippingHistory) -> float:
        """Return a customer's usual gap in days, drawn towards the branch's."""
        return shrunk_gap(history, self.population_gap_days)

    def chances(self, histories: Sequence[ShippingHistory], horizon: int | None = None) -> list[float | None]:
        """Return each customer's chance to ship within its own horizon, or within `horizon` days for all.

        All None where the rule speaks: it knows no chances.
        """
        if self.parameters is None or not histories:
            return [None] * len(histories)
        horizons = [horizon or horizon_days(self.usual_gap(one)) for one in histories]
        x, tx, T = zip(*((one.x, one.tx, one.T) for one in histories), strict=True)
        return list(p_ships(self.parameters, x, tx, T, horizons).tolist())


def learn(groups: Sequence[HistoryGroup], as_of: date) -> Engine:
    """Fit a branch's history, and let the model speak only if the data pin it down."""
    customers = sum(group.customers for group in groups)
    gap = mean_gap(groups)
    days = max((group.history.T + 1 for group in groups), default=0)
    weakness = too_little(days, customers)
    if weakness is not None:
        return Engine(as_of, customers, gap, status=weakness)
    found = _fit(groups)
    weakness = not_identified(found)
    if weakness is not None:
        return Engine(as_of, customers, gap, status=weakness)
    return Engine(as_of, customers, gap, FITTED, found.parameters, found.log_likelihood)


def _fit(groups: Sequence[HistoryGroup]) -> Fit:
    rows = ((one.history.x, one.history.tx, one.history.T, one.customers) for one in groups)
    return fit(Cohort.of(*zip(*rows, strict=True)))
