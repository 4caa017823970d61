"""When the fitted model speaks for a branch, and when the rule does."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from api.domain.churn_combination import Combination
from api.domain.churn_engine import FITTED, Engine, Histories, learn
from api.domain.churn_model import Parameters
from api.domain.churn_trust import Weakness
from api.domain.shipping_history import Dealings, HistoryGroup, ShippingHistory
from api.domain.vocabulary import ChurnEngine

AS_OF = date(2026, 6, 1)


def shippers(customers: int, days_of_history: int) -> Histories:
    """Customers who ship about every ten days; some leave after each shipment."""
    chance = np.random.default_rng(3)
    start = AS_OF - timedelta(days=days_of_history)
    groups = []
    for _ in range(customers):
        day, days = start, []
        gap, drop_out = chance.gamma(2.0, 5.0), chance.beta(1.0, 9.0)
        while day < AS_OF:
            days.append(day)
            if chance.random() < drop_out:
                break
            day += timedelta(days=1 + int(chance.exponential(gap)))
        history = ShippingHistory.of(days, AS_OF)
        assert history is not None
        groups.append(HistoryGroup(history, 1))
    return Histories.of(groups, AS_OF)


def test_with_a_year_and_a_half_of_history_the_model_speaks() -> None:
    engine = learn(shippers(400, days_of_history=540))

    assert (engine.kind, engine.status, engine.customers) == (ChurnEngine.MODEL, FITTED, 400)


def test_with_nine_months_of_history_the_rule_speaks() -> None:
    engine = learn(shippers(400, days_of_history=274))

    assert (engine.kind, engine.status) == (ChurnEngine.RULE, Weakness.SHORT_HISTORY)


def test_an_empty_branch_has_a_rule_too() -> None:
    engine = learn(Histories(AS_OF))

    assert (engine.kind, engine.customers, engine.population_gap_days) == (ChurnEngine.RULE, 0, 30.0)


def test_a_longer_silence_lowers_the_chance() -> None:
    engine = learn(shippers(400, days_of_history=540))
    active = ShippingHistory(AS_OF - timedelta(days=200), AS_OF - timedelta(days=2), 20, AS_OF)
    silent = ShippingHistory(AS_OF - timedelta(days=300), AS_OF - timedelta(days=102), 20, AS_OF)

    chances = engine.chances([Dealings(active), Dealings(silent)])

    assert chances[0] is not None
    assert chances[1] is not None
    assert chances[0] > 0.8
    assert chances[1] < 0.4


def test_each_customer_is_judged_over_its_own_horizon_unless_one_is_named() -> None:
    model = Parameters(r=1.0, alpha=60.0, a=0.5, b=8.0)
    by_own = Engine(AS_OF, 400, population_gap_days=60.0, status=FITTED, parameters=model)
    by_month = replace(by_own, horizon=30)
    rare = Dealings(ShippingHistory(AS_OF - timedelta(days=400), AS_OF - timedelta(days=10), 5, AS_OF))

    own, month = by_own.chances([rare])[0], by_month.chances([rare])[0]

    assert own is not None
    assert month is not None
    assert own > month


def test_the_rule_knows_no_chances() -> None:
    engine = learn(Histories(AS_OF))
    history = ShippingHistory(AS_OF - timedelta(days=200), AS_OF - timedelta(days=2), 20, AS_OF)

    assert engine.chances([Dealings(history)]) == [None]


@pytest.mark.parametrize("horizon", [None, 90])
def test_nobody_has_no_chances(horizon: int | None) -> None:
    engine = Engine(AS_OF, 400, 30.0, FITTED, Parameters(1.0, 60.0, 0.5, 8.0), horizon=horizon)

    assert engine.chances([]) == []


def test_what_was_learned_survives_being_stored() -> None:
    learned = replace(
        learn(shippers(400, days_of_history=540)),
        combination=Combination((0.1,) * 7, (0.0,) * 7, (1.0,) * 7, intercept=-0.2, gain=0.01),
    )

    stored = json.loads(json.dumps(learned.to_json()))

    assert Engine.of_json(AS_OF, 400, FITTED, stored) == learned


def test_equal_histories_are_kept_once_and_counted() -> None:
    one = ShippingHistory(AS_OF - timedelta(days=90), AS_OF - timedelta(days=2), 8, AS_OF)

    kept = Histories.of([HistoryGroup(one, 5)], AS_OF)

    assert (kept.total, kept.days_seen, list(kept)) == (5, 90, [HistoryGroup(one, 5)])
