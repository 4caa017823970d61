"""More time at the door: who may have it, when it is granted at once, and what silence means.

How the clock moves is in `wait_policy.extended`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.domain.errors import Conflict, RuleBroken
from api.domain.geofence import Place
from api.domain.travel import travel_time
from api.domain.vocabulary import ExtensionState, WaitColour
from api.domain.wait_policy import WaitNotRunning

SILENCE_MEANS_NO = timedelta(seconds=60)

_RUNNING = frozenset({WaitColour.GREEN, WaitColour.AMBER, WaitColour.EXPIRED})


class ExtensionAlreadyAsked(Conflict):
    """A wait is extended once at most, whoever asks. `state` in the details tells what became of it."""

    code = "extension_already_asked"


class ExtensionNotOpen(Conflict):
    """No request for more time waits for a decision; after 60 s of silence it is refused."""

    code = "extension_not_open"


class ExtensionTooLong(RuleBroken):
    """An extension lasts at least a minute, and at most what the branch allows."""

    code = "extension_too_long"


@dataclass(frozen=True, slots=True)
class ExtensionRequest:
    """What was asked for on a wait; all None while nobody has asked."""

    state: ExtensionState | None = None
    minutes: int | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NextStop:
    """Where the courier is expected next, and until when."""

    place: Place
    window_end: datetime


def check_may_ask(request: ExtensionRequest, colour: WaitColour, *, minutes: int, longest: int) -> None:
    """Refuse more time while early, once handing over or closed, a second time, or for too long."""
    if colour not in _RUNNING:
        raise WaitNotRunning(state=colour.value)
    if request.state is not None:
        raise ExtensionAlreadyAsked(state=request.state.value)
    if not 1 <= minutes <= longest:
        sentence = f"Between 1 and {longest} minutes."
        raise ExtensionTooLong(sentence, errors={"minutes": [sentence]})


def check_may_decide(request: ExtensionRequest, colour: WaitColour, *, now: datetime) -> None:
    """Refuse a decision about what nobody asked, what is decided, or what silence has refused."""
    if colour not in _RUNNING:
        raise WaitNotRunning(state=colour.value)
    state = state_after_silence(request, now=now)
    if state is not ExtensionState.REQUESTED:
        raise ExtensionNotOpen(state=state.value if state else None)


def state_after_silence(request: ExtensionRequest, *, now: datetime) -> ExtensionState | None:
    """Return where a request stands: at 60 s without a decision it is refused, and no timer says so."""
    if request.state is ExtensionState.REQUESTED and request.asked_at is not None:
        silent = now - request.asked_at >= SILENCE_MEANS_NO
        return ExtensionState.REFUSED if silent else ExtensionState.REQUESTED
    return request.state


def after_silence(request: ExtensionRequest, *, now: datetime) -> ExtensionRequest:
    """Return the request as it stands now, when silence may have decided it."""
    return replace(request, state=state_after_silence(request, now=now))


def slack_allows(new_deadline_at: datetime, here: Place, next_stop: NextStop | None) -> bool:
    """Tell whether the courier still reaches his next stop within its window when he stays that long.

    Travel is the straight line times 1.4 at 18 km/h. Without a next stop there is nothing to miss.
    """
    if next_stop is None:
        return True
    return new_deadline_at + travel_time(here, next_stop.place) <= next_stop.window_end
