"""Which day each visit of a week comes on: deadlines first, near ones together, the days evenly filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from api.domain.business_hours import WorkCalendar
from api.domain.geofence import Place, distance_m
from api.domain.visit_cadence import MOST_VISITS_A_DAY

NEAR_M = 2_000
"""Customers so close are worth one way: a quarter of an hour on foot, minutes by car."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One visit that needs a day.

    `by_on` is its deadline, from `before` on it is of no use, and `stands_on` is the day it has had so far.
    """

    customer_id: UUID
    place: Place | None = None
    by_on: date | None = None
    before: date | None = None
    stands_on: date | None = None


@dataclass(slots=True)
class Company:
    """A day, where its visits are (None: unknown), and which of them were put there just now."""

    day: date
    places: list[Place | None] = field(default_factory=list)
    callers: dict[UUID, Place | None] = field(default_factory=dict)

    @property
    def load(self) -> int:
        return len(self.places) + len(self.callers)

    @property
    def has_room(self) -> bool:
        return self.load < MOST_VISITS_A_DAY

    def takes(self, one: Caller) -> bool:
        """Tell whether there is room for a visit, and use in it on this day."""
        return self.has_room and (one.before is None or self.day < one.before)

    def metres_to(self, place: Place | None) -> float:
        """Return how far the nearest visit of the day is; infinite without one to measure."""
        return _nearest(place, [*self.places, *self.callers.values()])

    def metres_to_another(self, customer_id: UUID, place: Place | None) -> int | None:
        """Return how far the nearest other visit of the day is, if that is near."""
        others = (there for other, there in self.callers.items() if other != customer_id)
        metres = _nearest(place, [*self.places, *others])
        return round(metres) if metres <= NEAR_M else None


def spread(callers: Sequence[Caller], companies: Sequence[Company]) -> Sequence[Company]:
    """Put each caller, the most urgent first, on one of the days, of which none gets more than five.

    Deadlines come first, the earliest at the head: as long as the days up to each have room for all that are
    due by then, every one is kept. Who is late all the same comes on the first day left, and takes nobody's.
    Then whoever has a day keeps it. The others join a visit within 2 km, else they go to one of the emptiest
    days, and of these to the nearest. Whom no day takes is left out.
    """
    bound = sorted((one for one in callers if one.by_on is not None), key=_deadline)
    late = [one for one in bound if not _put(one, [day for day in companies if day.day <= _deadline(one)])]
    for one in late:
        _put(one, [company for company in companies if company.takes(one)][:1])
    free = [one for one in callers if one.by_on is None]
    homeless = [one for one in free if not _stays(one, companies)]
    for one in homeless:
        _put(one, companies)
    return companies


def day_for_offer(due_on: date, loads: Mapping[date, int], calendar: WorkCalendar, *, today: date) -> date:
    """Return the day to offer the next visit for: the last one worked, with room, in the week up to its due
    day.

    Where there is none, it is the first one worked with room after it. It is never today or earlier.
    """
    tomorrow = today + timedelta(days=1)
    before = (due_on - timedelta(days=earlier) for earlier in range(7))
    for day in before:
        if day >= tomorrow and calendar.is_working_day(day) and loads.get(day, 0) < MOST_VISITS_A_DAY:
            return day
    day = calendar.next_working_day(max(due_on, tomorrow))
    while loads.get(day, 0) >= MOST_VISITS_A_DAY:
        day = calendar.add_working_days(day, 1)
    return day


def _deadline(one: Caller) -> date:
    return one.by_on or date.max


def _stays(one: Caller, companies: Iterable[Company]) -> bool:
    for company in companies:
        if company.day == one.stands_on and company.takes(one):
            company.callers[one.customer_id] = one.place
            return True
    return False


def _put(one: Caller, companies: Iterable[Company]) -> bool:
    """Put a caller on the best of some days that take him; his own, if it is among them. False: none does."""
    days = [company for company in companies if company.takes(one)]
    if not days:
        return False
    fewest = min(company.load for company in days)

    def cost(company: Company) -> tuple[bool, bool, bool, float, date]:
        metres = company.metres_to(one.place)
        is_near = metres <= NEAR_M
        return (
            company.day != one.stands_on,
            not is_near,
            not is_near and company.load > fewest,
            metres,
            company.day,
        )

    min(days, key=cost).callers[one.customer_id] = one.place
    return True


def _nearest(place: Place | None, others: Iterable[Place | None]) -> float:
    if place is None:
        return float("inf")
    return min((distance_m(place, other) for other in others if other is not None), default=float("inf"))
