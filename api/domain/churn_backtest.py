"""Churn risk on trial: what it would have said on days gone by, beside what any spreadsheet could say.

At each cut-off everything is learned anew from the days before it, and judged by the days after it. The
nights from the first cut-off on are then played one by one, alerts and all, in `churn_replay`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from api.domain.churn_combination import auc, horizons_of
from api.domain.churn_engine import Engine, histories_of, learn
from api.domain.churn_model import p_ships
from api.domain.churn_risk import (
    HIGH_BELOW,
    MEDIUM_BELOW,
    RATED_FROM_SHIPPING_DAYS,
    RULE_HIGH_FROM,
    RULE_MEDIUM_FROM,
)
from api.domain.shipping_ledger import Floats, Ledger, Snapshot
from api.domain.vocabulary import Band, ChurnEngine

LONG_HORIZON = 90
LEAST_DAYS_KNOWN = 30
CUT_OFFS, BETWEEN = 4, timedelta(days=61)
TOP_SHARE = 0.1
CALIBRATION_STEPS = 10

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MethodFigures:
    """How well one way to rank customers found those who did not come back."""

    method: str
    auc_90_days: float
    auc_own_horizon: float
    top_decile_lift: float
    """How many times more often than average those of the worst tenth stayed away."""


@dataclass(frozen=True, slots=True)
class BandFigures:
    """Precision: the share of the band that stayed away. Recall: the share of those who did that it holds."""

    band: Band
    share: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class CutOff:
    """One cut-off. All with 30 days of history are ranked over 90 days, regular ones over their own
    horizon."""

    as_of: date
    engine: ChurnEngine
    status: str
    customers: int
    regular: int
    stayed_away: float
    """The share of regular customers that did not ship within their own horizon."""
    methods: tuple[MethodFigures, ...]
    bands: tuple[BandFigures, ...]
    brier: float | None
    """The mean square error of the chances on regular customers; None by the rule."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Regular customers of all cut-offs: what was said of them, and whether they stayed away."""

    stayed_away: Flags
    chances: Floats
    scores: dict[str, Floats]
    """By method; low is bad. Only to be compared within one cut-off, which `cut_off` numbers."""
    cut_off: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Backtest:
    cut_offs: tuple[CutOff, ...]
    outcomes: Outcomes

    def calibration(self) -> list[tuple[float, float, int]]:
        """Return what was said, what came, and of how many customers, for tenths of those with a chance."""
        known = ~np.isnan(self.outcomes.chances)
        order = np.argsort(self.outcomes.chances[known], kind="stable")
        said, came = self.outcomes.chances[known][order], ~self.outcomes.stayed_away[known][order]
        parts = zip(
            np.array_split(said, CALIBRATION_STEPS), np.array_split(came, CALIBRATION_STEPS), strict=True
        )
        return [
            (float(chance.mean()), float(share.mean()), len(chance)) for chance, share in parts if len(chance)
        ]

    def caught(self, method: str, share: float) -> float:
        """Return the share of those who stayed away that calling the worst `share` would have reached."""
        reached = 0
        for number in range(len(self.cut_offs)):
            rows = self.outcomes.cut_off == number
            worst = np.argsort(self.outcomes.scores[method][rows], kind="stable")
            called = worst[: round(share * len(worst))]
            reached += int(self.outcomes.stayed_away[rows][called].sum())
        return reached / max(1, int(self.outcomes.stayed_away.sum()))


def rolling_cut_offs(ledger: Ledger) -> list[date]:
    """Return four cut-offs two months apart, the last with 90 days behind it to be judged by."""
    newest = ledger.last_on + timedelta(days=1 - LONG_HORIZON)
    days = [newest - number * BETWEEN for number in reversed(range(CUT_OFFS))]
    return [day for day in days if day > ledger.first_on + timedelta(days=LEAST_DAYS_KNOWN)]


def backtest(ledger: Ledger, cut_offs: Sequence[date]) -> Backtest:
    """Try churn risk on each cut-off; the days after the last should reach 90 days."""
    trials = [_Trial.of(ledger, day) for day in cut_offs]
    regular = [trial.snapshot.x >= RATED_FROM_SHIPPING_DAYS - 1 for trial in trials]
    return Backtest(
        tuple(trial.figures(rows) for trial, rows in zip(trials, regular, strict=True)),
        Outcomes(
            np.concatenate([trial.stays_away[rows] for trial, rows in zip(trials, regular, strict=True)]),
            np.concatenate([trial.chances[rows] for trial, rows in zip(trials, regular, strict=True)]),
            {
                method: np.concatenate(
                    [trial.own[method][rows] for trial, rows in zip(trials, regular, strict=True)]
                )
                for method in METHODS
            },
            np.repeat(np.arange(len(trials)), [int(rows.sum()) for rows in regular]),
        ),
    )


METHODS = ("doorstep", "closed_form", "recency", "gap_ratio", "order_count")


@dataclass(frozen=True, slots=True)
class _Trial:
    """Everybody's scores on one cut-off, and what became of them."""

    as_of: date
    engine: Engine
    snapshot: Snapshot
    nexts: NDArray[np.int64]
    horizons: Floats
    chances: Floats
    own: dict[str, Floats]
    long: dict[str, Floats]

    @classmethod
    def of(cls, ledger: Ledger, as_of: date) -> _Trial:
        histories, snapshot = histories_of(ledger, as_of), ledger.before(as_of)
        engine = learn(histories, ledger)
        engine_90 = learn(histories, ledger, LONG_HORIZON)
        horizons = horizons_of(snapshot, engine.population_gap_days, None)
        long = np.full(len(horizons), float(LONG_HORIZON))
        chances = engine.chances_of(snapshot)
        return cls(
            as_of,
            engine,
            snapshot,
            ledger.days_until_next(snapshot, as_of),
            horizons,
            chances,
            _scores(engine, snapshot, chances, horizons),
            _scores(engine_90, snapshot, engine_90.chances_of(snapshot), long),
        )

    @property
    def stays_away(self) -> Flags:
        return np.asarray(self.nexts > self.horizons)

    def figures(self, regular: Flags) -> CutOff:
        known = self.snapshot.T >= LEAST_DAYS_KNOWN
        away, chances = self.stays_away[regular], self.chances[regular]
        long = self.nexts <= LONG_HORIZON
        return CutOff(
            self.as_of,
            self.engine.kind,
            self.engine.status,
            len(self.snapshot.x),
            int(regular.sum()),
            float(away.mean()) if len(away) else 0.0,
            tuple(
                MethodFigures(
                    method,
                    auc(self.long[method][known], long[known]),
                    auc(self.own[method][regular], ~away),
                    _lift(self.own[method][regular], away),
                )
                for method in METHODS
            ),
            tuple(_band_figures(band, rows[regular], away) for band, rows in self._bands().items()),
            None if np.isnan(chances).any() else float(((chances - ~away) ** 2).mean()),
        )

    def _bands(self) -> dict[Band, Flags]:
        high, medium = bands_of(self.engine, self.snapshot, self.chances)
        return {Band.HIGH: high, Band.MEDIUM: medium}


def bands_of(engine: Engine, snapshot: Snapshot, chances: Floats) -> tuple[Flags, Flags]:
    """Return who is red and who is amber by silence, as `churn_risk.judge` decides it one by one."""
    if engine.parameters is None:
        ratio = snapshot.silence / np.maximum(1, snapshot.usual_gaps(engine.population_gap_days))
        high = ratio >= RULE_HIGH_FROM
        return high, (ratio >= RULE_MEDIUM_FROM) & ~high
    high = chances < HIGH_BELOW
    return high, (chances < MEDIUM_BELOW) & ~high


def _scores(engine: Engine, snapshot: Snapshot, chances: Floats, horizons: Floats) -> dict[str, Floats]:
    """Return a score for each way to rank customers; the lower, the less is expected."""
    ratio = -snapshot.silence / np.maximum(1, snapshot.usual_gaps(engine.population_gap_days))
    closed = ratio
    if engine.parameters is not None:
        closed = p_ships(engine.parameters, snapshot.x, snapshot.tx, snapshot.T, horizons)
    return {
        "doorstep": ratio if engine.parameters is None else chances,
        "closed_form": closed,
        "recency": -snapshot.silence,
        "gap_ratio": ratio,
        "order_count": snapshot.x,
    }


def _lift(scores: Floats, away: Flags) -> float:
    if not away.any():
        return float("nan")
    worst = np.argsort(scores, kind="stable")[: max(1, round(TOP_SHARE * len(scores)))]
    return float(away[worst].mean() / away.mean())


def _band_figures(band: Band, rows: Flags, away: Flags) -> BandFigures:
    def share(part: Flags, whole: Flags) -> float:
        return float(part[whole].mean()) if whole.any() else float("nan")

    return BandFigures(band, float(rows.mean()) if len(rows) else 0.0, share(away, rows), share(rows, away))
