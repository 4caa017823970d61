"""How a wait ends: protected leaves, causes, and the two durations."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain.vocabulary import Grade, Quality, WaitCause
from api.domain.wait_ending import (
    LeaveReason,
    LeavingNeedsCause,
    WaitSpan,
    avoidable_wait,
    dwell,
    judge_leave,
    owner_is_told,
    worst,
)
from api.domain.wait_policy import WaitClock

ARRIVED = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CLOCK = WaitClock(ARRIVED, timedelta(seconds=300), ARRIVED + timedelta(seconds=300))


def after(seconds: float) -> datetime:
    return ARRIVED + timedelta(seconds=seconds)


def span(**changes: datetime | None) -> WaitSpan:
    usual = {
        "arrived_at": ARRIVED,
        "clock_started_at": after(60),
        "handover_started_at": after(200),
        "departed_at": after(400),
        "window_end": after(3600),
    }
    return WaitSpan(**(usual | changes))


def test_leaving_at_the_deadline_with_a_cause_and_in_place_is_protected():
    verdict = judge_leave(CLOCK, WaitCause.NOBODY_THERE, presence_proven=True, left_at=after(300))

    assert verdict.protected
    assert verdict.reason is LeaveReason.WAITED_LONG_ENOUGH


def test_leaving_before_the_deadline_is_not_protected():
    verdict = judge_leave(CLOCK, WaitCause.NOBODY_THERE, presence_proven=True, left_at=after(299))

    assert not verdict.protected
    assert verdict.reason is LeaveReason.BEFORE_DEADLINE


def test_leaving_before_the_deadline_needs_a_cause():
    with pytest.raises(LeavingNeedsCause):
        judge_leave(CLOCK, None, presence_proven=True, left_at=after(299))


def test_leaving_after_the_deadline_without_a_cause_is_not_protected():
    verdict = judge_leave(CLOCK, None, presence_proven=True, left_at=after(301))

    assert (verdict.protected, verdict.reason) == (False, LeaveReason.NO_CAUSE)


def test_a_leave_whose_place_is_not_proven_goes_to_review():
    verdict = judge_leave(CLOCK, WaitCause.NOBODY_THERE, presence_proven=False, left_at=after(301))

    assert not verdict.protected
    assert verdict.needs_review


@pytest.mark.parametrize(
    ("grade", "earlier", "told"),
    [(Grade.A, 0, True), (Grade.B, 0, True), (Grade.C, 0, False), (None, 0, False), (Grade.C, 1, True)],
)
def test_the_owner_hears_of_good_customers_at_once_and_of_others_the_second_time(grade, earlier, told):
    assert owner_is_told(grade, earlier_leaves=earlier) is told


def test_dwell_is_arrival_to_departure():
    assert dwell(span()) == timedelta(seconds=400)


def test_the_avoidable_wait_is_clock_start_to_handover():
    assert avoidable_wait(span(), None) == timedelta(seconds=140)


def test_the_avoidable_wait_lasts_to_departure_without_a_handover():
    assert avoidable_wait(span(handover_started_at=None), WaitCause.CLOSED) == timedelta(seconds=340)


def test_a_handover_while_early_leaves_no_avoidable_wait():
    assert avoidable_wait(span(clock_started_at=after(250)), None) == timedelta()


@pytest.mark.parametrize("cause", [WaitCause.ACCESS, WaitCause.COURIER_EARLY, WaitCause.OUR_DELAY])
def test_our_own_causes_are_not_the_customers_wait(cause):
    assert avoidable_wait(span(), cause) == timedelta()


@pytest.mark.parametrize(("minutes_after_window", "seconds"), [(10, 140), (10.1, 0)])
def test_coming_over_ten_minutes_after_the_window_is_not_the_customers_wait(minutes_after_window, seconds):
    window_end = ARRIVED - timedelta(minutes=minutes_after_window)

    assert avoidable_wait(span(window_end=window_end), None) == timedelta(seconds=seconds)


def test_a_duration_is_as_good_as_its_weakest_instant():
    assert worst(Quality.MEASURED, Quality.UNVERIFIED, Quality.ESTIMATED) is Quality.UNVERIFIED
