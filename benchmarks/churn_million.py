"""A million customers fitted and scored, beside the package `lifetimes` doing the same to the same customers.

Both get three columns (repeats, recency, age in days) and give back a chance for each customer. Ours starts
five times, theirs once. CPU seconds of one thread, so that other programs on the machine do not matter much;
memory is the peak of a process of its own for each.
    python -m benchmarks.churn_million [--customers 100000] [--full]
"""

import argparse
import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from api.domain.churn_model import Cohort, Parameters, fit, p_ships

FULL = 1_000_000
HORIZON = 30
TRUTH = Parameters(r=0.7, alpha=66.0, a=0.29, b=8.0)

Columns = tuple[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """What one contender took, and what it found."""

    fit_seconds: float
    score_seconds: float
    megabytes: float
    found: tuple[float, ...]
    mean_chance: float

    @property
    def seconds(self) -> float:
        return self.fit_seconds + self.score_seconds


def main() -> None:
    options = _options()
    customers = FULL if options.full else options.customers
    runs = {contender.__name__: _alone(contender, customers) for contender in (ours, lifetimes)}
    print(f"\n{customers} customers      fit s   score s    peak MB   mean chance   r, alpha, a, b")
    for name, run in runs.items():
        found = ", ".join(f"{value:.3f}" for value in run.found)
        print(
            f"{name:20} {run.fit_seconds:8.2f}  {run.score_seconds:8.2f}  {run.megabytes:9.0f}"
            f"  {run.mean_chance:12.4f}   {found}"
        )
    print(f"ratio of CPU seconds: {runs['lifetimes'].seconds / runs['ours'].seconds:.1f}")


def ours(columns: Columns) -> Run:
    begun = time.process_time()
    model = fit(Cohort.of(*columns)).parameters
    fitted = time.process_time()
    chances = p_ships(model, *columns, HORIZON)
    scored = time.process_time()
    found = (model.r, model.alpha, model.a, model.b)
    return Run(fitted - begun, scored - fitted, _peak(), found, float(chances.mean()))


def lifetimes(columns: Columns) -> Run:
    from lifetimes import ModifiedBetaGeoFitter  # Only `make bench` installs it.

    x, tx, T = columns
    begun = time.process_time()
    fitter = ModifiedBetaGeoFitter().fit(x, tx, T)
    fitted = time.process_time()
    r, alpha, a, b = (float(fitter.params_[name]) for name in ("r", "alpha", "a", "b"))
    alive = fitter.conditional_probability_alive(x, tx, T)
    chances = alive * (1 - ((alpha + T) / (alpha + T + HORIZON)) ** (r + x))
    scored = time.process_time()
    return Run(fitted - begun, scored - fitted, _peak(), (r, alpha, a, b), float(chances.mean()))


def customers_of(truth: Parameters, count: int) -> Columns:
    """Let so many customers live by the model's own story for a month to two years."""
    chance = np.random.default_rng(1)
    T = chance.integers(30, 700, count).astype(np.float64)
    rates = chance.gamma(truth.r, 1 / truth.alpha, count)
    drop_outs = chance.beta(truth.a, truth.b, count)
    x, tx, at = np.zeros(count), np.zeros(count), np.zeros(count)
    active = np.flatnonzero(chance.random(count) >= drop_outs)
    while len(active):
        at[active] += chance.exponential(1 / rates[active])
        active = active[at[active] <= T[active]]
        x[active] += 1
        tx[active] = at[active]
        active = active[chance.random(len(active)) >= drop_outs[active]]
    return x, np.floor(tx), T


def _alone(contender: Callable[[Columns], Run], customers: int) -> Run:
    """Run in a new process, whose peak of memory is its own, and which has one thread for its sums."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, (contender, customers))


def _run(contender: Callable[[Columns], Run], customers: int) -> Run:
    return contender(customers_of(TRUTH, customers))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--full", action="store_true", help=f"{FULL} customers")
    return parser.parse_args()


if __name__ == "__main__":
    main()
