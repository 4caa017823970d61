"""Budgets: what fits in, what comes back, and that nobody gets more than that."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain import rate_limits
from api.domain.errors import TooMany
from api.domain.rate_limits import Budget, after
from tests.fakes import NOW

SIXTY = Budget("sixty", 60, timedelta(minutes=1))


def used(uses):
    return after(NOW, SIXTY.price(uses), NOW)


def fits(budget, whole_at, now):
    try:
        budget.check(whole_at, now)
    except TooMany:
        return False
    return True


def test_as_many_as_it_has_fit_at_once():
    assert fits(SIXTY, used(59), NOW)
    assert not fits(SIXTY, used(60), NOW)


def test_what_was_used_comes_back_one_by_one():
    assert not fits(SIXTY, used(60), NOW + timedelta(milliseconds=999))
    assert fits(SIXTY, used(60), NOW + timedelta(seconds=1))


def test_whoever_is_refused_is_told_when_the_next_one_fits():
    with pytest.raises(TooMany) as refusal:
        SIXTY.check(used(60), NOW + timedelta(milliseconds=100))

    assert refusal.value.details == {"retry_after_seconds": 1}


def test_a_dear_one_is_let_in_on_the_last_use_and_paid_off():
    owed = after(used(59), SIXTY.price(31), NOW)

    assert not fits(SIXTY, owed, NOW + timedelta(seconds=30))
    assert fits(SIXTY, owed, NOW + timedelta(seconds=31))


def test_nothing_is_saved_up_beyond_the_whole_budget():
    next_day = NOW + timedelta(days=1)

    assert SIXTY.left(NOW, next_day) == 60
    assert SIXTY.left(after(NOW, SIXTY.price(60), next_day), next_day) == 0


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=200))
def test_no_pattern_of_calls_gets_more_than_the_budget_and_what_came_back(gaps_ms):
    now, whole_at, let_in = NOW, NOW, 0

    for gap in gaps_ms:
        now += timedelta(milliseconds=gap)
        if fits(SIXTY, whole_at, now):
            whole_at, let_in = after(whole_at, SIXTY.price(1), now), let_in + 1

    assert let_in <= 60 + (now - NOW) / timedelta(seconds=1)


@given(st.lists(st.integers(0, 2_000), max_size=50))
def test_whoever_keeps_below_the_rate_is_never_refused(extra_ms):
    now, whole_at = NOW, NOW

    for extra in extra_ms:
        assert fits(SIXTY, whole_at, now)
        whole_at = after(whole_at, SIXTY.price(1), now)
        now += timedelta(seconds=1, milliseconds=extra)


def test_every_budget_has_a_name_of_its_own():
    budgets = [value for value in vars(rate_limits).values() if isinstance(value, Budget)]

    assert len({budget.name for budget in budgets}) == len(budgets) > 10


def test_g4_only_guessing_is_stopped_by_blindness():
    budgets = [value for value in vars(rate_limits).values() if isinstance(value, Budget)]

    assert {budget.name for budget in budgets if budget.shut_when_blind} == {"sign_ins", "link_guesses"}
