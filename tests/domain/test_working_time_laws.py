"""Laws of working time: calendars with holidays and made-up days, hours in several pieces, clock changes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.business_hours import WEEKDAYS, OpeningHours, WorkCalendar, local_day, spans_of, whole_breaks

ZONES = st.sampled_from([ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York")])
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001
ONE_DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """A branch that works on some weekdays, with some days off and some made up."""
    days = st.frozensets(DAYS, max_size=40)
    return WorkCalendar(draw(st.frozensets(st.integers(0, 6), min_size=1)), draw(days), draw(days))


@st.composite
def hours(draw: st.DrawFn) -> dict[str, list[str]]:
    """Opening hours of a week: up to three pieces on each day, cut at quarters of an hour."""
    week = {}
    for name in WEEKDAYS:
        count = draw(st.integers(0, 3))
        cuts = sorted(draw(st.sets(st.integers(0, 95), min_size=2 * count, max_size=2 * count)))
        week[name] = [f"{cut // 4:02}:{cut % 4 * 15:02}" for cut in cuts]
    return week


@given(calendars(), DAYS, st.integers(1, 30))
def test_law_working_days_are_added_and_counted_alike(calendar, day, count):
    later = calendar.add_working_days(day, count)

    assert calendar.is_working_day(later)
    assert calendar.working_days_between(day, later) == count


@given(calendars(), DAYS)
def test_law_no_working_day_lies_before_the_next_one(calendar, day):
    following = calendar.next_working_day(day)

    assert calendar.working_days(day, following) == (following,)


@given(calendars(), DAYS, st.integers(0, 60))
def test_law_the_days_listed_are_the_days_counted(calendar, day, span):
    listed = calendar.working_days(day + ONE_DAY, day + span * ONE_DAY)

    assert len(listed) == calendar.working_days_between(day, day + span * ONE_DAY)


@settings(max_examples=60, deadline=None)
@given(hours(), calendars(), ZONES, INSTANTS, st.integers(1, 1200))
def test_law_just_so_many_minutes_are_open_between_start_and_end(week, calendar, zone, start, minutes):
    start = start.replace(second=0, microsecond=0)
    opening = OpeningHours.of(week, zone, calendar)

    end = opening.after(start, minutes * MINUTE)

    if opening.by_weekday:
        assert open_minutes(opening, start, end) == minutes
        assert open_minutes(opening, start, end - MINUTE) < minutes


def open_minutes(opening: OpeningHours, start: datetime, end: datetime) -> int:
    """Count by asking of each piece of a quarter of an hour whether it lies in a span: slow and plain."""
    return sum(min(step, (end - at) // MINUTE) for at, step in pieces(start, end) if is_open(opening, at))


def pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
    """Give the time between in pieces within one quarter of the clock, with their minutes."""
    at = start
    while at < end:
        step = 15 - at.minute % 15
        yield at, step
        at += step * MINUTE


def is_open(opening: OpeningHours, at: datetime) -> bool:
    day = at.astimezone(opening.zone).date()
    return any(
        instant(day, opens, opening.zone) <= at < instant(day, closes, opening.zone)
        for opens, closes in opening.hours_on(day)
    )


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


@given(st.frozensets(DAYS, max_size=20), st.frozensets(DAYS, max_size=5))
def test_law_a_whole_break_adds_nothing_but_weekends_that_touch_it(holidays, made_up):
    breaks = whole_breaks(holidays, made_up)

    added = breaks - holidays
    assert holidays <= breaks
    assert all(day.weekday() >= 5 and day not in made_up for day in added)
    assert all({day - ONE_DAY, day + ONE_DAY} & breaks for day in added)


def test_a_made_up_day_is_open_by_the_hours_of_the_first_day_of_the_week():
    sunday, split = date(2026, 9, 20), ["09:00", "12:00", "13:30", "18:00"]
    calendar = WorkCalendar(frozenset(range(5)), made_up_days=frozenset({sunday}))

    opening = OpeningHours.of({"tue": split}, ZoneInfo("Asia/Shanghai"), calendar)

    assert opening.hours_on(sunday) == spans_of(split)


@given(INSTANTS, ZONES)
def test_law_the_local_day_holds_the_instant(at, zone):
    day = local_day(at, zone)

    assert instant(day, time.min, zone) <= at < instant(day + ONE_DAY, time.min, zone)
