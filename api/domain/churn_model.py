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

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import scipy  # Its parts are loaded by the first use: no start waits for them.
from numpy.typing import ArrayLike, NDArray

from api.domain.bounded_search import Minimum, minimum

Floats = NDArray[np.float64]

LOWEST, HIGHEST = 1e-4, 1e4  # Bounds of every parameter, with the mean of T as the unit of time.
BOUNDS = (float(np.log(LOWEST)), float(np.log(HIGHEST)))
ROWS_FOR_STARTS = 20_000
MOST_STEPS = 12

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

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Parameters":
        """Read what `dataclasses.asdict` wrote."""
        return cls(**{**stored, "story": Story(stored["story"])})

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

    def grouped(self) -> "Cohort":
        """Return equal histories as one row, where times are whole days; else the cohort itself."""
        columns = [self.x, self.tx, self.T]
        if any(np.any(column != np.floor(column)) for column in columns):
            return self
        span = int(self.T.max()) + 1
        keys = (self.x.astype(np.int64) * span + self.tx.astype(np.int64)) * span + self.T.astype(np.int64)
        # Sorting alone is several times as quick as sorting and telling from where each row came.
        if np.all(self.customers == 1):
            keys, customers = np.unique(keys, return_counts=True)
        else:
            keys, which = np.unique(keys, return_inverse=True)
            customers = np.bincount(which, weights=self.customers)
        rest, T = np.divmod(keys, span)
        return Cohort.of(*np.divmod(rest, span), T, customers)

    def every(self, step: int) -> "Cohort":
        """Return every so many rows; the cohort itself for 1."""
        if step <= 1:
            return self
        return Cohort(self.x[::step], self.tx[::step], self.T[::step], self.customers[::step])


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


def fit(cohort: Cohort, story: Story = Story.MBG_NBD, near: Parameters | None = None) -> Fit:
    """Fit the four parameters by maximum likelihood; a cohort needs at least one customer with T > 0.

    The search runs on the logarithms of the parameters with the exact gradient, time measured in mean T. Of a
    large cohort every k-th row shows which start leads where, and all rows then have the last word. With a
    model of a similar population `near` by, the search begins there, once.
    """
    if len(cohort.x) > ROWS_FOR_STARTS:
        cohort = cohort.grouped()
    total = float(cohort.customers.sum())
    unit = float(cohort.customers @ cohort.T) / total
    scaled = Cohort(cohort.x, cohort.tx / unit, cohort.T / unit, cohort.customers)
    starts = STARTS if near is None else ((near.r, near.alpha / unit, near.a, near.b),)
    sample = scaled.every(-(-len(cohort.x) // ROWS_FOR_STARTS))
    ends = [_search(np.log(np.clip(start, LOWEST, HIGHEST)), sample, story) for start in starts]
    best, *others = sorted(ends, key=lambda end: end.value)
    second = others[0] if others else best
    starts_agree = bool(
        (second.value - best.value) * total < 0.05 and np.max(np.abs(second.x - best.x)) < np.log(1.1)
    )
    found, loss = best.x, best.value
    if sample is not scaled:
        found, loss = _with_all_rows(found, sample, scaled, story)
    r, alpha, a, b = (float(value) for value in np.exp(found))
    return Fit(
        parameters=Parameters(r, alpha * unit, a, b, story),
        log_likelihood=-loss * total - float(cohort.customers @ cohort.x) * float(np.log(unit)),
        customers=int(total),
        at_bound=bool(np.any(found - BOUNDS[0] < 1e-3) or np.any(BOUNDS[1] - found < 1e-3)),
        starts_agree=starts_agree,
    )


def _search(start: Floats, cohort: Cohort, story: Story) -> Minimum:
    lowest, highest = (np.full(4, bound) for bound in BOUNDS)
    return minimum(lambda logs: _loss(logs, cohort, story), start, lowest, highest)


def _with_all_rows(start: Floats, sample: Cohort, cohort: Cohort, story: Story) -> tuple[Floats, float]:
    """Go from the sample's optimum to that of all rows by Newton's steps, which need the sample's curvature
    only.

    A handful of looks at all rows suffice, where a search needs dozens. Whatever is odd is left to the
    search.
    """
    nudges = 1e-4 * np.eye(4)
    ahead, behind = ([_loss(start + n, sample, story)[1] for n in way] for way in (nudges, -nudges))
    curvature, at = (np.array(ahead) - np.array(behind)) / 2e-4, start
    if np.linalg.eigvalsh((curvature + curvature.T) / 2)[0] > 1e-9:
        enough = 0.1 * np.sqrt(np.diag(np.linalg.inv(curvature)) / cohort.customers.sum())
        for _ in range(MOST_STEPS):
            loss, slope = _loss(at, cohort, story)
            step = np.linalg.solve(curvature, slope)
            at = at - step
            if np.any(np.abs(at - start) > 1):
                break
            if np.all(np.abs(step) < enough):
                return at, loss
    found = _search(start, cohort, story)
    return found.x, found.value


def p_alive(model: Parameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """Return the chance that a customer has not left; never shown by itself (see `p_ships`)."""
    history = [np.asarray(column, dtype=np.float64) for column in (x, tx, T)]
    return np.asarray(scipy.special.expit(-_log_odds_gone(model, *history)), dtype=np.float64)


def p_ships(model: Parameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, h: ArrayLike) -> Floats:
    """Return the chance of at least one shipping day in the next h days, (T, T + h].

    P(alive) * (1 - ((alpha + T) / (alpha + T + h))^(r + x)): while alive, the rate given the history is
    Gamma(r + x, alpha + T). Evaluated in logs, so that thousands of shipping days do not overflow.
    """
    shape = model.r + np.asarray(x, dtype=np.float64)
    whole = model.alpha + np.asarray(T, dtype=np.float64)
    silent_if_alive = shape * -np.log1p(np.asarray(h, dtype=np.float64) / whole)
    return p_alive(model, x, tx, T) * -np.expm1(silent_if_alive)


def expected_if_alive(model: Parameters, x: ArrayLike, T: ArrayLike, h: ArrayLike) -> Floats:
    """Return the shipping days to expect in the next h days from a customer who has not left yet.

    Given that it is alive, its rate is Gamma(r + x, alpha + T) and its drop-out Beta(a, b + k) after k
    chances to leave, so that it stands where a newcomer of such a population stands, and Fader, Hardie and
    Lee's (9) holds; the hypergeometric function is turned round (Pfaff), so that thousands of days do not
    overflow: (a + b' - 1) / (a - 1) * (1 - 2F1(r + x, a - 1; a + b' - 1; -h / (alpha + T))), with b' = b + k.
    """
    x, T, h = (np.asarray(column, dtype=np.float64) for column in (x, T, h))
    a = model.a if abs(model.a - 1) > 1e-6 else 1 + 1e-6  # The formula is 0 / 0 there, its limit is not.
    left = a + model.b + model.story.chances_to_leave(x) - 1
    shrinking = scipy.special.hyp2f1(model.r + x, a - 1, left, -h / (model.alpha + T))
    return np.asarray(left / (a - 1) * (1 - shrinking), dtype=np.float64)


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
    odds = np.exp(np.minimum(gone, 700.0))  # Beyond that a double overflows, and nobody is left anyway.
    value = _dot(weights, np.log1p(odds) - (r + cohort.x) * log_whole) + r * np.log(alpha)
    by_count, slopes = _count_terms(cohort.x, weights, (r, a, b), story)

    share_gone = weights * (odds / (1 + odds))
    log_silence = log_whole - np.log(alpha + cohort.tx)
    shape = r + cohort.x
    by_alpha = weights / (alpha + cohort.T) - share_gone * (1 / (alpha + cohort.T) - 1 / (alpha + cohort.tx))
    could_leave = story.chances_to_leave(cohort.x) > 0
    stayed = np.where(could_leave, b + story.chances_to_leave(cohort.x) - 1, 1)
    gradient = np.array([
        slopes[0] + np.log(alpha) - _dot(weights, log_whole) + _dot(share_gone, log_silence),
        r / alpha - _dot(shape, by_alpha),
        slopes[1] + share_gone.sum() / a,
        slopes[2] - _dot(share_gone, could_leave / stayed),
    ])  # fmt: skip
    return -float(value + by_count), -gradient * np.exp(logs)


def _dot(one: Floats, other: Floats) -> float:
    # Not `@`: BLAS would spread it over threads that wait for each other, slower by far on a busy machine.
    return float(np.einsum("i,i->", one, other))


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
    gammaln, digamma = scipy.special.gammaln, scipy.special.digamma
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
