"""When quiet hours end, how an hour fills up, what may be put off, and when several become one."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.domain.errors import Conflict
from api.domain.notice_kinds import NoticeKind
from api.domain.notice_timing import (
    FLOOD,
    HourOfOne,
    LiveNotice,
    NoticeIsOver,
    NoUseByThen,
    QuietHours,
    Snoozable,
    SnoozedEnough,
    becomes_digest,
    snoozed_until,
)
from tests.fakes import NOW

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(21), time(8), SHANGHAI)


@pytest.mark.parametrize(
    ("local", "allowed"),
    [
        ("2026-11-18 20:59:59", "2026-11-18 20:59:59"),
        ("2026-11-18 21:00:00", "2026-11-19 08:00:00"),
        ("2026-11-18 23:59:59", "2026-11-19 08:00:00"),
        ("2026-11-19 00:00:00", "2026-11-19 08:00:00"),
        ("2026-11-19 07:59:59", "2026-11-19 08:00:00"),
        ("2026-11-19 08:00:00", "2026-11-19 08:00:00"),
    ],
)
def test_quiet_hours_end_in_the_morning(local: str, allowed: str) -> None:
    def instant(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)

    assert NIGHT.next_allowed(instant(local)) == instant(allowed)


def test_quiet_hours_within_one_day() -> None:
    noon = QuietHours(time(12), time(14), SHANGHAI)

    assert noon.next_allowed(datetime(2026, 11, 18, 5, tzinfo=UTC)) == datetime(2026, 11, 18, 6, tzinfo=UTC)
    assert noon.next_allowed(datetime(2026, 11, 18, 13, tzinfo=UTC)) == datetime(2026, 11, 18, 13, tzinfo=UTC)


def test_equal_ends_mean_no_quiet_hours() -> None:
    assert QuietHours(time(8), time(8), SHANGHAI).next_allowed(NOW) == NOW


def test_the_night_in_which_clocks_change_ends_at_the_local_hour() -> None:
    night = QuietHours(time(21), time(8), BERLIN)

    before_summer = datetime(2026, 3, 28, 22, tzinfo=UTC)
    before_winter = datetime(2026, 10, 24, 22, tzinfo=UTC)

    assert night.next_allowed(before_summer) == datetime(2026, 3, 29, 6, tzinfo=UTC)
    assert night.next_allowed(before_winter) == datetime(2026, 10, 25, 7, tzinfo=UTC)


MINUTE = timedelta(minutes=1)


def test_what_the_cap_allows_leaves_at_once_and_the_next_when_the_hour_of_the_first_is_over() -> None:
    hour = HourOfOne()

    leave_at = [hour.leaves_at(cap=2, now=NOW + number * MINUTE) for number in range(4)]

    assert leave_at == [NOW, NOW + MINUTE, NOW + 60 * MINUTE, NOW + 60 * MINUTE]


def test_what_somebody_was_told_before_fills_his_hour() -> None:
    hour = HourOfOne(pushed=12, first_at=NOW - 20 * MINUTE)

    assert hour.leaves_at(cap=12, now=NOW) == NOW + 40 * MINUTE


def test_e8_a_kind_floods_somebody_beyond_three_times_the_cap() -> None:
    hour = HourOfOne()

    floods = [hour.floods(NoticeKind.CHURN_ALERT, cap=2) for _ in range(FLOOD * 2 + 1)]

    assert floods == [False] * 6 + [True]


def test_e8_many_kinds_together_are_no_flood() -> None:
    hour = HourOfOne()

    calm = [NoticeKind.CHURN_ALERT, NoticeKind.CASE_REPLIED, NoticeKind.FIELD_REPORT]

    assert not any(hour.floods(kind, cap=1) for kind in calm * 3)


REMINDER = Snoozable(live=False, over=False, snoozes=0, useful_until=NOW + timedelta(hours=12))


@pytest.mark.parametrize("minutes", [10, 30, 60, 180])
def test_what_is_put_off_comes_again_after_that_long(minutes: int) -> None:
    assert snoozed_until(REMINDER, minutes, now=NOW) == NOW + minutes * MINUTE


def test_it_can_be_put_off_a_second_time() -> None:
    assert snoozed_until(replace(REMINDER, snoozes=1), 10, now=NOW) == NOW + 10 * MINUTE


@pytest.mark.parametrize(
    ("notice", "refusal"),
    [
        (replace(REMINDER, live=True), LiveNotice),
        (replace(REMINDER, over=True), NoticeIsOver),
        (replace(REMINDER, snoozes=2), SnoozedEnough),
        (replace(REMINDER, useful_until=NOW + 30 * MINUTE), NoUseByThen),
    ],
    ids=["live", "over", "twice", "no use"],
)
def test_what_cannot_be_put_off(notice: Snoozable, refusal: type[Conflict]) -> None:
    with pytest.raises(refusal):
        snoozed_until(notice, 30, now=NOW)


@pytest.mark.parametrize(
    ("several", "has_phone", "digest"),
    [(1, True, False), (2, True, True), (2, False, False), (0, True, False)],
)
def test_several_become_one_where_there_is_a_phone(several: int, has_phone: bool, digest: bool) -> None:
    assert becomes_digest(several, has_phone=has_phone) is digest
