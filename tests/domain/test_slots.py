"""Free slots: opening hours cut up, less what couriers already have to do."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import WorkCalendar
from api.domain.slots import DAYS_AHEAD, Slot, SlotPlan, free, has_room

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
MONDAY = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)  # 09:10 in Shanghai.
HOUR = timedelta(hours=1)
NEVER = Slot(datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC))


def plan(couriers=1, hours=WEEK, zone=SHANGHAI, calendar=None, **numbers):
    policy = replace(BranchPolicy(), **{"pickups_per_courier_hour": 1, **numbers})
    return SlotPlan.of(policy, zone, hours, couriers=couriers, calendar=calendar)


def at(clock, day=0):
    """Return an instant by Shanghai's clock, `day` days after the Monday."""
    local = datetime.combine(MONDAY.date() + timedelta(days=day), time.fromisoformat(clock), SHANGHAI)
    return local.astimezone(UTC)


def slot(clock, day=0):
    return Slot(at(clock, day), at(clock, day) + HOUR)


def first_free(plan, booked=(), *, instead_of=NEVER, now=MONDAY, count=3):
    found = free(plan, list(booked), instead_of=instead_of, now=now)
    return [one for one, _ in zip(found, range(count), strict=False)]


def test_the_first_slot_begins_after_the_notice():
    assert first_free(plan()) == [slot("11:00"), slot("12:00"), slot("13:00")]


def test_a_slot_that_begins_just_at_the_notice_is_offered():
    assert first_free(plan(), now=at("10:00"), count=1) == [slot("11:00")]


def test_the_last_slot_ends_with_the_day():
    assert first_free(plan(), now=at("15:30")) == [slot("17:00"), slot("09:00", 1), slot("10:00", 1)]


def test_the_weekend_has_no_slots():
    assert first_free(plan(), now=at("17:30", day=4), count=1) == [slot("09:00", day=7)]


def test_a_holiday_has_no_slots_and_a_made_up_saturday_has_those_of_the_first_day():
    friday, saturday = MONDAY.date() + timedelta(days=4), MONDAY.date() + timedelta(days=5)
    calendar = WorkCalendar.of_hours(WEEK, holidays=[friday], made_up_days=[saturday])

    assert first_free(plan(calendar=calendar), now=at("17:30", day=3), count=1) == [slot("09:00", day=5)]


def test_a_day_in_two_pieces_has_no_slot_over_noon():
    hours = {"mon": ["09:00", "12:30", "13:30", "15:00"]}

    assert first_free(plan(hours=hours), now=at("09:30")) == [slot("11:00"), slot("13:30"), slot("09:00", 7)]


def test_a_day_with_other_hours_has_its_own_slots():
    hours = {**WEEK, "tue": ["13:00", "14:30"]}

    assert first_free(plan(hours=hours), now=at("17:30"), count=2) == [slot("13:00", 1), slot("09:00", 2)]


def test_a_branch_without_hours_is_open_from_nine_to_six():
    assert first_free(plan(hours={}), now=at("00:00", day=6), count=1) == [slot("09:00", 6)]


def test_slots_are_as_long_as_the_policy_says():
    assert first_free(plan(slot_minutes=30, pickups_per_courier_hour=2), count=1) == [
        Slot(at("10:30"), at("11:00"))
    ]


def test_a_full_slot_is_not_free():
    assert first_free(plan(), [slot("11:00")], count=1) == [slot("12:00")]


def test_every_courier_adds_room():
    booked = [slot("11:00")] * 3

    assert first_free(plan(couriers=3), booked, count=1) == [slot("12:00")]
    assert first_free(plan(couriers=4), booked, count=1) == [slot("11:00")]


def test_a_long_window_counts_in_each_slot_by_its_share():
    half_a_day = Slot(at("11:00"), at("15:00"))

    assert not has_room(plan(couriers=1), [half_a_day], slot("11:00"))
    assert has_room(plan(couriers=2), [half_a_day] * 4, slot("11:00"))
    assert not has_room(plan(couriers=2), [half_a_day] * 5, slot("11:00"))


def test_a_window_beside_the_slot_does_not_count():
    assert has_room(plan(), [slot("10:00"), slot("12:00")], slot("11:00"))


def test_the_time_that_does_not_suit_is_not_offered_again():
    assert first_free(plan(), instead_of=Slot(at("11:30"), at("12:30")), count=1) == [slot("13:00")]


def test_without_couriers_nothing_is_free():
    assert first_free(plan(couriers=0)) == []


def test_a_branch_that_is_full_for_two_weeks_offers_nothing():
    weeks = Slot(at("00:00"), at("00:00", DAYS_AHEAD + 2))

    assert first_free(plan(), [weeks] * 1000) == []


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_slots_keep_to_the_local_clock_when_it_changes(day):
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    hours = {"sun": ["09:00", "12:00"]}

    [first] = first_free(plan(hours=hours, zone=berlin), now=now, count=1)

    assert first.start.astimezone(berlin).time() == time(9)
    assert first.end - first.start == HOUR


def test_the_horizon_holds_every_slot():
    whole = plan()

    horizon = whole.horizon(now=MONDAY)

    assert all(horizon.start <= one.start and one.end <= horizon.end for one in whole.slots(now=MONDAY))
