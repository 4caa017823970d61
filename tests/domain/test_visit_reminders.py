"""When a rep hears of his visits: local times across clock changes, quiet hours, and what climbs."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.business_hours import WorkCalendar
from api.domain.visit_reminders import DayList, climbs_on, is_quiet, lists_due, soon_at, useful_until

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
QUIET = (time(21), time(8))
TODAY, TOMORROW = date(2026, 6, 1), date(2026, 6, 2)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        pytest.param("00:29", [], id="before 08:30"),
        pytest.param("00:30", [(DayList.MORNING, TODAY)], id="at 08:30"),
        pytest.param("09:59", [(DayList.MORNING, TODAY)], id="late, after an outage"),
        pytest.param("10:00", [(DayList.EVENING, TOMORROW)], id="at 18:00"),
        pytest.param("15:59", [(DayList.EVENING, TOMORROW)], id="before midnight"),
        pytest.param("16:00", [], id="past midnight"),
    ],
)
def test_one_list_is_due_at_a_time(now, due):
    at = datetime.combine(TODAY, time.fromisoformat(now), UTC)

    assert list(lists_due(at, SHANGHAI)) == due


@pytest.mark.parametrize(
    ("day", "utc_hour"), [(date(2026, 3, 28), 7), (date(2026, 3, 29), 6), (date(2026, 10, 25), 7)]
)
def test_the_morning_keeps_its_local_time_across_a_clock_change(day, utc_hour):
    at = datetime(day.year, day.month, day.day, utc_hour, 30, tzinfo=UTC)

    assert list(lists_due(at, BERLIN)) == [(DayList.MORNING, day)]
    assert list(lists_due(at - timedelta(seconds=1), BERLIN)) == []


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/St_Johns")]),
)
def test_law_a_list_that_is_due_is_still_of_use(now, zone):
    for which, day in lists_due(now, zone):
        assert now < useful_until(which, day, zone) <= now + timedelta(hours=16)


def test_a_fixed_time_rings_an_hour_before():
    two_in_shanghai = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)

    assert soon_at(two_in_shanghai, QUIET, SHANGHAI) == two_in_shanghai - timedelta(hours=1)


@pytest.mark.parametrize(("starts", "rings"), [("08:59", False), ("09:00", True)])
def test_before_the_end_of_quiet_hours_the_evening_list_must_do(starts, rings):
    starts_at = datetime.combine(TODAY, time.fromisoformat(starts), SHANGHAI)

    assert (soon_at(starts_at, QUIET, SHANGHAI) is not None) is rings


@pytest.mark.parametrize(
    ("clock", "quiet", "expected"),
    [
        ("12:30", (time(12), time(13)), True),
        ("13:00", (time(12), time(13)), False),
        ("20:59", QUIET, False),
        ("21:00", QUIET, True),
        ("03:00", QUIET, True),
        ("12:00", (time(9), time(9)), False),
    ],
)
def test_quiet_hours_may_span_midnight_and_their_end_is_outside(clock, quiet, expected):
    at = datetime.combine(TODAY, time.fromisoformat(clock), SHANGHAI)

    assert is_quiet(at, quiet, SHANGHAI) is expected


def test_an_overdue_visit_climbs_on_the_third_working_day():
    friday = date(2026, 6, 5)

    assert climbs_on(friday, WorkCalendar()) == date(2026, 6, 10)
