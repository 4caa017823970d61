"""The fold of field events into a pickup's state: which event is possible when, and what it leads to.

One step per event, over plain values. Whose event it may be is decided here too; times are already
corrected (`event_time`), and what a wait does with its clock is in `wait_policy`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from api.domain.errors import Conflict, NotFound
from api.domain.field_event import NotAssignee
from api.domain.vocabulary import FieldEventType, PickupState, WaitState

UNDO_WITHIN = timedelta(seconds=60)
UNDONE_AT_MOST = 2

BEFORE_THE_DOOR = frozenset({PickupState.ASSIGNED, PickupState.EN_ROUTE})
_COMES_AFTER_ALL = frozenset({PickupState.LEFT, PickupState.MISSED})
"""The courier turned round, or came so late that he was given up: his arrival is the next attempt."""


class EventOutOfStep(Conflict):
    """This event is not possible in the pickup's present state. `state` in the details names it."""

    code = "event_out_of_step"


class ArrivalUndoneTooLate(Conflict):
    """An arrival can be undone within 60 s."""

    code = "arrival_undone_too_late"


class ArrivalUndoneTooOften(Conflict):
    """An arrival can be undone twice per pickup."""

    code = "arrival_undone_too_often"


class ConflictReason(StrEnum):
    """Why an event is kept and flagged, yet changes no live state.

    The first two are for good. The others hold until an event becomes known that came before.
    """

    REASSIGNED = "reassigned"
    CANCELLED = "cancelled"
    OUT_OF_STEP = EventOutOfStep.code
    UNDONE_TOO_LATE = ArrivalUndoneTooLate.code
    UNDONE_TOO_OFTEN = ArrivalUndoneTooOften.code


NOT_POSSIBLE_YET = (EventOutOfStep, ArrivalUndoneTooLate, ArrivalUndoneTooOften)
"""What `step` raises about events that may become possible when what came before them is known."""


@dataclass(frozen=True, slots=True)
class Door:
    """How a pickup stands as far as its events tell. `wait` is None while no wait is running."""

    state: PickupState
    wait: WaitState | None = None
    arrived_at: datetime | None = None
    arrivals_undone: int = 0
    last_event_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Custody:
    """From when until when a courier held a pickup; `until` is None while he still does."""

    courier_id: UUID
    since: datetime
    until: datetime | None = None


def custody_conflict(
    courier_id: UUID, *, assignee_id: UUID | None, held: Iterable[Custody], at: datetime
) -> ConflictReason | None:
    """Tell whether a courier's event may count: None for the assignee himself.

    What happened before the pickup went to somebody else is kept as a conflict. Raises NotAssignee for
    what came after, and NotFound to whoever never had it.
    """
    if courier_id == assignee_id:
        return None
    untils = [custody.until for custody in held if custody.courier_id == courier_id]
    if not untils:
        raise NotFound()
    if any(until is None or at < until for until in untils):
        return ConflictReason.REASSIGNED
    raise NotAssignee()


def cancellation_conflict(*, cancelled_at: datetime | None, at: datetime) -> ConflictReason | None:
    """Tell whether an event counts at a pickup that was called off, at `cancelled_at` if it was.

    What happened before is kept as a conflict. Raises EventOutOfStep for what came after.
    """
    if cancelled_at is None:
        return None
    if at < cancelled_at:
        return ConflictReason.CANCELLED
    raise EventOutOfStep(state=PickupState.CANCELLED.value)


def step(door: Door, event: FieldEventType, *, at: datetime) -> Door:
    """Return how the pickup stands after the event. An arrival while a wait runs changes nothing.

    Raises EventOutOfStep, ArrivalUndoneTooLate or ArrivalUndoneTooOften.
    """
    after = _STEPS[event](door, at)
    return replace(after, last_event_at=max(at, door.last_event_at or at))


def _set_out(door: Door, at: datetime) -> Door:
    _require(door.state in BEFORE_THE_DOOR, door)
    return replace(door, state=PickupState.EN_ROUTE)


def _arrive(door: Door, at: datetime) -> Door:
    if door.wait is not None:
        return door
    may_arrive = BEFORE_THE_DOOR | _COMES_AFTER_ALL | {PickupState.AT_DOOR}
    _require(door.state in may_arrive, door)
    return replace(door, state=PickupState.AT_DOOR, wait=WaitState.OPEN, arrived_at=at)


def _undo_arrival(door: Door, at: datetime) -> Door:
    _require(door.wait is WaitState.OPEN, door)
    if door.arrived_at is not None and at - door.arrived_at > UNDO_WITHIN:
        raise ArrivalUndoneTooLate(arrived_at=door.arrived_at.isoformat())
    if door.arrivals_undone >= UNDONE_AT_MOST:
        raise ArrivalUndoneTooOften()
    undone = door.arrivals_undone + 1
    return replace(door, state=PickupState.EN_ROUTE, wait=None, arrived_at=None, arrivals_undone=undone)


def _start_handover(door: Door, at: datetime) -> Door:
    _require(door.wait is WaitState.OPEN, door)
    return replace(door, wait=WaitState.HANDING_OVER)


def _collect(door: Door, at: datetime) -> Door:
    # Without a running wait too: it may have been closed as abandoned while he still stood there.
    _require(door.state is PickupState.AT_DOOR, door)
    return replace(door, state=PickupState.COLLECTED, wait=None, arrived_at=None)


def _leave(door: Door, at: datetime) -> Door:
    _require(door.state is PickupState.AT_DOOR, door)
    return replace(door, state=PickupState.LEFT, wait=None, arrived_at=None)


def _require(possible: bool, door: Door) -> None:
    if not possible:
        raise EventOutOfStep(state=door.state.value)


_STEPS = {
    FieldEventType.DEPARTED: _set_out,
    FieldEventType.ARRIVED: _arrive,
    FieldEventType.ARRIVAL_UNDONE: _undo_arrival,
    FieldEventType.HANDOVER_STARTED: _start_handover,
    FieldEventType.COLLECTED: _collect,
    FieldEventType.LEFT: _leave,
}
