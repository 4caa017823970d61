"""The correction learned from a branch's own past: what it learns, and when it holds its tongue."""

from datetime import date, timedelta

import numpy as np
import pytest

from api.domain.churn_combination import SIGNALS, Combination, auc, combine
from api.domain.shipping_ledger import Ledger, ShippingDay

BEGINS = date(2025, 1, 1)
DAYS = 480
AS_OF = BEGINS + timedelta(days=DAYS)


def branch(*, failing_leave: bool, customers: int = 700) -> Ledger:
    """Customers who ship about every ten days until they leave; service may fail some of them.

    Where `failing_leave`, half of those who were served badly leave within days; else service matters to
    nobody.
    """
    chance = np.random.default_rng(11)
    days = []
    for customer in range(customers):
        on, gap = int(chance.integers(0, 200)), 4 + chance.gamma(2.0, 4.0)
        while on < DAYS:
            failed = int(chance.random() < 0.08)
            days.append(ShippingDay(customer, BEGINS + timedelta(days=on), 1, failed, 3_000))
            if chance.random() < (0.5 if failed and failing_leave else 0.03):
                break
            on += 1 + int(chance.exponential(gap))
    return Ledger.of(days)


def weight_of(combination: Combination, signal: str) -> float:
    return combination.weights[SIGNALS.index(signal)]


def test_where_bad_service_drives_customers_away_the_correction_learns_it() -> None:
    combination = combine(branch(failing_leave=True), AS_OF, horizon=60)

    assert combination is not None
    assert combination.gain > 0.005
    assert weight_of(combination, "failures_per_100") < -0.1


def test_failures_never_raise_a_chance() -> None:
    ledger = branch(failing_leave=False)

    combination = combine(ledger, AS_OF, horizon=60)

    assert combination is None or weight_of(combination, "failures_per_100") > -0.1
    assert combination is None or weight_of(combination, "failures_per_100") <= 0


def test_with_half_a_year_there_is_nothing_to_learn_from() -> None:
    ledger = branch(failing_leave=True)

    assert combine(ledger, BEGINS + timedelta(days=180), horizon=60) is None


def test_without_evidence_the_closed_form_speaks_unchanged() -> None:
    silent = Combination((0.0,) * 7, (0.0,) * 7, (1.0,) * 7, intercept=0.0, gain=0.0)
    chances = np.array([0.1, 0.5, 0.9])

    assert silent.correct(chances, np.zeros((3, 7))) == pytest.approx(chances)


def test_the_future_of_a_cut_off_is_not_seen() -> None:
    ledger = branch(failing_leave=True, customers=300)
    known = ledger.day < (AS_OF - timedelta(days=100)).toordinal()
    cut = Ledger(
        *(
            column[known]
            for column in (ledger.customer, ledger.day, ledger.parcels, ledger.failed, ledger.revenue)
        )
    )

    with_future = combine(ledger, AS_OF - timedelta(days=100), horizon=60)

    assert combine(cut, AS_OF - timedelta(days=100), horizon=60) == with_future


@pytest.mark.parametrize(
    ("scores", "expected"), [([0.1, 0.2, 0.8, 0.9], 1.0), ([0.9, 0.8, 0.2, 0.1], 0.0), ([0.5] * 4, 0.5)]
)
def test_auc_counts_pairs_in_order_and_ties_as_half(scores: list[float], expected: float) -> None:
    ships = np.array([False, False, True, True])

    assert auc(np.array(scores), ships) == expected
