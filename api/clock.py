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


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...


class SystemClock:
    """The wall clock as it stood at start, carried on by the monotonic clock.

    A wall clock that is set while we run raises an alarm and is not followed: waits that are
    running must not lose or gain an hour. A restart takes the new time.
    """

    def __init__(self) -> None:
        self._started_at = datetime.now(UTC)
        self._started_monotonic = time.monotonic()
        self._jump_seen = False

    def now(self) -> datetime:
        elapsed = timedelta(seconds=time.monotonic() - self._started_monotonic)
        present = self._started_at + elapsed
        jumped = abs(datetime.now(UTC) - present) > JUMP
        if jumped and not self._jump_seen:
            log.error("clock.wall_clock_jumped")
        self._jump_seen = jumped
        return present


class DatabaseClock:
    """The database's clock, read every five seconds and carried on by the monotonic clock between.

    `read` returns the database's present instant. While it fails, the last known offset is used.
    Time never runs backwards for the callers of one process.
    """

    def __init__(self, read: Callable[[], datetime]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._measured: tuple[datetime, float] | None = None
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Raise the driver's error only while the database has never been reached."""
        with self._lock:
            if self._measured is None:
                self._measured = self._measure()
            elif time.monotonic() - self._measured[1] > OFFSET_AGE_SECONDS:
                self._measured = self._measured_again(*self._measured)
            base, measured_at = self._measured
            self._last = max(self._last, base + timedelta(seconds=time.monotonic() - measured_at))
            return self._last

    def _measured_again(self, base: datetime, measured_at: float) -> tuple[datetime, float]:
        try:
            return self._measure()
        except Exception:
            # Whatever the driver raises: an old offset beats no time at all.
            log.warning("clock.database_unreachable")
            moment = time.monotonic()
            return base + timedelta(seconds=moment - measured_at), moment

    def _measure(self) -> tuple[datetime, float]:
        before = time.monotonic()
        instant = self._read()
        # Half the round trip has passed since the database looked at its clock.
        return instant.astimezone(UTC), (before + time.monotonic()) / 2
