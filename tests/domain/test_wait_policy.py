"""The clock of a wait: start, deadline, colours and remaining time."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain.vocabulary import WaitColour, WaitState
from api.domain.wait_policy import (
    PickupWindow,
    WaitClock,
    clock_start,
    colour,
    extended,
    remaining,
    start_clock,
    started_now,
)

ARRIVED = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LIMIT = timedelta(minutes=5)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def window(start: float = -30, end: float = 30, promised: float | None = None) -> PickupWindow:
    """A window in minutes from the arrival."""
    ready_at = None if promised is None else ARRIVED + minutes(promised)
    return PickupWindow(ARRIVED + minutes(start), ARRIVED + minutes(end), ready_at)


def clock() -> WaitClock:
    return start_clock(ARRIVED, window(), limit=LIMIT)


@pytest.mark.parametrize(
    ("agreed", "expected"),
    [
        pytest.param(window(), 0, id="arrival inside the window"),
        pytest.param(window(start=10), 10, id="window not begun"),
        pytest.param(window(promised=15), 15, id="promise ahead"),
        pytest.param(window(promised=-5), 0, id="promise already past"),
        pytest.param(window(start=10, promised=5), 10, id="window later than promise"),
        pytest.param(window(promised=90), 30, id="promise counts to the window's end"),
        pytest.param(window(start=-60, end=-20, promised=90), 0, id="arrival after the window"),
    ],
)
def test_the_clock_starts_at_the_latest_of_arrival_window_and_promise(agreed, expected):
    assert clock_start(ARRIVED, agreed) == ARRIVED + minutes(expected)


def test_the_deadline_is_one_limit_after_the_start():
    started = start_clock(ARRIVED, window(start=10), limit=LIMIT)

    assert started.deadline_at == ARRIVED + minutes(15)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, WaitColour.EARLY),
        (0, WaitColour.GREEN),
        (179.999, WaitColour.GREEN),
        (180, WaitColour.AMBER),
        (299.999, WaitColour.AMBER),
        (300, WaitColour.EXPIRED),
        (9_000, WaitColour.EXPIRED),
    ],
)
def test_a_wait_turns_amber_at_sixty_percent_and_expires_at_the_limit(seconds, expected):
    now = ARRIVED + timedelta(seconds=seconds)

    assert colour(clock(), WaitState.OPEN, now=now) is expected


@pytest.mark.parametrize("state", [WaitState.HANDING_OVER, WaitState.CLOSED])
def test_what_is_no_longer_open_has_its_own_colour(state):
    assert colour(clock(), state, now=ARRIVED + minutes(9)).value == state.value


def test_all_of_the_limit_remains_while_the_courier_is_early():
    early = start_clock(ARRIVED, window(start=10), limit=LIMIT)

    assert remaining(early, now=ARRIVED) == LIMIT


def test_nothing_remains_after_the_deadline():
    assert remaining(clock(), now=ARRIVED + minutes(7)) == timedelta()


def test_ready_said_while_early_starts_the_clock_at_once():
    early = start_clock(ARRIVED, window(start=10), limit=LIMIT)

    started = started_now(early, now=ARRIVED + minutes(2))

    assert started.started_at == ARRIVED + minutes(2)
    assert started.deadline_at == ARRIVED + minutes(7)
    assert started.generation == 2


def test_ready_said_while_the_clock_runs_changes_nothing():
    assert started_now(clock(), now=ARRIVED + minutes(2)) == clock()


def test_an_extension_before_the_deadline_adds_to_the_deadline():
    assert extended(clock(), 3, now=ARRIVED + minutes(1)).deadline_at == ARRIVED + minutes(8)


def test_an_extension_after_the_deadline_adds_to_now():
    assert extended(clock(), 3, now=ARRIVED + minutes(6)).deadline_at == ARRIVED + minutes(9)


def test_an_expired_wait_is_green_again_once_extended():
    now = ARRIVED + minutes(6)

    assert colour(extended(clock(), 3, now=now), WaitState.OPEN, now=now) is WaitColour.GREEN
