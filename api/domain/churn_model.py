"""The silence model: will a customer ship again within its own usual time?

MBG/NBD and BG/NBD on shipping days, fitted by maximum likelihood and scored in closed form. Arrays
in, arrays out; bands, reasons and alerts are decided elsewhere. Time is counted in days throughout.

A customer ships at random at a rate of its own (Gamma(r, alpha) over customers) and after each shipping
day leaves for good with a probability of its own (Beta(a, b)). Three numbers tell all that matters of
its history: x repeat shipping days, tx from the first to the last of them, T from the first until now.

Sources: Fader, Hardie and Lee, "Counting your customers the easy way", Marketing Science 24 (2005), for
BG/NBD; Batislam, Denizel and Filiztekin, "Empirical validation and comparison of models for customer base
analysis", Int. J. of Research in Marketing 24 (2007), for MBG/NBD.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import digamma, expit, gammaln

Floats = NDArray[np.float64]

LOWEST, HIGHEST = 1e-4, 1e4  # Bounds of every parameter, with the mean of T as the unit of time.

# Five fixed starts, so that the same history always gives the same model: an even one, much early loss,
# little loss, very mixed rates, and nearly equal rates.
STARTS = (
    (1.0, 1.0, 1.0, 1.0),
    (0.5, 0.1, 0.5, 2.0),
    (2.0, 0.5, 0.3, 3.0),
    (0.3, 0.05, 1.0, 5.0),
    (5.0, 1.0, 0.1, 1.0),
)


class Story(StrEnum):
    """When a customer may leave: MBG/NBD after every shipping day, BG/NBD only after a repeat one.

    BG/NBD believes that a customer who shipped once and never again is still with us, whatever the
    silence; MBG/NBD does not, and is what the house uses.
    """

    MBG_NBD = "mbg_nbd"
    BG_NBD = "bg_nbd"

    def chances_to_leave(self, x: Any) -> Any:
        """Count the shipping days after which a customer with x repeats could have left."""
        return x + 1 if self is Story.MBG_NBD else x


@dataclass(frozen=True, slots=True)
class Parameters:
    """A fitted population: rates are Gamma(r, alpha) per day, drop-out Beta(a, b) per shipping day."""

    r: float
    alpha: float
    a: float
    b: float
    story: Story = Story.MBG_NBD

    @property
    def mean_drop_out(self) -> float:
        """The chance that the average customer leaves after one shipping day."""
        return self.a / (self.a + self.b)


@dataclass(frozen=True, slots=True)
class Cohort:
    """The histories of a branch's customers. A row is a group of customers with equal histories: a
    likelihood over a million customers has far fewer rows than customers."""

    x: Floats
    tx: Floats
    T: Floats
    customers: Floats
    """How many customers share the row."""

    @classmethod
    def of(cls, x: ArrayLike, tx: ArrayLike, T: ArrayLike, customers: ArrayLike = 1) -> "Cohort":
        """Take columns of one length, or single numbers that hold for every row."""
        columns = [np.asarray(column, dtype=np.float64) for column in (x, tx, T, customers)]
        return cls(*np.broadcast_arrays(*columns))


@dataclass(frozen=True, slots=True)
class Fit:
    """The best of the five starts, and what is needed to judge whether it may be believed."""

    parameters: Parameters
    log_likelihood: float
    """Of the whole cohort, with the day as the unit of time."""
    customers: int
    at_bound: bool
    starts_agree: bool
    """Whether the second-best start came to the same likelihood and the same population."""


def fit(cohort: Cohort, story: Story = Story.MBG_NBD) -> Fit:
    """Fit the four parameters by maximum likelihood; a cohort needs at least one customer with T > 0.

    The search runs on the logarithms of the parameters with the exact gradient, time measured in mean T.
    """
    total = float(cohort.customers.sum())
    unit = float(cohort.customers @ cohort.T) / total
    scaled = Cohort(cohort.x, cohort.tx / unit, cohort.T / unit, cohort.customers)
    bounds = [(np.log(LOWEST), np.log(HIGHEST))] * 4
    ends = [
        minimize(
            _loss, np.log(start), args=(scaled, story), jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-8},
        )
        for start in STARTS
    ]  # fmt: skip
    best, second = sorted(ends, key=lambda end: float(end.fun))[:2]
    r, alpha, a, b = (float(value) for value in np.exp(best.x))
    margin = 1e-3
    return Fit(
        parameters=Parameters(r, alpha * unit, a, b, story),
        log_likelihood=-float(best.fun) * total - float(cohort.customers @ cohort.x) * float(np.log(unit)),
        customers=int(total),
        at_bound=bool(np.any(best.x - bounds[0][0] < margin) or np.any(bounds[0][1] - best.x < margin)),
        starts_agree=bool(
            (second.fun - best.fun) * total < 0.05 and np.max(np.abs(second.x - best.x)) < np.log(1.1)
        ),
    )


def p_alive(model: Parameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """Return the chance that a customer has not left; never shown by itself (see `p_ships`)."""
    history = [np.asarray(column, dtype=np.float64) for column in (x, tx, T)]
    return np.asarray(expit(-_log_odds_gone(model, *history)), dtype=np.float64)


def p_ships(model: Parameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, h: ArrayLike) -> Floats:
    """Return the chance of at least one shipping day in the next h days, (T, T + h].

    P(alive) * (1 - ((alpha + T) / (alpha + T + h))^(r + x)): while alive, the rate given the history is
    Gamma(r + x, alpha + T). Evaluated in logs, so that thousands of shipping days do not overflow.
    """
    shape = model.r + np.asarray(x, dtype=np.float64)
    whole = model.alpha + np.asarray(T, dtype=np.float64)
    silent_if_alive = shape * -np.log1p(np.asarray(h, dtype=np.float64) / whole)
    return p_alive(model, x, tx, T) * -np.expm1(silent_if_alive)


class Weakness(StrEnum):
    """Why a fitted model may not speak, and the rule speaks instead."""

    SHORT_HISTORY = "short_history"
    FEW_CUSTOMERS = "few_customers"
    NOBODY_LEAVES = "nobody_leaves"
    AT_BOUND = "at_bound"
    STARTS_DISAGREE = "starts_disagree"


LEAST_DAYS = 396  # 13 months: a year seen whole, and a month to see who came back after it.
LEAST_CUSTOMERS = 200
LEAST_DROP_OUT = 0.002


def too_little(days_of_history: int, customers: int) -> Weakness | None:
    """Name what is missing before a fit is worth trying: 13 months of history, 200 customers."""
    if days_of_history < LEAST_DAYS:
        return Weakness.SHORT_HISTORY
    if customers < LEAST_CUSTOMERS:
        return Weakness.FEW_CUSTOMERS
    return None


def not_identified(found: Fit) -> Weakness | None:
    """Name why the data do not pin the model down, if they do not.

    With almost no drop-out, or a parameter at its bound, silence means nothing to the model and it would
    call everybody alive; two starts that end apart mean that chance chose the answer.
    """
    if found.parameters.mean_drop_out < LEAST_DROP_OUT:
        return Weakness.NOBODY_LEAVES
    if found.at_bound:
        return Weakness.AT_BOUND
    if not found.starts_agree:
        return Weakness.STARTS_DISAGREE
    return None


def _log_odds_gone(model: Parameters, x: Floats, tx: Floats, T: Floats) -> Floats:
    """Log odds that a customer left after its last shipping day, against being alive and silent since."""
    chances = model.story.chances_to_leave(x)
    silence = (model.r + x) * np.log1p((T - tx) / (model.alpha + tx))
    with np.errstate(divide="ignore"):
        stayed = np.log(np.maximum(model.b + chances - 1, 0) * (chances > 0))
    return np.where(chances > 0, np.log(model.a) - np.where(chances > 0, stayed, 0) + silence, -np.inf)


def _loss(logs: Floats, cohort: Cohort, story: Story) -> tuple[float, Floats]:
    """Return minus the mean log-likelihood of a customer, and its gradient by the log parameters.

    With k chances to leave, the likelihood of (x, tx, T) is
    Gamma(r+x)/Gamma(r) alpha^r/(alpha+T)^(r+x) * B(a, b+k)/B(a, b) * (1 + odds gone).
    """
    r, alpha, a, b = np.exp(logs)
    gone = _log_odds_gone(Parameters(r, alpha, a, b, story), cohort.x, cohort.tx, cohort.T)
    weights = cohort.customers / cohort.customers.sum()
    log_whole = np.log(alpha + cohort.T)
    value = weights @ (np.logaddexp(0, gone) - (r + cohort.x) * log_whole) + r * np.log(alpha)
    by_count, slopes = _count_terms(cohort.x, weights, (r, a, b), story)

    share_gone = weights * expit(gone)
    log_silence = log_whole - np.log(alpha + cohort.tx)
    shape = r + cohort.x
    by_alpha = weights / (alpha + cohort.T) - share_gone * (1 / (alpha + cohort.T) - 1 / (alpha + cohort.tx))
    could_leave = story.chances_to_leave(cohort.x) > 0
    stayed = np.where(could_leave, b + story.chances_to_leave(cohort.x) - 1, 1)
    gradient = np.array([
        slopes[0] + np.log(alpha) - weights @ log_whole + share_gone @ log_silence,
        r / alpha - shape @ by_alpha,
        slopes[1] + share_gone.sum() / a,
        slopes[2] - share_gone @ (could_leave / stayed),
    ])  # fmt: skip
    return -float(value + by_count), -gradient * np.exp(logs)


def _count_terms(
    x: Floats, weights: Floats, shapes: tuple[float, float, float], story: Story
) -> tuple[float, tuple[float, float, float]]:
    """Return the gamma functions of the likelihood, which see only x, and their slopes by r, a and b.

    A million customers have a few hundred different x, so these dear functions are taken once for each.
    """
    r, a, b = shapes
    shares = np.bincount(x.astype(np.int64), weights=weights)
    x = np.flatnonzero(shares).astype(np.float64)
    shares = shares[shares > 0]
    k = story.chances_to_leave(x)
    value = shares @ (
        gammaln(r + x) - gammaln(r) + gammaln(a + b) + gammaln(b + k) - gammaln(b) - gammaln(a + b + k)
    )
    lost = digamma(a + b) - digamma(a + b + k)
    slopes = (
        float(shares @ (digamma(r + x) - digamma(r))),
        float(shares @ lost),
        float(shares @ (lost + digamma(b + k) - digamma(b))),
    )
    return float(value), slopes
