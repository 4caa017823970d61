"""More time at the door: who may ask, who may decide, what slack allows."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain.geofence import Place
from api.domain.vocabulary import ExtensionState, WaitColour
from api.domain.wait_extension import (
    ExtensionAlreadyAsked,
    ExtensionNotOpen,
    ExtensionRequest,
    ExtensionTooLong,
    NextStop,
    check_may_ask,
    check_may_decide,
    slack_allows,
    state_after_silence,
)
from api.domain.wait_policy import WaitNotRunning

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HERE = Place(31.2304, 121.4737)
NOBODY_ASKED = ExtensionRequest()


def asked(seconds_ago: float = 10, state: ExtensionState = ExtensionState.REQUESTED) -> ExtensionRequest:
    return ExtensionRequest(state, 3, NOW - timedelta(seconds=seconds_ago))


@pytest.mark.parametrize("colour", [WaitColour.GREEN, WaitColour.AMBER, WaitColour.EXPIRED])
def test_more_time_may_be_asked_for_while_the_clock_runs(colour):
    check_may_ask(NOBODY_ASKED, colour, minutes=5, longest=5)


@pytest.mark.parametrize("colour", [WaitColour.EARLY, WaitColour.HANDING_OVER, WaitColour.CLOSED])
def test_more_time_is_refused_while_no_clock_runs(colour):
    with pytest.raises(WaitNotRunning) as refused:
        check_may_ask(NOBODY_ASKED, colour, minutes=5, longest=5)

    assert refused.value.details == {"state": colour.value}


@pytest.mark.parametrize("state", list(ExtensionState))
def test_a_wait_is_extended_once_whatever_became_of_it(state):
    with pytest.raises(ExtensionAlreadyAsked):
        check_may_ask(asked(state=state), WaitColour.GREEN, minutes=1, longest=5)


@pytest.mark.parametrize("minutes", [-1, 0, 6])
def test_an_extension_lasts_one_to_five_minutes(minutes):
    with pytest.raises(ExtensionTooLong):
        check_may_ask(NOBODY_ASKED, WaitColour.GREEN, minutes=minutes, longest=5)


def test_a_request_is_open_for_sixty_seconds():
    check_may_decide(asked(59.9), WaitColour.AMBER, now=NOW)


def test_sixty_seconds_of_silence_mean_no():
    assert state_after_silence(asked(60), now=NOW) is ExtensionState.REFUSED

    with pytest.raises(ExtensionNotOpen):
        check_may_decide(asked(60), WaitColour.AMBER, now=NOW)


@pytest.mark.parametrize("request_", [NOBODY_ASKED, asked(state=ExtensionState.GRANTED)])
def test_what_nobody_asks_for_cannot_be_decided(request_):
    with pytest.raises(ExtensionNotOpen):
        check_may_decide(request_, WaitColour.GREEN, now=NOW)


def test_a_decision_after_the_wait_is_refused():
    with pytest.raises(WaitNotRunning):
        check_may_decide(asked(), WaitColour.CLOSED, now=NOW)


def test_slack_is_endless_without_a_next_stop():
    assert slack_allows(NOW, HERE, None)


# 0.009 degrees of latitude are 1,001 m: 1,401 m of road, 280 s at 18 km/h.
@pytest.mark.parametrize(("seconds", "allowed"), [(279, False), (282, True)])
def test_slack_is_the_next_window_less_the_travel(seconds, allowed):
    next_stop = NextStop(Place(31.2394, 121.4737), window_end=NOW + timedelta(seconds=seconds))

    assert slack_allows(NOW, HERE, next_stop) is allowed
