"""How a wait is shown: its row and what follows from its instants at one moment. No selects live here.

What the instants mean is decided in `domain.wait_policy`; finding waits is in `waits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from api.domain.branch_policy import BranchPolicy
from api.domain.rung_notices import courier_notice_id
from api.domain.vocabulary import (
    ExtensionState,
    Quality,
    TimerKind,
    Trust,
    WaitAlarm,
    WaitCause,
    WaitColour,
    WaitOutcome,
    WaitState,
)
from api.domain.wait_alarms import alarms
from api.domain.wait_extension import ExtensionRequest, state_after_silence
from api.domain.wait_ladder import Rung, ladder, loading_rung
from api.domain.wait_policy import WaitClock, colour, remaining
from api.models import Wait
from api.queries.door_steps import AnyWait


@dataclass(frozen=True, slots=True)
class RungView:
    """`notice_id` is the id that the courier's notice of this rung will have; None where he is not told."""

    kind: TimerKind
    at: datetime
    notice_id: UUID | None


@dataclass(frozen=True, slots=True)
class ExtensionView:
    """`state` is what silence has made of it by now."""

    state: ExtensionState
    minutes: int
    asked_at: datetime
    asked_by: str


@dataclass(frozen=True, slots=True)
class WaitView:
    """A wait as it is drawn at `server_now`. Phones count down to `deadline_at`."""

    id: UUID
    pickup_id: UUID
    courier_id: UUID
    attempt: int
    state: WaitState
    colour: WaitColour
    outcome: WaitOutcome | None
    arrived_at: datetime
    clock_started_at: datetime
    deadline_at: datetime
    limit_seconds: int
    extension_max_minutes: int
    remaining_seconds: int
    server_now: datetime
    handover_started_at: datetime | None
    departed_at: datetime | None
    cause: WaitCause | None
    protected: bool
    needs_review: bool
    dwell_seconds: int | None
    avoidable_wait_seconds: int | None
    trust: Trust
    quality: Quality
    alarms: tuple[WaitAlarm, ...]
    extension: ExtensionView | None
    ladder: tuple[RungView, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, the same that the schema of a wait dumps."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def clock_of(wait: AnyWait) -> WaitClock:
    return WaitClock(
        wait.clock_started_at, timedelta(seconds=wait.limit_seconds), wait.deadline_at, wait.generation
    )


def set_clock(wait: Wait, clock: WaitClock) -> None:
    """Move the wait's clock; its limit stays the one it began with."""
    wait.clock_started_at, wait.deadline_at = clock.started_at, clock.deadline_at
    wait.generation = clock.generation


def loading_limit_of(wait: AnyWait) -> timedelta:
    """Return how long the handover may take, by the policy the wait began with."""
    return timedelta(seconds=wait.loading_limit_seconds or BranchPolicy().loading_limit_seconds)


def longest_extension_of(wait: AnyWait) -> int:
    """Return the most minutes that may be asked for, by the policy the wait began with."""
    return wait.extension_max_minutes or BranchPolicy().extension_max_minutes


def extension_of(wait: AnyWait) -> ExtensionRequest:
    return ExtensionRequest(wait.extension_state, wait.extension_minutes, wait.extension_asked_at)


def view_of(wait: AnyWait, *, now: datetime) -> WaitView:
    """Return the wait as it is drawn now. Of the ladder those rungs are shown that can still come."""
    clock = clock_of(wait)
    is_open = wait.state is WaitState.OPEN
    return WaitView(
        id=wait.id,
        pickup_id=wait.pickup_id,
        courier_id=wait.courier_id,
        attempt=wait.attempt,
        state=wait.state,
        colour=colour(clock, wait.state, now=now),
        outcome=wait.outcome,
        arrived_at=wait.arrived_at,
        clock_started_at=wait.clock_started_at,
        deadline_at=wait.deadline_at,
        limit_seconds=wait.limit_seconds,
        extension_max_minutes=longest_extension_of(wait),
        # Rounded up: a clock shows 0 only when the time is really over.
        remaining_seconds=ceil(remaining(clock, now=now).total_seconds()) if is_open else 0,
        server_now=now,
        handover_started_at=wait.handover_started_at,
        departed_at=wait.departed_at,
        cause=wait.cause,
        protected=wait.protected,
        needs_review=wait.needs_review,
        dwell_seconds=wait.dwell_seconds,
        avoidable_wait_seconds=wait.avoidable_wait_seconds,
        trust=wait.trust,
        quality=wait.quality,
        alarms=alarms(
            clock,
            wait.state,
            trust=wait.trust,
            needs_review=wait.needs_review,
            extension=state_after_silence(extension_of(wait), now=now),
            now=now,
        ),
        extension=_extension_view(wait, now),
        ladder=_rungs(wait, clock),
    )


def _rungs(wait: AnyWait, clock: WaitClock) -> tuple[RungView, ...]:
    rungs: tuple[Rung, ...] = ()
    if wait.state is WaitState.OPEN:
        rungs = ladder(clock)
    elif wait.state is WaitState.HANDING_OVER and wait.handover_started_at is not None:
        rungs = (loading_rung(wait.handover_started_at, limit=loading_limit_of(wait)),)
    return tuple(RungView(rung.kind, rung.at, _notice_id(wait, rung)) for rung in rungs)


def _notice_id(wait: AnyWait, rung: Rung) -> UUID | None:
    return courier_notice_id(
        rung.kind, wait_id=wait.id, generation=wait.generation, courier_id=wait.courier_id
    )


def _extension_view(wait: AnyWait, now: datetime) -> ExtensionView | None:
    state = state_after_silence(extension_of(wait), now=now)
    if state is None or wait.extension_minutes is None or wait.extension_asked_at is None:
        return None
    return ExtensionView(
        state, wait.extension_minutes, wait.extension_asked_at, wait.extension_asked_by or ""
    )


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case RungView() | ExtensionView():
            return {name: _plain(getattr(value, name)) for name in value.__slots__}
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value
