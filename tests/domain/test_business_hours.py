"""Working days with holidays and made-up days, and local times across clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.domain.business_hours import (
    NoWorkingDays,
    OpeningHours,
    WorkCalendar,
    day_once_past,
    local_day,
    local_instant,
)

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 2, day) for day in (13, 14, 15, 16))
SPRING_FESTIVAL = WorkCalendar(
    holidays=frozenset(date(2026, 2, day) for day in range(15, 24)),
    made_up_days=frozenset({SATURDAY, date(2026, 2, 28)}),
)


def test_a_made_up_saturday_is_worked_and_a_holiday_monday_is_not() -> None:
    assert SPRING_FESTIVAL.is_working_day(SATURDAY)
    assert not SPRING_FESTIVAL.is_working_day(MONDAY)


def test_the_next_working_day_may_be_today() -> None:
    assert SPRING_FESTIVAL.next_working_day(FRIDAY) == FRIDAY
    assert SPRING_FESTIVAL.next_working_day(SUNDAY) == date(2026, 2, 24)


def test_working_days_are_added_across_a_holiday() -> None:
    assert SPRING_FESTIVAL.add_working_days(FRIDAY, 3) == date(2026, 2, 25)
    assert SPRING_FESTIVAL.add_working_days(SUNDAY, 0) == date(2026, 2, 24)


def test_working_days_between_leave_the_first_day_out() -> None:
    assert SPRING_FESTIVAL.working_days_between(FRIDAY, date(2026, 2, 25)) == 3
    assert SPRING_FESTIVAL.working_days_between(FRIDAY, FRIDAY) == 0


def test_a_branch_works_on_the_days_it_opens() -> None:
    calendar = WorkCalendar.of_hours({"mon": ["09:00", "18:00"], "sat": ["09:00", "12:00"]})

    assert calendar.weekdays == {0, 5}


def test_a_branch_without_hours_works_all_week() -> None:
    assert WorkCalendar.of_hours({}).is_working_day(SUNDAY)


def test_a_calendar_without_working_days_is_a_mistake() -> None:
    with pytest.raises(NoWorkingDays):
        WorkCalendar(weekdays=frozenset()).next_working_day(FRIDAY)


def test_a_branch_that_is_never_open_is_a_mistake() -> None:
    hours = OpeningHours.of(WITH_LUNCH, SHANGHAI, WorkCalendar(weekdays=frozenset()))

    with pytest.raises(NoWorkingDays):
        hours.after(datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=1))


def test_a_branch_that_is_hardly_ever_open_takes_years_but_gets_there() -> None:
    hours = OpeningHours.of({"mon": ["09:00", "09:15"]}, SHANGHAI, WorkCalendar(weekdays=frozenset({0})))
    start = local_instant(date(2026, 1, 5), time(9), SHANGHAI)

    ends_at = hours.after(start, timedelta(hours=20))

    assert ends_at == start + timedelta(weeks=79, minutes=15)


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        pytest.param(date(2026, 1, 15), time(8, 30), datetime(2026, 1, 15, 7, 30, tzinfo=UTC), id="winter"),
        pytest.param(date(2026, 7, 15), time(8, 30), datetime(2026, 7, 15, 6, 30, tzinfo=UTC), id="summer"),
        pytest.param(
            date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC), id="skipped time"
        ),
        pytest.param(
            date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="first of two"
        ),
    ],
)
def test_a_local_time_comes_once_on_every_day(day: date, at: time, expected: datetime) -> None:
    assert local_instant(day, at, BERLIN) == expected


def test_the_day_is_the_local_one() -> None:
    assert local_day(datetime(2026, 2, 13, 16, 0, tzinfo=UTC), SHANGHAI) == date(2026, 2, 14)


@pytest.mark.parametrize(("minute", "day"), [(59, None), (60, date(2026, 2, 14)), (61, date(2026, 2, 14))])
def test_a_daily_slot_opens_at_its_local_time(minute: int, day: date | None) -> None:
    two_at_night_in_shanghai = datetime(2026, 2, 13, 18, 0, tzinfo=UTC)

    assert day_once_past(two_at_night_in_shanghai + timedelta(minutes=minute), time(3), SHANGHAI) == day


WITH_LUNCH = {"mon": ["09:00", "12:00", "13:30", "18:00"], "fri": ["09:00", "12:00"]}


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        pytest.param(FRIDAY, time(8, 59), False, id="before it opens"),
        pytest.param(FRIDAY, time(9), True, id="as it opens"),
        pytest.param(FRIDAY, time(12), False, id="as it closes"),
        pytest.param(SATURDAY, time(10), True, id="a made-up day, by the hours of the first"),
        pytest.param(SATURDAY, time(13), False, id="at lunch"),
        pytest.param(MONDAY, time(10), False, id="a holiday"),
    ],
)
def test_a_branch_is_open_in_its_hours_on_the_days_it_works(day: date, at: time, expected: bool) -> None:
    hours = OpeningHours.of(WITH_LUNCH, SHANGHAI, SPRING_FESTIVAL)

    assert hours.is_open(local_instant(day, at, SHANGHAI)) is expected


def test_a_branch_without_hours_is_always_open() -> None:
    assert OpeningHours.of({}, SHANGHAI).is_open(local_instant(SUNDAY, time(3), SHANGHAI))
