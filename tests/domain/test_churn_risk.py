"""Bands, horizons and value at risk, by the model and by the rule."""

from datetime import date, timedelta

import pytest

from api.domain.churn_risk import RiskFacts, horizon_days, judge
from api.domain.decline import Pace
from api.domain.shipping_history import Dealings, ShippingHistory
from api.domain.vocabulary import Band, ChurnEngine

AS_OF = date(2026, 6, 1)


def facts(
    p_ships: float | None = None,
    *,
    shipping_days: int = 10,
    silent: int = 1,
    gap: float = 9.0,
    pace: Pace | None = None,
    expected_days: float | None = None,
    branch_revenue: float = 0.0,
) -> RiskFacts:
    last_on = AS_OF - timedelta(days=silent)
    history = ShippingHistory(last_on - timedelta(days=100), last_on, shipping_days, AS_OF)
    dealings = Dealings(history, revenue_minor=1_000_00)
    engine = ChurnEngine.RULE if p_ships is None else ChurnEngine.MODEL
    return RiskFacts(dealings, gap, p_ships, engine, expected_days, branch_revenue, pace)


@pytest.mark.parametrize(
    ("p_ships", "band", "critical"),
    [
        (0.29, Band.HIGH, True),
        (0.3, Band.HIGH, False),
        (0.39, Band.HIGH, False),
        (0.4, Band.MEDIUM, False),
        (0.49, Band.MEDIUM, False),
        (0.5, Band.LOW, False),
    ],
)
def test_the_models_probability_decides_the_band(p_ships: float, band: Band, critical: bool) -> None:
    verdict = judge(facts(p_ships), margin_percent=30)

    assert (verdict.engine, verdict.band, verdict.critical) == (ChurnEngine.MODEL, band, critical)


@pytest.mark.parametrize(("silent", "band"), [(17, Band.LOW), (18, Band.MEDIUM), (27, Band.HIGH)])
def test_without_a_model_silence_in_usual_gaps_decides_the_band(silent: int, band: Band) -> None:
    verdict = judge(facts(None, silent=silent, gap=9.0), margin_percent=30)

    assert (verdict.engine, verdict.band, verdict.p_ships) == (ChurnEngine.RULE, band, None)


@pytest.mark.parametrize("p_ships", [0.01, None])
def test_four_shipping_days_are_too_few_for_a_band(p_ships: float | None) -> None:
    verdict = judge(facts(p_ships, shipping_days=4, silent=300), margin_percent=30)

    assert (verdict.band, verdict.critical) == (Band.UNRATED, False)


@pytest.mark.parametrize(("gap", "horizon"), [(7.0, 30), (30.4, 30), (44.6, 45)])
def test_the_horizon_is_the_usual_gap_but_a_month_at_least(gap: float, horizon: int) -> None:
    assert horizon_days(gap) == horizon


def test_value_at_risk_is_the_margin_of_90_days_times_the_chance_to_lose_it() -> None:
    verdict = judge(facts(0.25), margin_percent=30)

    # 100.00 a shipping day, every 9 days: 1,000.00 in 90 days; three quarters of 30 % of it.
    assert verdict.value_at_risk_minor == 225_00


def test_by_the_rule_a_customer_at_risk_is_at_risk_with_all_it_would_bring() -> None:
    at_risk = judge(facts(None, silent=27), margin_percent=30)
    safe = judge(facts(None, silent=1), margin_percent=30)

    assert (at_risk.value_at_risk_minor, safe.value_at_risk_minor) == (300_00, 0)


def test_the_days_to_expect_are_the_models_where_it_speaks() -> None:
    verdict = judge(facts(0.25, expected_days=5.0), margin_percent=30)

    assert verdict.value_at_risk_minor == 112_50


def test_what_a_day_brings_is_drawn_towards_the_branch() -> None:
    alone = judge(facts(0.25), margin_percent=30).value_at_risk_minor
    among_small_ones = judge(facts(0.25, branch_revenue=10_00.0), margin_percent=30).value_at_risk_minor

    # Ten days of 100.00 and two of 10.00: 85.00 a day instead of 100.00.
    assert among_small_ones == round(alone * 0.85)


STOPPED = Pace(recent=60, expected=100.0, z=-2.5, silent_days=3, missed=25.0)
HALVED = Pace(recent=50, expected=100.0, z=-3.0, silent_days=0, missed=0.0)
STEADY = Pace(recent=98, expected=100.0, z=-0.1, silent_days=0, missed=0.0)


@pytest.mark.parametrize(
    ("pace", "band", "silence", "decline"),
    [
        (STOPPED, Band.HIGH, Band.HIGH, Band.LOW),
        (HALVED, Band.MEDIUM, Band.LOW, Band.MEDIUM),
        (STEADY, Band.LOW, Band.LOW, Band.LOW),
    ],
)
def test_a_frequent_shipper_is_judged_by_its_volume(
    pace: Pace, band: Band, silence: Band, decline: Band
) -> None:
    verdict = judge(facts(0.99, shipping_days=90, pace=pace), margin_percent=30)

    assert (verdict.engine, verdict.band) == (ChurnEngine.DECLINE, band)
    assert (verdict.silence, verdict.decline) == (silence, decline)
    assert verdict.p_ships == 0.99


@pytest.mark.parametrize(("pace", "share"), [(STOPPED, 1.0), (HALVED, 0.5), (STEADY, 0.01)])
def test_of_a_frequent_shipper_what_is_missing_is_at_risk(pace: Pace, share: float) -> None:
    verdict = judge(facts(0.99, pace=pace), margin_percent=30)

    assert verdict.value_at_risk_minor == round(300_00 * share)
