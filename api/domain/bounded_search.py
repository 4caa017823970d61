"""The minimum of a smooth function of a handful of numbers, each within bounds: BFGS with a projected line
search.

scipy's L-BFGS-B does the same, but hands matrices of 4 x 4 to threads that wait for each other: on a busy
machine that took ten times as long as the function itself. Source: Nocedal and Wright, "Numerical
Optimization" (2006), algorithm 6.1, with backtracking (3.1) and projection onto the box.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Function = Callable[[Floats], tuple[float, Floats]]
"""Returns value and gradient."""

MOST_STEPS = 500
LONGEST_STEP = 2.0
FLAT, LEVEL = 1e-8, 1e-13  # Gradient, and relative gain of a step, under which nothing more is to be found.
LEAST_DESCENT = 1e-4
MOST_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Minimum:
    x: Floats
    value: float


def minimum(function: Function, start: Floats, lowest: Floats, highest: Floats) -> Minimum:
    """Go downhill from a start until it is level or flat; bounds may be infinite."""
    x = np.clip(start, lowest, highest)
    value, slope = function(x)
    inverse, free = np.eye(len(x)), np.ones(len(x), dtype=bool)
    for _ in range(MOST_STEPS):
        before, free = free, ~(((x <= lowest) & (slope > 0)) | ((x >= highest) & (slope < 0)))
        if np.any(free != before):
            inverse = np.eye(len(x))  # What was learned across a bound misleads along it.
        if not free.any() or np.max(np.abs(slope[free])) < FLAT:
            break
        way = np.where(free, -(inverse @ (slope * free)), 0.0)
        if way @ slope >= 0:
            inverse, way = np.eye(len(x)), np.where(free, -slope, 0.0)
        way *= min(1.0, LONGEST_STEP / np.max(np.abs(way)))
        found = _downhill(function, x, value, slope, way, lowest, highest)
        if found is None:
            break
        at, lower, slope_there = found
        inverse = _curved(inverse, (at - x) * free, (slope_there - slope) * free)
        gain = value - lower
        x, value, slope = at, lower, slope_there
        if gain < LEVEL * max(1.0, abs(value)):
            break
    return Minimum(x, value)


def _downhill(
    function: Function,
    x: Floats,
    value: float,
    slope: Floats,
    way: Floats,
    lowest: Floats,
    highest: Floats,
) -> tuple[Floats, float, Floats] | None:
    """Halve the step until it pays (Armijo); None where no step does."""
    for halvings in range(MOST_HALVINGS):
        at = np.clip(x + way / 2**halvings, lowest, highest)
        there, slope_there = function(at)
        if there <= value + LEAST_DESCENT * float(slope @ (at - x)):
            return at, there, slope_there
    return None


def _curved(inverse: Floats, step: Floats, change: Floats) -> Floats:
    """Return the inverse curvature, taught by one step (BFGS)."""
    along = float(step @ change)
    if along <= 1e-14:
        return inverse
    eye = np.eye(len(step))
    left = eye - np.outer(step, change) / along
    return np.asarray(left @ inverse @ left.T + np.outer(step, step) / along)
