"""What time it is: the only place that asks a clock.

`SystemClock` is for SQLite, where one process is alone. `DatabaseClock` is for PostgreSQL, where
processes on several hosts must agree: one clock, the database's, decides what is due.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

log = logging.getLogger("doorstep.clock")

# A wall clock this far from the monotonic one has been set by somebody.
JUMP = timedelta(seconds=1)
# How long the offset to the database's clock is trusted before it is measured again.
OFFSET_AGE_SECONDS = 5.0

Wall = Callable[[], datetime]
Monotonic = Callable[[], float]


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...


def wall_clock() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """The wall clock as it stood at start, carried on by the monotonic clock (seconds).

    A wall clock that is set while we run raises an alarm and is not followed: waits that are
    running must not lose or gain an hour. A restart takes the new time.
    """

    def __init__(self, wall: Wall = wall_clock, monotonic: Monotonic = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._started_at = wall()
        self._started_monotonic = monotonic()
        self._jump_seen = False

    def now(self) -> datetime:
        present = self._started_at + timedelta(seconds=self._monotonic() - self._started_monotonic)
        jumped = abs(self._wall() - present) > JUMP
        if jumped and not self._jump_seen:
            log.error("clock.wall_clock_jumped")
        self._jump_seen = jumped
        return present


class DatabaseClock:
    """The database's clock, read every five seconds and carried on by the monotonic clock between.

    `read` returns the database's present instant. While it fails, or takes its time, the last known offset
    is used. Time never runs backwards for the callers of one process.
    """

    def __init__(self, read: Wall, monotonic: Monotonic = time.monotonic) -> None:
        self._read = read
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._measuring = threading.Lock()
        self._measured: tuple[datetime, float] | None = None
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Raise the driver's error only while the database has never been reached."""
        measured = self._measured or self._measured_first()
        # One caller asks, and only it waits for the answer, be the database hanging.
        if self._is_old(measured) and self._measuring.acquire(blocking=False):
            try:
                if self._is_old(measured := self._measured or measured):
                    measured = self._measured = self._measured_again(*measured)
            finally:
                self._measuring.release()
        base, measured_at = measured
        with self._lock:
            self._last = max(self._last, base + timedelta(seconds=self._monotonic() - measured_at))
            return self._last

    def _is_old(self, measured: tuple[datetime, float]) -> bool:
        return self._monotonic() - measured[1] > OFFSET_AGE_SECONDS

    def _measured_first(self) -> tuple[datetime, float]:
        with self._measuring:
            self._measured = self._measured or self._measure()
            return self._measured

    def _measured_again(self, base: datetime, measured_at: float) -> tuple[datetime, float]:
        try:
            return self._measure()
        except Exception:
            # Whatever the driver raises: an old offset beats no time at all.
            log.warning("clock.database_unreachable")
            moment = self._monotonic()
            return base + timedelta(seconds=moment - measured_at), moment

    def _measure(self) -> tuple[datetime, float]:
        before = self._monotonic()
        instant = self._read()
        # Half the round trip has passed since the database looked at its clock.
        return instant.astimezone(UTC), (before + self._monotonic()) / 2


class JumpDetector:
    """Notices that the wall clock was set: it no longer runs beside the monotonic one."""

    def __init__(self, wall: Wall = wall_clock, monotonic: Monotonic = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._started_at = wall() - timedelta(seconds=monotonic())

    def jumped(self) -> bool:
        """Tell whether the clock was set, by more than a second, since this was last asked."""
        started_at = self._wall() - timedelta(seconds=self._monotonic())
        jumped = abs(started_at - self._started_at) > JUMP
        self._started_at = started_at
        return jumped
