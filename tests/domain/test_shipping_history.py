"""Shipping days boiled down to x, tx and T, and the usual gap."""

from datetime import date

import pytest

from api.domain.shipping_history import HistoryGroup, ShippingHistory, mean_gap, shrunk_gap

AS_OF = date(2026, 3, 1)


def test_repeats_and_spans_count_days_not_parcels() -> None:
    days = [date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 11), date(2026, 1, 31)]

    history = ShippingHistory.of(days, AS_OF)

    assert history is not None
    assert (history.x, history.tx, history.T, history.recency_days) == (2, 30, 58, 29)


def test_the_day_of_scoring_is_not_yet_seen() -> None:
    assert ShippingHistory.of([AS_OF], AS_OF) is None


def test_a_shipment_on_the_eve_is_one_day_ago() -> None:
    history = ShippingHistory.of([date(2026, 2, 28)], AS_OF)

    assert history is not None
    assert (history.recency_days, history.T, history.own_gap_days) == (1, 0, None)


def test_a_newcomers_usual_gap_is_the_populations() -> None:
    once = ShippingHistory(date(2026, 2, 1), date(2026, 2, 1), 1, AS_OF)

    assert shrunk_gap(once, population_gap=20.0) == 20.0


def test_a_customers_own_gaps_outvote_the_population() -> None:
    weekly = ShippingHistory(date(2025, 12, 7), date(2026, 2, 15), 11, AS_OF)

    assert shrunk_gap(weekly, population_gap=19.0) == pytest.approx((10 * 7 + 2 * 19) / 12)


def test_the_population_gap_weighs_every_customer_once() -> None:
    weekly = ShippingHistory(date(2026, 1, 1), date(2026, 1, 29), 5, AS_OF)
    monthly = ShippingHistory(date(2026, 1, 1), date(2026, 1, 31), 2, AS_OF)
    once = ShippingHistory(date(2026, 1, 1), date(2026, 1, 1), 1, AS_OF)

    branch = [HistoryGroup(weekly, 1), HistoryGroup(monthly, 2), HistoryGroup(once, 50)]

    assert mean_gap(branch) == pytest.approx((7 + 30 + 30) / 3)


def test_where_nobody_ships_twice_the_gap_is_a_month() -> None:
    assert mean_gap([]) == 30.0
