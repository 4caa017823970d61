"""Which positions of a courier count, and for how long they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.geofence import Place, Position, distance_m
from api.domain.shifts import ShiftSpan

MOST_POSITIONS = 200
CLOCK_TOLERANCE = timedelta(seconds=60)  # As for field events: a phone's clock is a little fast.
FRESH_FOR = timedelta(minutes=5)
"""A position older than this says nothing about when the courier will be somewhere."""
COARSE_M = 100


@dataclass(frozen=True, slots=True)
class SeenPosition:
    """Where a phone was at an instant, by its own word."""

    taken_at: datetime
    position: Position


def counted(seen: Iterable[SeenPosition], shift: ShiftSpan, *, now: datetime) -> list[SeenPosition]:
    """Keep what lies within the shift and not ahead of us; of one instant the last word. In order of time."""
    latest = now + CLOCK_TOLERANCE
    by_instant = {one.taken_at: one for one in seen if shift.covers(one.taken_at) and one.taken_at <= latest}
    return [by_instant[instant] for instant in sorted(by_instant)]


def telling(seen: Sequence[SeenPosition], *, now: datetime) -> SeenPosition | None:
    """Return the newest position if it tells where the courier is at present: fresh, and not made up."""
    newest = seen[-1] if seen else None
    if newest is None or newest.position.mock or newest.taken_at < now - FRESH_FOR:
        return None
    return newest


def about_m(here: Place, there: Place) -> int:
    """Return a distance in metres rounded to 100, never 0: enough to get ready by, too little to follow
    a person by."""
    return max(COARSE_M, round(distance_m(here, there) / COARSE_M) * COARSE_M)
