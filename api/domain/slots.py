"""Free slots: the times that a contact may choose when the one agreed on does not suit.

The branch's opening hours are cut into slots; one is free while the couriers can take on another pickup in
it. What is already in the day comes as plain windows; choosing is done by `services.slots`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import OpeningHours, WorkCalendar, local_day, local_instant
from api.domain.errors import Conflict

OFFERED = 3
"""How many slots are offered: more would be a timetable, not a choice."""

DAYS_AHEAD = 14

USUAL_DAY = (time(9), time(18))
"""A branch that names no hours at all is open like this every day."""


class SlotTaken(Conflict):
    """This time is no longer free. `slots` in the details are."""

    code = "slot_taken"


@dataclass(frozen=True, slots=True)
class Slot:
    """From when to when a courier would come; also the window of a pickup that is already in the day."""

    start: datetime
    end: datetime

    def to_json(self) -> dict[str, str]:
        """Write it as plain JSON values, for the details of a refusal."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}

    def share_of(self, other: Slot) -> float:
        """Return how much of this window lies in the other: 1.0 is all of it, 0.0 nothing."""
        common = min(self.end, other.end) - max(self.start, other.start)
        return max(common, timedelta(0)) / (self.end - self.start)


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A branch's days and opening hours, and what its couriers can do."""

    zone: ZoneInfo
    calendar: WorkCalendar
    hours: OpeningHours
    length: timedelta
    notice: timedelta
    capacity: float
    """Pickups that all couriers together can take on in one slot."""

    @classmethod
    def of(
        cls,
        policy: BranchPolicy,
        zone: ZoneInfo,
        working_hours: Mapping[str, Any],
        *,
        couriers: int,
        calendar: WorkCalendar | None = None,
    ) -> SlotPlan:
        """Read the plan off a branch's policy, opening hours, calendar and number of active couriers."""
        length = timedelta(minutes=policy.slot_minutes)
        calendar = calendar or WorkCalendar.of_hours(working_hours)
        return cls(
            zone=zone,
            calendar=calendar,
            hours=OpeningHours.of(working_hours, zone, calendar),
            length=length,
            notice=timedelta(minutes=policy.slot_notice_minutes),
            capacity=couriers * policy.pickups_per_courier_hour * (length / timedelta(hours=1)),
        )

    def horizon(self, *, now: datetime) -> Slot:
        """Return the span in which slots are sought: what is booked in it has to be known."""
        last = local_day(now, self.zone) + timedelta(days=DAYS_AHEAD + 1)
        return Slot(now, local_instant(last, time.min, self.zone))

    def slots(self, *, now: datetime) -> Iterator[Slot]:
        """Give every slot from the notice on, free or not, in order.

        A slot that would end after closing time does not exist; days that are not worked have none.
        """
        earliest = now + self.notice
        today = local_day(now, self.zone)
        for later in range(DAYS_AHEAD + 1):
            yield from (
                slot for slot in self._of_day(today + timedelta(days=later)) if slot.start >= earliest
            )

    def _of_day(self, day: date) -> Iterator[Slot]:
        if not self.calendar.is_working_day(day):
            return
        for span in self.hours.hours_on(day) or (USUAL_DAY,):
            opens, closes = (local_instant(day, at, self.zone) for at in span)
            while opens + self.length <= closes:
                yield Slot(opens, opens + self.length)
                opens += self.length


def free(plan: SlotPlan, booked: Sequence[Slot], *, instead_of: Slot, now: datetime) -> Iterator[Slot]:
    """Give the slots in which there is room for one more pickup, the earliest first.

    A booked window counts in each slot by the share of it that lies there, so that one of half a day does
    not fill every hour of it. What overlaps the window that does not suit (`instead_of`) is left out.
    """
    for slot in plan.slots(now=now):
        if not instead_of.share_of(slot) and has_room(plan, booked, slot):
            yield slot


def has_room(plan: SlotPlan, booked: Iterable[Slot], slot: Slot) -> bool:
    """Tell whether the couriers can take on one more pickup in this slot."""
    load = math.fsum(window.share_of(slot) for window in booked)
    return load + 1 <= plan.capacity + 1e-9
