"""How long a courier stood at a door where several pickups ran at once: what passed once counts once.

How long one wait lasted is in `wait_ending`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

LEAST_ROOM = 16


@dataclass(frozen=True, slots=True)
class Stay:
    """One courier's presence at one site, for one of the pickups there."""

    courier_id: UUID
    site_id: UUID
    arrived_at: datetime
    departed_at: datetime


class DwellMeter:
    """Adds up stays in the order of their arrivals; it remembers only those that may still go on."""

    __slots__ = ("_counted_until", "_room", "total")

    def __init__(self) -> None:
        self.total = timedelta()
        self._counted_until: dict[tuple[UUID, UUID], datetime] = {}
        self._room = LEAST_ROOM

    def add(self, stay: Stay) -> None:
        """Add what of this stay has not been counted yet. None may have arrived before the one added last."""
        place = stay.courier_id, stay.site_id
        since = max(stay.arrived_at, self._counted_until.get(place, stay.arrived_at))
        if stay.departed_at > since:
            self.total += stay.departed_at - since
            self._counted_until[place] = stay.departed_at
        if len(self._counted_until) > self._room:
            self._forget(stay.arrived_at)

    def _forget(self, before: datetime) -> None:
        """Drop what nobody who arrives later can overlap."""
        self._counted_until = {place: until for place, until in self._counted_until.items() if until > before}
        self._room = max(LEAST_ROOM, 2 * len(self._counted_until))


def dwell_once(stays: Iterable[Stay]) -> timedelta:
    """Return the time couriers spent at sites: per courier and site, the length of the union of his stays.

    Two couriers at one site at once both count. The stays may come in any order.
    """
    meter = DwellMeter()
    for stay in sorted(stays, key=attrgetter("arrived_at")):
        meter.add(stay)
    return meter.total
