"""The clock of one wait: when it starts, when its limit is reached, how it looks, and how it moves.

The rungs of its ladder are in `wait_ladder`, more time in `wait_extension`, its end in `wait_ending`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from api.domain.errors import Conflict
from api.domain.vocabulary import WaitColour, WaitState


class WaitNotRunning(Conflict):
    """No clock is running at this pickup. `state` in the details tells what is."""

    code = "wait_not_running"


@dataclass(frozen=True, slots=True)
class PickupWindow:
    """What was agreed with the contact: from when, until when, and since when goods are said to be ready."""

    start: datetime
    end: datetime
    promised_ready_at: datetime | None = None


class WaitClock(NamedTuple):
    """`started_at` may lie ahead of now: then the courier is early. `limit` is L, at least a second."""

    started_at: datetime
    limit: timedelta
    deadline_at: datetime
    generation: int = 1

    @property
    def is_extended(self) -> bool:
        """Only an extension parts the deadline from start + limit."""
        return self.deadline_at != self.started_at + self.limit

    @property
    def amber_at(self) -> datetime:
        """From here a wait is drawn amber: 0.6 L after the start, or as long before a moved deadline."""
        return self.deadline_at - self.limit * 2 / 5


def clock_start(arrived_at: datetime, window: PickupWindow) -> datetime:
    """Return the latest of arrival, window start and promised ready time.

    A promise counts to the window's end at most: nobody is made to wait for "tomorrow".
    """
    start = max(arrived_at, window.start)
    if window.promised_ready_at is None:
        return start
    return max(start, min(window.promised_ready_at, window.end))


def start_clock(arrived_at: datetime, window: PickupWindow, *, limit: timedelta) -> WaitClock:
    """Start the clock of a courier who has arrived; its deadline is one limit after the start."""
    started_at = clock_start(arrived_at, window)
    return WaitClock(started_at, limit, deadline_at=started_at + limit)


def started_now(clock: WaitClock, *, now: datetime) -> WaitClock:
    """Start an early clock at once, since the contact says "ready"; a running clock stays as it is."""
    if now >= clock.started_at:
        return clock
    return clock._replace(started_at=now, deadline_at=now + clock.limit, generation=clock.generation + 1)


def extended(clock: WaitClock, minutes: int, *, now: datetime) -> WaitClock:
    """Move the deadline to `minutes` after the later of itself and now, under a new generation."""
    deadline_at = max(clock.deadline_at, now) + timedelta(minutes=minutes)
    return clock._replace(deadline_at=deadline_at, generation=clock.generation + 1)


def remaining(clock: WaitClock, *, now: datetime) -> timedelta:
    """Return how much of the limit is left: all of it while early, never less than nothing."""
    return max(clock.deadline_at - max(now, clock.started_at), timedelta())


def colour(clock: WaitClock, state: WaitState, *, now: datetime) -> WaitColour:
    """Return how a wait is drawn. At exactly the deadline it is expired."""
    if state is not WaitState.OPEN:
        return WaitColour(state.value)
    if now < clock.started_at:
        return WaitColour.EARLY
    if now >= clock.deadline_at:
        return WaitColour.EXPIRED
    return WaitColour.AMBER if now >= clock.amber_at else WaitColour.GREEN
