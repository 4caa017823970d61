"""A branch's working days: the State Council's 2026, other regions, and the branch's own exceptions."""

from datetime import UTC, date, datetime, timedelta

import pytest

from api.models import CalendarDay
from api.queries import work_calendars
from tests.databases import only_sqlite
from tests.factories import make_branch
from tests.fakes import NOW

SIX_DAYS = {day: ["08:00", "20:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
FIVE_DAYS = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def span(first: str, last: str) -> set[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return {begin + timedelta(days=later) for later in range((end - begin).days + 1)}


OFF_IN_CHINA_2026 = (
    span("2026-01-01", "2026-01-03")
    | span("2026-02-15", "2026-02-23")
    | span("2026-04-04", "2026-04-06")
    | span("2026-05-01", "2026-05-05")
    | span("2026-06-19", "2026-06-21")
    | span("2026-09-25", "2026-09-27")
    | span("2026-10-01", "2026-10-07")
)
"""As decreed by the General Office of the State Council in November 2025, whole spans."""
MADE_UP_IN_CHINA_2026 = {
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
}
YEAR_2026 = span("2026-01-01", "2026-12-31")


@pytest.fixture
def calendar(session):
    """Returns the calendar of a branch: `calendar(timezone="Europe/Berlin")`."""

    def calendar(*exceptions, around=datetime(2026, 6, 1, tzinfo=UTC), **columns):
        branch = make_branch(session, **columns)
        for day_on, is_worked in exceptions:
            session.add(CalendarDay(branch_id=branch.id, day_on=day_on, is_worked=is_worked, set_at=NOW))
        session.flush()
        return work_calendars.of_branch(session, branch, around=around)

    return calendar


def closed(calendar) -> set[date]:
    return {day for day in YEAR_2026 if not calendar.is_working_day(day)}


@only_sqlite
def test_a_branch_in_china_rests_in_the_decreed_spans_and_works_on_the_made_up_days(calendar):
    known = calendar(timezone="Asia/Shanghai", working_hours=FIVE_DAYS)

    weekends = {day for day in YEAR_2026 if day.weekday() >= 5}
    assert closed(known) == (weekends | OFF_IN_CHINA_2026) - MADE_UP_IN_CHINA_2026


@only_sqlite
def test_a_branch_that_works_on_saturdays_rests_on_those_of_a_festival(calendar):
    known = calendar(timezone="Asia/Shanghai", working_hours=SIX_DAYS)

    sundays = {day for day in YEAR_2026 if day.weekday() == 6}
    assert closed(known) == (sundays | OFF_IN_CHINA_2026) - MADE_UP_IN_CHINA_2026


@only_sqlite
def test_elsewhere_the_saturday_between_two_holidays_is_worked(calendar):
    known = calendar(timezone="Europe/Berlin", working_hours=SIX_DAYS)

    good_friday, saturday, easter_monday = date(2026, 4, 3), date(2026, 4, 4), date(2026, 4, 6)
    assert [known.is_working_day(day) for day in (good_friday, saturday, easter_monday)] == [
        False,
        True,
        False,
    ]


@only_sqlite
def test_a_part_of_a_country_has_holidays_of_its_own(calendar):
    epiphany = date(2026, 1, 6)

    assert calendar(timezone="Europe/Berlin").is_working_day(epiphany)
    assert not calendar(timezone="Europe/Berlin", holiday_region="DE-BY").is_working_day(epiphany)


@only_sqlite
def test_a_time_zone_without_a_country_has_no_holidays(calendar):
    assert calendar(timezone="UTC", working_hours=FIVE_DAYS).is_working_day(date(2026, 1, 1))


def test_the_branchs_own_wish_comes_before_holidays_and_made_up_days(calendar):
    festival, made_up, tuesday = date(2026, 10, 1), date(2026, 10, 10), date(2026, 6, 2)

    known = calendar((festival, True), (made_up, False), (tuesday, False), timezone="Asia/Shanghai")

    assert [known.is_working_day(day) for day in (festival, made_up, tuesday)] == [True, False, False]


@only_sqlite
def test_the_turn_of_the_year_is_known_on_both_sides(calendar):
    known = calendar(around=datetime(2025, 12, 31, tzinfo=UTC), timezone="Asia/Shanghai")

    assert not known.is_working_day(date(2026, 1, 1))
    assert not known.is_working_day(date(2025, 10, 1))


@pytest.mark.parametrize(
    ("region", "known"), [("CN", True), ("DE-BY", True), ("XX", False), ("DE-XX", False), ("", False)]
)
def test_regions_are_checked_before_they_are_kept(region, known):
    assert work_calendars.is_known(region) is known
