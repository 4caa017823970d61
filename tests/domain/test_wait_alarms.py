"""What a dispatcher should look at in a wait."""

from datetime import timedelta
from typing import Any

import pytest

from api.domain.vocabulary import ExtensionState, Trust, WaitAlarm, WaitState
from api.domain.wait_alarms import alarms
from api.domain.wait_policy import WaitClock
from tests.fakes import NOW

LIMIT = timedelta(minutes=5)
CLOCK = WaitClock(NOW, LIMIT, NOW + LIMIT)


def raised(seconds: float = 0, state: WaitState = WaitState.OPEN, **said: Any) -> tuple[WaitAlarm, ...]:
    quiet = {"trust": Trust.VERIFIED, "needs_review": False, "extension": None}
    return alarms(CLOCK, state, **(quiet | said), now=NOW + timedelta(seconds=seconds))


def test_a_wait_that_goes_well_calls_for_nobody() -> None:
    assert raised(299) == ()


@pytest.mark.parametrize(("seconds", "undecided"), [(419, False), (420, True), (900, True)])
def test_two_minutes_after_the_deadline_it_is_undecided(seconds: float, undecided: bool) -> None:
    assert (WaitAlarm.UNDECIDED in raised(seconds)) is undecided


@pytest.mark.parametrize("state", [WaitState.HANDING_OVER, WaitState.CLOSED])
def test_whoever_hands_over_or_has_left_has_decided(state: WaitState) -> None:
    assert raised(900, state, extension=ExtensionState.REQUESTED) == ()


def test_a_place_that_is_not_believed_is_shown_while_he_is_there() -> None:
    assert raised(trust=Trust.LOW) == (WaitAlarm.LOW_TRUST,)
    assert raised(state=WaitState.CLOSED, trust=Trust.LOW) == ()


def test_a_leave_whose_place_is_not_proven_waits_for_a_review() -> None:
    assert raised(state=WaitState.CLOSED, needs_review=True) == (WaitAlarm.NEEDS_REVIEW,)


@pytest.mark.parametrize("state", [ExtensionState.GRANTED, ExtensionState.REFUSED])
def test_only_an_open_request_calls_and_it_comes_first(state: ExtensionState) -> None:
    assert raised(500, extension=state) == (WaitAlarm.UNDECIDED,)
    assert raised(500, extension=ExtensionState.REQUESTED) == (
        WaitAlarm.EXTENSION_REQUESTED,
        WaitAlarm.UNDECIDED,
    )
