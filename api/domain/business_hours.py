"""Working days and local times of day. Calendars enter as plain values: no library is asked here.

A branch works on certain weekdays; holidays take days out, made-up days (China's 调休) put days in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_CLOSURE_DAYS = 366  # A calendar without a single working day in a year is a mistake in the data.
_SATURDAY = 5

Spans: TypeAlias = tuple[tuple[time, time], ...]
"""When a day is open: pairs of opening and closing, in local time and in order."""


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
    def of_hours(
        cls,
        working_hours: Mapping[str, Any],
        holidays: Iterable[date] = (),
        made_up_days: Iterable[date] = (),
    ) -> WorkCalendar:
        """Read the weekdays of a branch's opening hours ("mon" ... "sun"); without any it works all week."""
        open_days = frozenset(number for number, name in enumerate(WEEKDAYS) if working_hours.get(name))
        return cls(open_days or frozenset(range(7)), frozenset(holidays), frozenset(made_up_days))

    def working_days(self, first: date, last: date) -> tuple[date, ...]:
        """Return the days worked from `first` to `last`, both included; none when last is earlier."""
        days = (first + timedelta(days=later) for later in range((last - first).days + 1))
        return tuple(day for day in days if self.is_working_day(day))

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
    """When a branch is open on each weekday (Monday is 0), local to its zone. A closed day has no entry.

    With a calendar, holidays are closed and made-up days are open, by the hours of `hours_on`.
    """

    by_weekday: Mapping[int, Spans]
    zone: ZoneInfo
    calendar: WorkCalendar | None = None

    @classmethod
    def of(
        cls, working_hours: Mapping[str, Any], zone: ZoneInfo, calendar: WorkCalendar | None = None
    ) -> OpeningHours:
        """Read a branch's opening hours ("mon" ... "sun"); without any it is open round the clock."""
        days = {number: spans_of(working_hours.get(name) or ()) for number, name in enumerate(WEEKDAYS)}
        return cls({number: spans for number, spans in days.items() if spans}, zone, calendar)

    def after(self, start: datetime, worked: timedelta) -> datetime:
        """Return the instant at which the branch has been open for `worked` since `start`, in UTC.

        Raises NoWorkingDays when the calendar leaves nothing open within a year.
        """
        if not self.by_weekday:
            return start + worked
        day, closed_days = local_day(start, self.zone), 0
        while closed_days <= _LONGEST_CLOSURE_DAYS:
            closed_days += 1
            for opens_at, closes_at in self._instants(day):
                begins_at = max(opens_at, start)
                if begins_at > closes_at:
                    continue
                if begins_at + worked <= closes_at:
                    return begins_at + worked
                worked -= closes_at - begins_at
                closed_days = 0
            day += timedelta(days=1)
        raise NoWorkingDays()

    def is_open(self, at: datetime) -> bool:
        """Tell whether the branch is open at an instant; at the one at which it closes it is not."""
        today = self._instants(local_day(at, self.zone))
        return not self.by_weekday or any(opens_at <= at < closes_at for opens_at, closes_at in today)

    def hours_on(self, day: date) -> Spans:
        """Return when a day is open. A made-up day off the usual week has the hours of its first day."""
        if self.calendar is not None and not self.calendar.is_working_day(day):
            return ()
        usual = self.by_weekday.get(day.weekday(), ())
        if usual or self.calendar is None:
            return usual
        return self.by_weekday[min(self.by_weekday)] if self.by_weekday else ()

    def _instants(self, day: date) -> Iterable[tuple[datetime, datetime]]:
        return (
            (local_instant(day, opens, self.zone), local_instant(day, closes, self.zone))
            for opens, closes in self.hours_on(day)
        )


def spans_of(hours: Sequence[str]) -> Spans:
    """Read ["09:00", "12:00", "13:30", "18:00"]: opening and closing in turn, as often as a day has them.

    A pair that closes when it opens, or before, is left out. Raises ValueError for what is no time of day,
    and for an opening without a closing.
    """
    times = [time.fromisoformat(one) for one in hours]
    return tuple(
        (opens, closes) for opens, closes in zip(times[::2], times[1::2], strict=True) if opens < closes
    )


def whole_breaks(holidays: Iterable[date], made_up_days: Iterable[date]) -> frozenset[date]:
    """Return the holidays together with the weekends that they join into one break.

    China's State Council decrees festivals as whole spans ("15 to 23 February, nine days"), while calendars
    list only the weekdays among them: a branch that usually works on Saturdays rests on those, too.
    """
    made_up, found = frozenset(made_up_days), set(holidays)
    one_day = timedelta(days=1)
    for holiday in sorted(found):
        for step in (-one_day, one_day):
            day = holiday + step
            while day not in made_up and (day in found or day.weekday() >= _SATURDAY):
                found.add(day)
                day += step
    return frozenset(found)


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
