"""Why a day of a branch is worked or not: its week, a holiday, a day that makes up for one, its own wish."""

from datetime import date
from enum import StrEnum

from api.domain.business_hours import WorkCalendar


class DayKind(StrEnum):
    USUAL = "usual"
    HOLIDAY = "holiday"
    MADE_UP = "made_up"
    BY_BRANCH = "by_branch"


def kind_of(day: date, calendar: WorkCalendar, *, is_own: bool) -> DayKind:
    """Say why a day is as it is; the branch's own wish comes before everything."""
    if is_own:
        return DayKind.BY_BRANCH
    if day in calendar.made_up_days:
        return DayKind.MADE_UP
    return DayKind.HOLIDAY if day in calendar.holidays else DayKind.USUAL
