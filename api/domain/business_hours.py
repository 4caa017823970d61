"""Working days and local times of day. Calendars enter as plain values: no library is asked here.

A branch works on certain weekdays; holidays take days out, made-up days (China's 调休) put days in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_CLOSURE_DAYS = 366  # A calendar without a single working day in a year is a mistake in the data.


class NoWorkingDays(ValueError):
    """The calendar has no working day within a year."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked. A made-up day wins over a holiday, a holiday over its weekday."""

    weekdays: frozenset[int] = frozenset(range(5))
    """Monday is 0."""
    holidays: frozenset[date] = frozenset()
    made_up_days: frozenset[date] = frozenset()

    @classmethod
    def of_hours(cls, working_hours: Mapping[str, Any], holidays: Iterable[date] = ()) -> WorkCalendar:
        """Read the weekdays of a branch's opening hours ("mon" ... "sun"); without any it works all week."""
        open_days = frozenset(number for number, name in enumerate(WEEKDAYS) if working_hours.get(name))
        return cls(open_days or frozenset(range(7)), frozenset(holidays))

    def is_working_day(self, day: date) -> bool:
        """Say whether the branch works on this day."""
        if day in self.made_up_days:
            return True
        return day.weekday() in self.weekdays and day not in self.holidays

    def next_working_day(self, day: date) -> date:
        """Return the day itself if it is worked, else the first worked day after it. Raises NoWorkingDays."""
        for later in range(_LONGEST_CLOSURE_DAYS + 1):
            candidate = day + timedelta(days=later)
            if self.is_working_day(candidate):
                return candidate
        raise NoWorkingDays()

    def add_working_days(self, day: date, count: int) -> date:
        """Return the count-th working day after `day`; 0 gives the day itself or the next one worked."""
        if count == 0:
            return self.next_working_day(day)
        for _ in range(count):
            day = self.next_working_day(day + timedelta(days=1))
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and including `end`; 0 when end is not later."""
        days = (start + timedelta(days=later) for later in range(1, (end - start).days + 1))
        return sum(self.is_working_day(day) for day in days)


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a branch is open on each weekday (Monday is 0), local to its zone. A closed day has no entry."""

    by_weekday: Mapping[int, tuple[time, time]]
    zone: ZoneInfo

    @classmethod
    def of(cls, working_hours: Mapping[str, Any], zone: ZoneInfo) -> OpeningHours:
        """Read a branch's opening hours ("mon" ... "sun"); without any it is open round the clock."""
        spans = {
            number: (time.fromisoformat(opens), time.fromisoformat(closes))
            for number, name in enumerate(WEEKDAYS)
            if working_hours.get(name)
            for opens, closes in [working_hours[name]]
        }
        return cls({number: span for number, span in spans.items() if span[0] < span[1]}, zone)

    def after(self, start: datetime, worked: timedelta) -> datetime:
        """Return the instant at which the branch has been open for `worked` since `start`, in UTC."""
        if not self.by_weekday:
            return start + worked
        day = local_day(start, self.zone)
        while True:
            opens_at, closes_at = self._span(day)
            begins_at = max(opens_at, start)
            if begins_at + worked <= closes_at:
                return begins_at + worked
            worked -= max(closes_at - begins_at, timedelta(0))
            day += timedelta(days=1)

    def _span(self, day: date) -> tuple[datetime, datetime]:
        """Return opening and closing of a day; on a closed day both are its first instant."""
        opens, closes = self.by_weekday.get(day.weekday(), (time.min, time.min))
        return local_instant(day, opens, self.zone), local_instant(day, closes, self.zone)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day that it is in the zone at this instant."""
    return instant.astimezone(zone).date()


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a local time of day, once and only once on every day of the year.

    A time that the clocks skip in spring is read with the offset before the change, so 02:30 comes as
    03:30; a time that comes twice in autumn means the first.
    """
    return datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=zone).astimezone(UTC)


def day_once_past(now: datetime, at: time, zone: ZoneInfo) -> date | None:
    """Return today's local day from this time of day on, and nothing before it: the slot of a daily job."""
    today = local_day(now, zone)
    return today if now >= local_instant(today, at, zone) else None
