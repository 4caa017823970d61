"""When a calendar rings: at local times, also on the day the clocks change."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from api.domain.visit_calendar import CalendarVisit, alarms

BERLIN = ZoneInfo("Europe/Berlin")
LONG_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)


def visit(day: date, starts_at: datetime | None = None, *, is_tentative: bool = False) -> CalendarVisit:
    return CalendarVisit(UUID(int=1), "Alpha GmbH", day, starts_at, is_tentative, 1, LONG_BEFORE)


@pytest.mark.parametrize(
    ("day", "evening", "morning"),
    [
        (date(2026, 3, 28), "2026-03-27T17:00", "2026-03-28T07:30"),
        (date(2026, 3, 29), "2026-03-28T17:00", "2026-03-29T06:30"),
        (date(2026, 3, 30), "2026-03-29T16:00", "2026-03-30T06:30"),
        (date(2026, 10, 25), "2026-10-24T16:00", "2026-10-25T07:30"),
    ],
)
def test_a_visit_of_the_day_rings_the_evening_before_and_in_the_morning(day, evening, morning):
    rings = alarms(visit(day), BERLIN, LONG_BEFORE)

    assert [at.isoformat()[:16] for at in rings] == [evening, morning]


def test_a_fixed_time_rings_an_hour_before_be_the_clocks_changed_in_between_or_not():
    half_past_three_after_the_change = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

    [at] = alarms(visit(date(2026, 3, 29), half_past_three_after_the_change), BERLIN, LONG_BEFORE)

    assert at == half_past_three_after_the_change - timedelta(hours=1)


def test_a_proposal_does_not_ring():
    assert alarms(visit(date(2026, 3, 28), is_tentative=True), BERLIN, LONG_BEFORE) == []


def test_what_is_past_does_not_ring():
    noon = datetime(2026, 3, 28, 11, 0, tzinfo=UTC)

    assert alarms(visit(date(2026, 3, 28)), BERLIN, noon) == []
