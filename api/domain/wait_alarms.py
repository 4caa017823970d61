"""What a dispatcher should look at in a wait. Derived from what is stored and from now, never stored."""

from collections.abc import Iterator
from datetime import datetime

from api.domain.vocabulary import ExtensionState, TimerKind, Trust, WaitAlarm, WaitState
from api.domain.wait_ladder import ladder
from api.domain.wait_policy import WaitClock


def alarms(
    clock: WaitClock,
    state: WaitState,
    *,
    trust: Trust,
    needs_review: bool,
    extension: ExtensionState | None,
    now: datetime,
) -> tuple[WaitAlarm, ...]:
    """Return what calls for a dispatcher, the most pressing first.

    `extension` is what silence has made of the request by now. A closed wait alarms only while its leave
    waits for a review.
    """
    is_open = state is WaitState.OPEN

    def raised() -> Iterator[WaitAlarm]:
        if is_open and extension is ExtensionState.REQUESTED:
            yield WaitAlarm.EXTENSION_REQUESTED
        if is_open and now >= _undecided_at(clock):
            yield WaitAlarm.UNDECIDED
        if state is not WaitState.CLOSED and trust is Trust.LOW:
            yield WaitAlarm.LOW_TRUST
        if needs_review:
            yield WaitAlarm.NEEDS_REVIEW

    return tuple(raised())


def _undecided_at(clock: WaitClock) -> datetime:
    return next(rung.at for rung in ladder(clock) if rung.kind is TimerKind.UNDECIDED)
