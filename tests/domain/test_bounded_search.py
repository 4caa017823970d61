"""Going downhill within bounds: to the floor of a valley, or to the wall before it."""

import numpy as np
import pytest

from api.domain.bounded_search import Floats, minimum

NOWHERE = np.full(2, np.inf)


def rosenbrock(x: Floats) -> tuple[float, Floats]:
    """The banana valley, whose floor is at (1, 1)."""
    bend = x[1] - x[0] ** 2
    slope = np.array([-400 * x[0] * bend - 2 * (1 - x[0]), 200 * bend])
    return float(100 * bend**2 + (1 - x[0]) ** 2), slope


@pytest.mark.parametrize("start", [(-1.2, 1.0), (0.0, 0.0), (3.0, -3.0)])
def test_the_floor_of_a_bent_valley_is_found(start: tuple[float, float]) -> None:
    found = minimum(rosenbrock, np.array(start), -NOWHERE, NOWHERE)

    assert found.x == pytest.approx([1, 1], abs=1e-4)
    assert found.value == pytest.approx(0, abs=1e-8)


def test_a_wall_before_the_floor_holds() -> None:
    highest = np.array([0.5, np.inf])

    found = minimum(rosenbrock, np.array([-1.2, 1.0]), -NOWHERE, highest)

    assert found.x == pytest.approx([0.5, 0.25], abs=1e-4)


def test_a_start_outside_the_bounds_is_taken_in() -> None:
    found = minimum(rosenbrock, np.array([9.0, 9.0]), np.array([2.0, 4.0]), np.array([3.0, 9.0]))

    assert found.x == pytest.approx([2, 4], abs=1e-4)


def test_where_it_is_flat_the_search_stays() -> None:
    found = minimum(lambda x: (7.0, np.zeros(2)), np.array([1.0, 2.0]), -NOWHERE, NOWHERE)

    assert (found.x.tolist(), found.value) == ([1.0, 2.0], 7.0)
