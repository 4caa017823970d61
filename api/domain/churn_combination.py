"""A fitted correction of the silence model's chances: what else a branch's past says of who ships again.

    logit p = logit P(silence model) + w0 + w . signals

The weights are a logistic regression on cut-offs gone by, whose outcome is known; a Gaussian prior draws them
to zero, so that without evidence the closed form speaks unchanged. Service failures and silence may only
lower a chance. It is used only where it beats the closed form on a later cut-off that it has not seen.

Sources: Hosmer and Lemeshow, "Applied Logistic Regression" (2000); for a ridge as a prior, Le Cessie and van
Houwelingen, "Ridge estimators in logistic regression", Applied Statistics 41 (1992).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import scipy  # Its parts are loaded by the first use: no start waits for them.
from numpy.typing import NDArray

from api.domain.bounded_search import minimum
from api.domain.churn_model import Cohort, Parameters, fit, p_ships
from api.domain.churn_risk import SHORTEST_HORIZON_DAYS
from api.domain.shipping_history import RECENT_DAYS, YEAR_DAYS
from api.domain.shipping_ledger import Floats, Ledger, Snapshot

SIGNALS = (
    "closed_form",
    "silence_in_gaps",
    "recent_rate",
    "same_season",
    "repeats",
    "revenue_a_day",
    "failures_per_100",
)
ONLY_LOWERS = frozenset({"silence_in_gaps", "failures_per_100"})
PRIOR_DEVIATION = 0.3
"""Of a weight, per standard deviation of its signal: to multiply an odds by 1.35 is already much."""

LEAST_HISTORY = timedelta(days=120)
"""Before the first cut-off to learn from: earlier there is hardly anybody with a rhythm."""
STEP = timedelta(days=30)
MOST_CUT_OFFS = 6
LEAST_DEVIATION = 0.1
"""Of a signal, for it to be learned from: one that hardly moved then says nothing of how it moves now."""
LEAST_OUTCOMES = 100
"""Customers who shipped again, and as many who did not, on the cut-offs learned from."""
LEAST_GAIN = 0.001
"""Of the AUC, out of time."""


@dataclass(frozen=True, slots=True)
class Combination:
    """The fitted correction: a weight for each of SIGNALS, and what they are measured by."""

    weights: tuple[float, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    intercept: float
    gain: float
    """AUC on the cut-off that was kept out, less that of the closed form."""

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Combination:
        """Read what `dataclasses.asdict` wrote, and JSON made lists of."""
        listed = {name: tuple(stored[name]) for name in ("weights", "means", "deviations")}
        return cls(**listed, intercept=stored["intercept"], gain=stored["gain"])

    def correct(self, chances: Floats, signals: Floats) -> Floats:
        """Return the closed form's chances, corrected by the signals of the same customers."""
        standard = (signals - np.array(self.means)) / np.array(self.deviations)
        odds = _logit(chances) + self.intercept + _odds(standard, np.array(self.weights))
        return np.asarray(scipy.special.expit(odds))


def signals_of(chances: Floats, snapshot: Snapshot, population_gap: float, mean_revenue: float) -> Floats:
    """Return a row of SIGNALS for each customer.

    Silence in usual gaps, the rate of the last 90 days against the customer's own, repeats and revenue are
    logarithms: to double any of them means the same everywhere.
    """
    rate = (snapshot.x + 1) / (snapshot.T + 1)
    recent = np.log((snapshot.recent_days + 1) / (rate * np.minimum(RECENT_DAYS, snapshot.T + 1) + 1))
    season = np.log((snapshot.season_days + 1) / (rate * RECENT_DAYS + 1))
    return np.column_stack(
        [
            _logit(chances),
            np.log(snapshot.silence / np.maximum(1, snapshot.usual_gaps(population_gap))),
            recent,
            np.where(snapshot.T >= YEAR_DAYS, season, 0),
            np.log1p(snapshot.x),
            np.log((snapshot.revenue_a_day + mean_revenue / 10 + 1) / (mean_revenue + 1)),
            np.log1p(snapshot.failures_per_100),
        ]
    )


def combine(
    ledger: Ledger, as_of: date, horizon: int | None = None, *, near: Parameters | None = None
) -> Combination | None:
    """Learn a correction from the cut-offs before `as_of` whose outcome is known by then.

    With a horizon in days for all, or without one each customer's own. None where there is too little to
    learn from, or where it does not beat the closed form on the newest such cut-off. The model at each is
    searched `near` that of today.
    """
    reach = timedelta(days=horizon or 60)
    kept_out = as_of - reach
    cut_offs = _cut_offs(ledger, kept_out - reach)
    if not cut_offs:
        return None
    trial = _fit([_Lesson.of(ledger, day, kept_out, horizon, near) for day in cut_offs])
    unseen = _Lesson.of(ledger, kept_out, as_of, horizon, near)
    if trial is None or not unseen.is_telling:
        return None
    gain = _beats(trial, unseen)
    if gain < LEAST_GAIN:
        return None
    newest = [kept_out, *_cut_offs(ledger, kept_out - STEP)][:MOST_CUT_OFFS]
    return _fit([_Lesson.of(ledger, day, as_of, horizon, near) for day in newest], gain)


def auc(scores: Floats, ships: NDArray[np.bool_]) -> float:
    """Return the chance that one who ships again has the higher score than one who does not; ties count
    half."""
    positive, negative = int(ships.sum()), int((~ships).sum())
    if not positive or not negative:
        return float("nan")
    _, place, tied = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(tied) - (tied - 1) / 2)[place]
    return float((ranks[ships].sum() - positive * (positive + 1) / 2) / (positive * negative))


@dataclass(frozen=True, slots=True)
class _Lesson:
    """One cut-off gone by: what the closed form said, the signals, and who shipped again."""

    chances: Floats
    signals: Floats
    ships: NDArray[np.bool_]

    @property
    def is_telling(self) -> bool:
        return min(int(self.ships.sum()), int((~self.ships).sum())) >= 20

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        cut_off: date,
        known_until: date,
        horizon: int | None,
        near: Parameters | None,
    ) -> _Lesson:
        """Look back at a cut-off with the eyes of its day; who is not yet judged by `known_until` is left
        out."""
        snapshot = ledger.before(cut_off)
        model = fit(Cohort.of(snapshot.x, snapshot.tx, snapshot.T), near=near).parameters
        gap = snapshot.population_gap
        horizons = horizons_of(snapshot, gap, horizon)
        nexts = ledger.days_until_next(snapshot, cut_off)
        judged = (cut_off.toordinal() + horizons <= known_until.toordinal()) & (snapshot.T >= 30)
        chances = p_ships(model, snapshot.x, snapshot.tx, snapshot.T, horizons)
        signals = signals_of(chances, snapshot, gap, float(snapshot.revenue_a_day.mean()))
        return cls(chances[judged], signals[judged], (nexts <= horizons)[judged])


def horizons_of(snapshot: Snapshot, population_gap: float, horizon: int | None) -> Floats:
    """Return the days over which each is judged: one for all, or its own (`churn_risk.horizon_days`)."""
    if horizon is not None:
        return np.full(len(snapshot.x), float(horizon))
    return np.maximum(SHORTEST_HORIZON_DAYS, np.round(snapshot.usual_gaps(population_gap)))


def _cut_offs(ledger: Ledger, newest: date) -> list[date]:
    days = (newest - number * STEP for number in range(MOST_CUT_OFFS))
    return [day for day in days if day >= ledger.first_on + LEAST_HISTORY]


def _beats(trial: Combination, unseen: _Lesson) -> float:
    corrected = trial.correct(unseen.chances, unseen.signals)
    return auc(corrected, unseen.ships) - auc(unseen.chances, unseen.ships)


def _fit(lessons: Sequence[_Lesson], gain: float = 0.0) -> Combination | None:
    chances = np.concatenate([one.chances for one in lessons])
    signals = np.concatenate([one.signals for one in lessons])
    ships = np.concatenate([one.ships for one in lessons])
    if min(int(ships.sum()), int((~ships).sum())) < LEAST_OUTCOMES:
        return None
    means, deviations = signals.mean(axis=0), signals.std(axis=0)
    silent = deviations < LEAST_DEVIATION
    deviations[silent] = 1.0
    standard = (signals - means) / deviations
    offset = _logit(chances)
    # Several cut-offs see the same customers: together they weigh as much as one.
    weight = 1 / len(lessons)

    def loss(w: Floats) -> tuple[float, Floats]:
        odds = offset + w[0] + _odds(standard, w[1:])
        wrong = scipy.special.expit(odds) - ships
        value = weight * (np.logaddexp(0, odds) - ships * odds).sum() + 0.5 * (w @ w) / PRIOR_DEVIATION**2
        return float(value), weight * np.concatenate(
            [[wrong.sum()], np.einsum("ij,i->j", standard, wrong)]
        ) + w / PRIOR_DEVIATION**2

    lowest, highest = np.full(1 + len(SIGNALS), -np.inf), np.full(1 + len(SIGNALS), np.inf)
    highest[1:] = [
        0.0 if mute or name in ONLY_LOWERS else np.inf for name, mute in zip(SIGNALS, silent, strict=True)
    ]
    lowest[1:] = np.where(silent, 0.0, -np.inf)
    found = minimum(loss, np.zeros(1 + len(SIGNALS)), lowest, highest).x
    return Combination(
        tuple(found[1:].tolist()), tuple(means.tolist()), tuple(deviations.tolist()), float(found[0]), gain
    )


def _odds(standard: Floats, weights: Floats) -> Floats:
    # Not `@`: see `churn_model._dot`.
    return np.asarray(np.einsum("ij,j->i", standard, weights))


def _logit(chances: Floats) -> Floats:
    return np.asarray(scipy.special.logit(np.clip(chances, 1e-6, 1 - 1e-6)), dtype=np.float64)
