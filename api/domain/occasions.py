"""Occasions: whose day it is today, when a greeting may go out, and what holds it back.

Which contacts there are, and which festivals a region keeps, comes from outside as plain values.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from api.domain.business_hours import day_once_past, local_instant
from api.domain.errors import Conflict

NOTICED_AT = time(8, 0)
"""Before the morning list of visits, so that both can be read together."""


class OccasionNotToday(Conflict):
    """A greeting goes out on the day itself, in the contact's hours."""

    code = "occasion_not_today"


class GreetedAlready(Conflict):
    """This contact has been congratulated on that this year."""

    code = "greeted_already"


class OccasionHeldBack(Conflict):
    """While a case of this customer is open nobody is congratulated: answer it first."""

    code = "occasion_held_back"


class NotToBeWrittenTo(Conflict):
    """This contact wants no messages, has had his share this week, or cannot be reached by any channel."""

    code = "not_to_be_written_to"


def day_to_notice(now: datetime, zone: ZoneInfo) -> date | None:
    """Return the local day whose occasions are to be noticed: today, from 8 in the morning on."""
    return day_once_past(now, NOTICED_AT, zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which the day is over, and a greeting of no more use."""
    return local_instant(day + timedelta(days=1), time.min, zone)


def kept_on(day: date) -> tuple[str, ...]:
    """Return the months and days ("03-14") whose birthdays are kept on this day.

    Who was born on 29 February is congratulated on the 28th in years without one.
    """
    keys = (f"{day:%m-%d}",)
    return (*keys, "02-29") if (day.month, day.day) == (2, 28) and not isleap(day.year) else keys


def birthday_within(born_on: date | None, today: date, *, days: int) -> date | None:
    """Return the day from today on, at most so many days off, on which a birthday is kept; else None."""
    if born_on is None:
        return None
    coming = (today + timedelta(days=later) for later in range(days + 1))
    return next((day for day in coming if f"{born_on:%m-%d}" in kept_on(day)), None)


def is_anniversary(founded_on: date, day: date) -> bool:
    """Tell whether a company has its anniversary on this day; the day of its founding is none."""
    return f"{founded_on:%m-%d}" in kept_on(day) and founded_on.year < day.year


def check_may_greet(falls_on: date, *, today: date, greeted_at: datetime | None, has_open_case: bool) -> None:
    """Refuse a greeting that went out already, comes on another day, or to somebody who waits for an answer.

    Raises GreetedAlready, OccasionNotToday or OccasionHeldBack.
    """
    if greeted_at is not None:
        raise GreetedAlready()
    if falls_on != today:
        raise OccasionNotToday(falls_on=falls_on.isoformat())
    if has_open_case:
        raise OccasionHeldBack()
