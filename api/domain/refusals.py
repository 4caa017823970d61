"""How much of what somebody was refused is written down: enough to see it, never enough to fill a disk."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

WINDOW = timedelta(hours=1)
WRITTEN_AN_HOUR = 60
MOST_CALLERS = 10_000
"""Who is remembered: about 100 bytes each, and his questions. The one longest unheard of is forgotten."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked (method and route, never the path), about what, and the slug of the answer."""

    method: str
    route: str
    code: str
    subject_type: str
    subject_id: UUID


@dataclass(slots=True)
class _Hour:
    began_at: datetime
    asked: set[Refused] = field(default_factory=set)
    count: int = 0
    next_count: int = 2 * WRITTEN_AN_HOUR


class RefusalLedger:
    """Counts refusals by caller within this process. Several processes each count for themselves."""

    def __init__(self, most_callers: int = MOST_CALLERS) -> None:
        self._most_callers = most_callers
        self._hours: OrderedDict[UUID, _Hour] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, caller: UUID, refused: Refused, *, now: datetime) -> int | None:
        """Return what to write: 1 for a refusal by itself, a larger number for a count, None for nothing.

        An hour holds 60 different refusals; the same question again is no news. What goes beyond is
        counted and written at 120, 240, 480 ... in one hour.
        """
        with self._lock:
            hour = self._hour_of(caller, now)
            hour.count += 1
            if refused not in hour.asked and len(hour.asked) < WRITTEN_AN_HOUR:
                hour.asked.add(refused)
                return 1
            if hour.count < hour.next_count:
                return None
            hour.next_count *= 2
            return hour.count

    def _hour_of(self, caller: UUID, now: datetime) -> _Hour:
        hour = self._hours.get(caller)
        if hour is None or now - hour.began_at >= WINDOW:
            hour = self._hours[caller] = _Hour(now)
        self._hours.move_to_end(caller)
        if len(self._hours) > self._most_callers:
            self._hours.popitem(last=False)
        return hour
