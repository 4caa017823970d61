"""When a rep is reminded of visits: the evening before, the morning of the day, an hour before a fixed time.

All times are local to where he works. Who is told, and the rows, are the service's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from api.domain.business_hours import WorkCalendar, local_day, local_instant

MORNING, EVENING = time(8, 30), time(18, 0)
BEFORE_A_FIXED_TIME = timedelta(minutes=60)
CLIMBS_AFTER_WORKING_DAYS = 3


class DayList(StrEnum):
    """Which list of a day it is."""

    EVENING = "evening"
    MORNING = "morning"


def lists_due(now: datetime, zone: ZoneInfo) -> Iterator[tuple[DayList, date]]:
    """Give the lists that a rep should have by now, with the day of the visits on them.

    Today's from 08:30 until the day's work is over at 18:00, then tomorrow's until midnight. What an outage
    made late by more than that is of no more use.
    """
    today = local_day(now, zone)
    if local_instant(today, MORNING, zone) <= now < local_instant(today, EVENING, zone):
        yield DayList.MORNING, today
    elif now >= local_instant(today, EVENING, zone):
        yield DayList.EVENING, today + timedelta(days=1)


def useful_until(which: DayList, day: date, zone: ZoneInfo) -> datetime:
    """Return when a list has become pointless: the evening's when the morning's comes, that at 18:00."""
    return local_instant(day, MORNING if which is DayList.EVENING else EVENING, zone)


def soon_at(starts_at: datetime, quiet: tuple[time, time], zone: ZoneInfo) -> datetime | None:
    """Return when the rep is reminded of a fixed time, 60 minutes before it.

    None when that falls into his quiet hours: he has read of it on the list of the evening.
    """
    at = starts_at - BEFORE_A_FIXED_TIME
    return None if is_quiet(at, quiet, zone) else at


def is_quiet(at: datetime, quiet: tuple[time, time], zone: ZoneInfo) -> bool:
    """Tell whether an instant lies in quiet hours; the end is outside, and equal ends mean none."""
    clock, (start, end) = at.astimezone(zone).time(), quiet
    return start <= clock < end if start <= end else clock >= start or clock < end


def climbs_on(planned_on: date, calendar: WorkCalendar) -> date:
    """Return the day from which the managers are told of a visit that nobody has made: the third worked
    after the one it was planned for."""
    return calendar.add_working_days(planned_on, CLIMBS_AFTER_WORKING_DAYS)
