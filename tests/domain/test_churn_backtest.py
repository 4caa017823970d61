"""Churn risk on trial: the table against small histories, and the nights played one by one."""

import os
from collections import defaultdict
from csv import DictReader
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from api.domain.churn_backtest import METHODS, Backtest, backtest, rolling_cut_offs
from api.domain.churn_replay import replay
from api.domain.shipping_ledger import NEVER, Ledger, ShippingDay
from api.domain.vocabulary import Band, ChurnEngine

BEGINS = date(2024, 9, 1)
WEEKS_27 = timedelta(weeks=27)


def branch(customers: int = 400, days: int = 700) -> Ledger:
    """Customers with rhythms of their own, some of whom leave after each shipment."""
    chance = np.random.default_rng(5)
    shipped = []
    for customer in range(customers):
        on, gap, leaves = int(chance.integers(0, 250)), chance.gamma(2.0, 8.0) + 1, chance.beta(1.0, 14.0)
        while on < days:
            shipped.append(ShippingDay(customer, BEGINS + timedelta(days=on), revenue_minor=3_000))
            if chance.random() < leaves:
                break
            on += 1 + int(chance.exponential(gap))
    return Ledger.of(shipped)


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return branch()


@pytest.fixture(scope="module")
def trial(ledger: Ledger) -> Backtest:
    return backtest(ledger, rolling_cut_offs(ledger)[-2:])


def test_cut_offs_are_two_months_apart_and_the_last_can_be_judged(ledger: Ledger) -> None:
    cut_offs = rolling_cut_offs(ledger)

    assert len(cut_offs) == 4
    assert {(later - earlier).days for earlier, later in pairwise(cut_offs)} == {61}
    assert (ledger.last_on - cut_offs[-1]).days == 89


def test_every_way_to_rank_stands_beside_ours(trial: Backtest) -> None:
    for cut_off in trial.cut_offs:
        assert tuple(figures.method for figures in cut_off.methods) == METHODS


def test_on_the_models_own_story_it_beats_recency(trial: Backtest) -> None:
    for cut_off in trial.cut_offs:
        by_method = {figures.method: figures for figures in cut_off.methods}
        assert by_method["doorstep"].auc_own_horizon > by_method["recency"].auc_own_horizon


def test_what_is_said_comes_true(trial: Backtest) -> None:
    said_and_came = np.array(trial.calibration())

    assert np.abs(said_and_came[:, 0] - said_and_came[:, 1]).mean() < 0.12


def test_calling_everybody_reaches_everybody(trial: Backtest) -> None:
    assert trial.caught("doorstep", 1.0) == 1.0
    assert trial.caught("doorstep", 0.3) > 0.3


def test_red_is_surer_than_amber(trial: Backtest) -> None:
    bands = {band.band: band for band in trial.cut_offs[-1].bands}

    assert bands[Band.HIGH].precision > bands[Band.MEDIUM].precision


def test_with_nine_months_of_history_the_rule_speaks(ledger: Ledger) -> None:
    [cut_off] = backtest(ledger, [BEGINS + timedelta(days=274)]).cut_offs

    assert (cut_off.engine, cut_off.status, cut_off.brier) == (ChurnEngine.RULE, "short_history", None)


def test_27_weeks_of_nights_push_a_spell_once_a_band_and_a_rep_less_than_once_a_week(ledger: Ledger) -> None:
    begins_on = BEGINS + timedelta(days=420)

    nights = replay(ledger, begins_on, begins_on + WEEKS_27)

    assert len(nights.weeks) == 27
    assert nights.most_pushes_of_a_spell_and_band == 1
    assert 0 < nights.pushes_per_100_and_week < 1


def test_the_next_shipment_is_counted_from_the_cut_off() -> None:
    day = BEGINS + timedelta(days=10)
    ledger = Ledger.of([ShippingDay(1, BEGINS), ShippingDay(1, day), ShippingDay(2, BEGINS)])

    snapshot = ledger.before(day)

    assert snapshot.customers.tolist() == [1, 2]
    assert ledger.days_until_next(snapshot, day).tolist() == [1, NEVER]


def wholesale() -> Ledger:
    """Read the two years of a wholesaler, or skip where the file is not at hand."""
    folder = os.environ.get("DOORSTEP_TEST_DATA")
    path = Path(folder or ".") / "wholesale-invoices.csv"
    if folder is None or not path.exists():
        pytest.skip("needs wholesale-invoices.csv; name its folder in DOORSTEP_TEST_DATA")
    days: dict[tuple[str, date], tuple[int, int]] = defaultdict(lambda: (0, 0))
    with path.open() as lines:
        for row in DictReader(lines):
            if row["cancelled"] == "0":
                key = (row["customer_code"], date.fromisoformat(row["picked_up_at"][:10]))
                parcels, revenue = days[key]
                days[key] = (parcels + 1, revenue + round(100 * float(row["revenue"])))
    number = {code: place for place, code in enumerate(sorted({code for code, _ in days}))}
    return Ledger.of(
        ShippingDay(number[code], day, parcels, revenue_minor=revenue)
        for (code, day), (parcels, revenue) in days.items()
    )


@pytest.mark.slow
def test_on_two_years_of_a_wholesaler_it_beats_recency_and_nags_nobody() -> None:
    ledger = wholesale()
    cut_offs = [date(2011, month, 1) for month in (3, 5, 7, 9)]

    trial = backtest(ledger, cut_offs)
    nights = replay(ledger, cut_offs[0], cut_offs[0] + WEEKS_27)

    ours, recency = (
        np.mean(
            [(one.methods[at].auc_90_days, one.methods[at].auc_own_horizon) for one in trial.cut_offs], axis=0
        )
        for at in (METHODS.index("doorstep"), METHODS.index("recency"))
    )
    assert ours[0] >= 0.805
    assert ours[1] >= recency[1] + 0.015
    assert nights.most_pushes_of_a_spell_and_band == 1
    assert nights.pushes_per_100_and_week < 1
