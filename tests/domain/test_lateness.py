"""When a courier is late, when he is given up, and which new time his contact is told."""

from datetime import timedelta

import pytest

from api.domain.branch_policy import BranchPolicy
from api.domain.lateness import PickupLateness, new_time, watched_from
from api.domain.vocabulary import PickupState
from tests.fakes import NOW

MINUTE = timedelta(minutes=1)
WINDOW_END = NOW + 60 * MINUTE
USUAL = PickupLateness.of(NOW, WINDOW_END, BranchPolicy())


def test_a_courier_is_late_fifteen_minutes_before_the_end_and_given_up_thirty_after_it() -> None:
    assert PickupLateness(WINDOW_END - 15 * MINUTE, WINDOW_END + 30 * MINUTE) == USUAL


def test_the_branch_chooses_both_numbers() -> None:
    policy = BranchPolicy(late_warning_minutes=5, missed_after_minutes=45)

    assert PickupLateness.of(NOW, WINDOW_END, policy) == PickupLateness(
        WINDOW_END - 5 * MINUTE, WINDOW_END + 45 * MINUTE
    )


def test_nobody_is_late_before_his_window_has_begun() -> None:
    assert PickupLateness.of(NOW, NOW + 10 * MINUTE, BranchPolicy()).late_at == NOW


@pytest.mark.parametrize(
    ("minutes", "late", "missed"),
    [(44.9, False, False), (45, True, False), (60, True, False), (89.9, True, False), (90, False, True)],
)
def test_the_two_instants_themselves_count(minutes: float, late: bool, missed: bool) -> None:
    at = NOW + minutes * MINUTE

    assert (USUAL.is_late(now=at), USUAL.is_missed(now=at)) == (late, missed)


@pytest.mark.parametrize("state", [PickupState.BOOKED, PickupState.ASSIGNED, PickupState.EN_ROUTE])
def test_a_pickup_is_watched_while_its_courier_is_awaited(state: PickupState) -> None:
    assert watched_from(state, USUAL, now=NOW) == USUAL.late_at


@pytest.mark.parametrize(
    "state",
    [
        PickupState.AT_DOOR,
        PickupState.COLLECTED,
        PickupState.LEFT,
        PickupState.MISSED,
        PickupState.CANCELLED,
    ],
)
def test_nobody_is_awaited_any_more(state: PickupState) -> None:
    assert watched_from(state, USUAL, now=NOW) is None


def test_what_is_booked_late_is_looked_at_at_once() -> None:
    assert watched_from(PickupState.BOOKED, USUAL, now=NOW + 50 * MINUTE) == NOW + 50 * MINUTE


def test_what_was_over_before_we_learned_of_it_is_not_watched() -> None:
    assert watched_from(PickupState.BOOKED, USUAL, now=USUAL.missed_at) is None


def test_an_eta_that_lies_ahead_is_the_new_time() -> None:
    assert new_time(NOW + 7 * MINUTE, 40 * MINUTE, now=NOW) == NOW + 7 * MINUTE


@pytest.mark.parametrize(("travel", "told"), [(0, 0), (1, 5), (5, 5), (5.01, 10), (23, 25)])
def test_else_it_is_the_way_rounded_up_to_five_minutes(travel: float, told: int) -> None:
    assert new_time(NOW - MINUTE, travel * MINUTE, now=NOW) == NOW + told * MINUTE
    assert new_time(None, travel * MINUTE, now=NOW) == NOW + told * MINUTE


def test_nobody_is_told_a_time_that_nobody_knows() -> None:
    assert new_time(None, None, now=NOW) is None
