"""The silence model against published numbers, against simulation, and against its own guards."""

import os
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from api.domain.churn_model import (
    Cohort,
    Fit,
    Parameters,
    Story,
    expected_if_alive,
    fit,
    p_alive,
    p_ships,
)
from api.domain.churn_trust import Weakness, not_identified, too_little
from api.domain.shipping_history import ShippingHistory

WEEK = 7
CALIBRATED_UNTIL = date(1997, 10, 1)  # 39 weeks: up to and including 30 September.


def cdnow() -> list[ShippingHistory]:
    """Read the 2,357 customers of Fader and Hardie's CDNOW sample, or skip where the file is not at hand."""
    beside_the_checkout = Path(__file__).resolve().parents[3] / "shared" / "data"
    path = Path(os.environ.get("DOORSTEP_TEST_DATA", beside_the_checkout)) / "cdnow-sample.txt"
    if not path.exists():
        pytest.skip(f"needs cdnow-sample.txt; name its folder in DOORSTEP_TEST_DATA (looked for {path})")
    days: dict[str, set[date]] = defaultdict(set)
    for line in path.read_text().splitlines():
        customer, _, day, *_ = line.split()
        days[customer].add(date.fromisoformat(day))
    histories = (ShippingHistory.of(seen, CALIBRATED_UNTIL) for seen in days.values())
    return [history for history in histories if history is not None]


def cohort_of(histories: list[ShippingHistory]) -> Cohort:
    return Cohort.of(*zip(*((one.x, one.tx, one.T) for one in histories), strict=True))


def in_weeks(found: Fit, cohort: Cohort) -> tuple[float, ...]:
    """Return r, alpha, a, b and the log-likelihood with the week as the unit, as the papers print them."""
    model = found.parameters
    log_likelihood = found.log_likelihood + float(cohort.customers @ cohort.x) * np.log(WEEK)
    return (model.r, model.alpha / WEEK, model.a, model.b, log_likelihood)


def test_bg_nbd_finds_the_published_parameters_of_cdnow() -> None:
    cohort = cohort_of(cdnow())

    found = in_weeks(fit(cohort, Story.BG_NBD), cohort)

    assert found[:4] == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=5e-4)
    assert found[4] == pytest.approx(-9582.43, abs=5e-3)


def test_mbg_nbd_finds_the_known_parameters_of_cdnow() -> None:
    cohort = cohort_of(cdnow())

    found = in_weeks(fit(cohort), cohort)

    assert found[:4] == pytest.approx((0.525, 6.183, 0.891, 1.614), abs=5e-4)


def simulated(model: Parameters, customers: int, days: int, ahead: int) -> tuple[Cohort, np.ndarray]:
    """Play the model's own story day by day; also say who ships in the `ahead` days after `days`."""
    chance = np.random.default_rng(7)
    rates = chance.gamma(model.r, 1 / model.alpha, customers)
    drop_outs = chance.beta(model.a, model.b, customers)
    rows, ships = [], []
    for rate, drop_out in zip(rates, drop_outs, strict=True):
        at, last, repeats, later = 0.0, 0.0, 0, False
        while chance.random() >= drop_out:
            at += chance.exponential(1 / rate)
            if at > days:
                later = at <= days + ahead
                break
            last, repeats = at, repeats + 1
        rows.append((repeats, last, days))
        ships.append(later)
    x, tx, T = np.array(rows).T
    return Cohort.of(x, tx, T), np.array(ships)


TRUTH = Parameters(r=1.5, alpha=20.0, a=0.8, b=6.0)


def test_a_fit_finds_the_population_that_made_the_data() -> None:
    cohort, _ = simulated(TRUTH, customers=4000, days=500, ahead=30)

    found = fit(cohort)

    assert not_identified(found) is None
    assert found.parameters.mean_drop_out == pytest.approx(TRUTH.mean_drop_out, rel=0.1)
    assert found.parameters.r / found.parameters.alpha == pytest.approx(TRUTH.r / TRUTH.alpha, rel=0.1)


def test_probabilities_come_true_as_often_as_they_say() -> None:
    cohort, ships = simulated(TRUTH, customers=4000, days=500, ahead=30)

    chances = p_ships(TRUTH, cohort.x, cohort.tx, cohort.T, 30)

    for low, high in ((0.0, 0.2), (0.2, 0.6), (0.6, 0.9), (0.9, 1.0)):
        band = (chances >= low) & (chances < high)
        assert ships[band].mean() == pytest.approx(chances[band].mean(), abs=0.05)


def test_silence_lowers_the_chance_and_a_longer_horizon_raises_it() -> None:
    silent = np.array([0, 10, 40, 100])

    by_silence = p_ships(TRUTH, 10, 200, 200 + silent, 30)
    by_horizon = p_ships(TRUTH, 10, 200, 240, [7, 30, 90])

    assert np.all(np.diff(by_silence) < 0)
    assert np.all(np.diff(by_horizon) > 0)


def test_in_bg_nbd_one_shipment_and_any_silence_is_still_alive() -> None:
    bg = Parameters(0.24, 31.0, 0.8, 2.4, Story.BG_NBD)

    assert p_alive(bg, 0, 0, 10_000) == 1.0


def test_in_mbg_nbd_one_shipment_and_long_silence_is_hardly_alive() -> None:
    mbg = Parameters(0.52, 43.0, 0.9, 1.6)

    assert p_alive(mbg, 0, 0, 10_000) < 0.2


def test_thousands_of_shipping_days_do_not_overflow() -> None:
    chance = p_ships(TRUTH, [5000, 5000], [6000, 100], [6001, 6001], 30)

    assert chance[0] > 0.5
    assert chance[1] == pytest.approx(0)


def test_a_group_of_equals_weighs_as_much_as_its_customers_one_by_one() -> None:
    one_by_one = Cohort.of([0, 2, 2, 5], [0, 30, 30, 80], [90, 90, 90, 85])
    grouped = Cohort.of([0, 2, 5], [0, 30, 80], [90, 90, 85], customers=[1, 2, 1])

    assert fit(grouped).log_likelihood == pytest.approx(fit(one_by_one).log_likelihood)


def test_the_same_history_always_gives_the_same_model() -> None:
    cohort, _ = simulated(TRUTH, customers=500, days=500, ahead=30)

    assert fit(cohort) == fit(cohort)


@pytest.mark.parametrize(
    ("days", "customers", "missing"),
    [
        (395, 5000, Weakness.SHORT_HISTORY),
        (800, 199, Weakness.FEW_CUSTOMERS),
        (396, 200, None),
    ],
)
def test_a_fit_needs_13_months_and_200_customers(days: int, customers: int, missing: Weakness | None) -> None:
    assert too_little(days, customers) is missing


def test_a_population_that_nobody_leaves_is_not_believed() -> None:
    loyal = Parameters(r=2.0, alpha=20.0, a=0.00001, b=1000.0)
    cohort, _ = simulated(loyal, customers=1000, days=400, ahead=30)

    assert not_identified(fit(cohort)) is Weakness.NOBODY_LEAVES


@pytest.mark.parametrize(
    ("at_bound", "starts_agree", "weakness"),
    [(True, True, Weakness.AT_BOUND), (False, False, Weakness.STARTS_DISAGREE), (False, True, None)],
)
def test_a_fit_at_a_bound_or_by_chance_is_not_believed(
    at_bound: bool, starts_agree: bool, weakness: Weakness | None
) -> None:
    found = Fit(TRUTH, -1000.0, 1000, at_bound, starts_agree)

    assert not_identified(found) is weakness


def test_the_days_to_expect_are_the_mean_of_the_story() -> None:
    chance = np.random.default_rng(7)
    rates = chance.gamma(TRUTH.r + 10, 1 / (TRUTH.alpha + 200), 200_000)
    drop_outs = chance.beta(TRUTH.a, TRUTH.b + 11, 200_000)

    told = expected_if_alive(TRUTH, 10, 200, 90)

    # Fader, Hardie and Lee (2005), eq. (8): of one customer whose rate and drop-out are known.
    assert told == pytest.approx(np.mean(-np.expm1(-rates * drop_outs * 90) / drop_outs), rel=0.01)


@pytest.mark.parametrize("a", [0.999999, 1.0, 1.000001])
def test_the_days_to_expect_have_no_hole_where_a_is_one(a: float) -> None:
    near = expected_if_alive(Parameters(1.5, 20.0, 1.01, 6.0), 10, 200, 90)

    assert expected_if_alive(Parameters(1.5, 20.0, a, 6.0), 10, 200, 90) == pytest.approx(near, rel=0.01)


def test_a_large_cohort_is_fitted_like_the_same_one_searched_from_near_by() -> None:
    cohort, _ = simulated(TRUTH, customers=24_000, days=500, ahead=30)
    days = Cohort.of(cohort.x, np.floor(cohort.tx), cohort.T)

    large, near = fit(days).parameters, fit(days.grouped(), near=TRUTH).parameters

    assert large.mean_drop_out == pytest.approx(near.mean_drop_out, rel=0.01)
    assert large.r / large.alpha == pytest.approx(near.r / near.alpha, rel=0.01)


def test_equal_histories_become_one_row() -> None:
    grouped = Cohort.of([2, 0, 2], [30, 0, 30], [90, 90, 90]).grouped()

    assert (grouped.x.tolist(), grouped.customers.tolist()) == ([0, 2], [1, 2])
