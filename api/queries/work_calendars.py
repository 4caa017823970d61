"""A branch's working days: its usual week, the public holidays of its region, and its own exceptions.

The one place that asks the library of holidays; everybody else gets a `WorkCalendar`, a plain value. Which
country a branch lies in is read off its time zone unless it names a region.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.business_hours import OpeningHours, WorkCalendar, local_day, whole_breaks
from api.domain.principal import Principal
from api.domain.report_period import ReportPeriod
from api.domain.working_days import DayKind, kind_of
from api.models import Branch, CalendarDay
from api.queries import branches

DECREED_IN_SPANS = frozenset({"CN"})
"""Where festivals are decreed as whole spans, weekends included."""


@dataclass(frozen=True, slots=True)
class RegionDays:
    """What a region's holidays take out of the usual weeks and put into them."""

    holidays: frozenset[date] = frozenset()
    made_up_days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of a branch, whether it is worked, and why."""

    day_on: date
    is_worked: bool
    kind: DayKind
    note: str | None


@dataclass(frozen=True, slots=True)
class DaysView:
    region: str | None
    items: tuple[DayView, ...]


def days(session: Session, branch_id: UUID, *, period: ReportPeriod, by: Principal) -> DaysView:
    """Look at a branch's days of a period."""
    first_on, last_on = period.first_on, period.last_on
    branch = branches.by_id(session, branch_id, by=by)
    own = exceptions(session, branch.id, since=first_on)
    calendar = _calendar(branch, tuple(range(first_on.year - 1, last_on.year + 2)), own)
    span = (first_on + timedelta(days=later) for later in range((last_on - first_on).days + 1))
    return DaysView(
        region_of(branch),
        tuple(
            DayView(
                day,
                calendar.is_working_day(day),
                kind_of(day, calendar, is_own=day in own),
                own[day].note if day in own else None,
            )
            for day in span
        ),
    )


def of_branch(session: Session, branch: Branch, *, around: datetime) -> WorkCalendar:
    """Return the calendar of the year before this instant, its own and the next, local to the branch."""
    today = local_day(around, ZoneInfo(branch.timezone))
    own = exceptions(session, branch.id, since=date(today.year - 1, 1, 1))
    return _calendar(branch, (today.year - 1, today.year, today.year + 1), own)


def opening_hours(session: Session, branch_id: UUID, *, around: datetime) -> OpeningHours:
    """Return when a branch is open: closed on holidays, open on made-up days, as `of_branch` knows them."""
    branch = session.get_one(Branch, branch_id)
    calendar = of_branch(session, branch, around=around)
    return OpeningHours.of(branch.working_hours, ZoneInfo(branch.timezone), calendar)


def exceptions(session: Session, branch_id: UUID, *, since: date) -> dict[date, CalendarDay]:
    """Return the days on which a branch does otherwise than its region, from a day on, by day."""
    rows = session.scalars(
        select(CalendarDay)
        .where(CalendarDay.branch_id == branch_id, CalendarDay.day_on >= since)
        .order_by(CalendarDay.day_on)
    )
    return {row.day_on: row for row in rows}


def find_exception(session: Session, branch_id: UUID, day_on: date) -> CalendarDay | None:
    own = select(CalendarDay).where(CalendarDay.branch_id == branch_id, CalendarDay.day_on == day_on)
    return session.scalar(own)


def region_of(branch: Branch) -> str | None:
    """Return whose public holidays a branch keeps; None for nobody's."""
    return branch.holiday_region or country_of(branch.timezone)


def is_known(region: str) -> bool:
    """Tell whether the library has the holidays of a region like "CN" or "DE-BY"."""
    import holidays

    country, _, part = region.partition("-")
    supported = holidays.list_supported_countries()
    return country in supported and (not part or part in supported[country])


@lru_cache(maxsize=128)
def region_days(region: str, years: tuple[int, ...]) -> RegionDays:
    """Return a region's holidays and made-up days; none for a region that the library does not know."""
    import holidays

    if not is_known(region):
        return RegionDays()
    country, _, part = region.partition("-")
    known = holidays.country_holidays(country, subdiv=part or None, years=years)
    made_up = frozenset(day for day in getattr(known, "weekend_workdays", ()) if day.year in years)
    off = whole_breaks(known, made_up) if country in DECREED_IN_SPANS else frozenset(known)
    return RegionDays(off, made_up)


def country_of(timezone: str) -> str | None:
    """Return the code of the country that a time zone lies in; None for one without a country, like UTC."""
    return _countries().get(timezone)


@cache
def _countries() -> dict[str, str]:
    """Read the table that comes with the time zones themselves: code, place, zone, remarks."""
    lines = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


def _calendar(branch: Branch, years: tuple[int, ...], own: dict[date, CalendarDay]) -> WorkCalendar:
    region = region_of(branch)
    known = region_days(region, years) if region else RegionDays()
    usual = WorkCalendar.of_hours(branch.working_hours, known.holidays, known.made_up_days)
    return _with_exceptions(usual, own)


def _with_exceptions(usual: WorkCalendar, days: dict[date, CalendarDay]) -> WorkCalendar:
    worked = frozenset(day for day, row in days.items() if row.is_worked)
    closed = frozenset(days) - worked
    return replace(
        usual,
        holidays=(usual.holidays | closed) - worked,
        made_up_days=(usual.made_up_days | worked) - closed,
    )
