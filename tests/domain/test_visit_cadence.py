"""Who is due for a visit, in what order, and when the morning list is ready."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from api.domain.branch_policy import BranchPolicy
from api.domain.visit_cadence import (
    Acquaintance,
    VisitInThePast,
    VisitNotOpen,
    VisitStartsOnAnotherDay,
    cadence,
    check_open,
    check_plan,
    morning_of,
    most_urgent,
    standing,
)
from api.domain.vocabulary import Grade, VisitDue, VisitState

TODAY = date(2026, 6, 1)
POLICY = BranchPolicy()
REP = UUID(int=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("days_ago", "due"),
    [
        (None, VisitDue.NEVER),
        (11, VisitDue.ON_TRACK),
        (12, VisitDue.DUE_SOON),
        (14, VisitDue.DUE_SOON),
        (15, VisitDue.OVERDUE),
    ],
)
def test_a_grade_a_customer_is_due_every_14_days(days_ago: int | None, due: VisitDue) -> None:
    last = None if days_ago is None else TODAY - timedelta(days=days_ago)

    assert standing(last, TODAY, cadence(POLICY, Grade.A)) is due


@pytest.mark.parametrize(("grade", "days"), [(Grade.A, 14), (Grade.B, 30), (Grade.C, 90), (None, 90)])
def test_the_cadence_goes_by_grade(grade: Grade | None, days: int) -> None:
    assert cadence(POLICY, grade) == timedelta(days=days)


def known(number: int, grade: Grade | None, days_ago: int | None, *, red: bool = False) -> Acquaintance:
    last = None if days_ago is None else TODAY - timedelta(days=days_ago)
    return Acquaintance(UUID(int=number), REP, grade, last, red)


def test_red_alerts_come_first_then_the_longest_overdue_then_the_never_visited_by_grade() -> None:
    customers = [
        known(1, Grade.C, None),
        known(2, Grade.A, None),
        known(3, Grade.A, 42),
        known(4, Grade.B, 31),
        known(5, Grade.C, 10, red=True),
        known(6, Grade.A, 13),
    ]

    order = [one.customer_id.int for one in most_urgent(customers, TODAY, POLICY)]

    assert order == [5, 3, 4, 2, 1]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        pytest.param(datetime(2026, 6, 1, 0, 29, tzinfo=UTC), None, id="before 08:30"),
        pytest.param(datetime(2026, 6, 1, 0, 30, tzinfo=UTC), date(2026, 6, 1), id="at 08:30"),
        pytest.param(datetime(2026, 6, 1, 9, 59, tzinfo=UTC), date(2026, 6, 1), id="late, after an outage"),
        pytest.param(datetime(2026, 6, 1, 10, 0, tzinfo=UTC), None, id="from 18:00 it is of no use"),
        pytest.param(datetime(2026, 6, 1, 16, 0, tzinfo=UTC), None, id="past local midnight"),
    ],
)
def test_the_morning_list_is_ready_from_half_past_eight_local(now: datetime, day: date | None) -> None:
    assert morning_of(now, SHANGHAI) == day


@pytest.mark.parametrize(
    ("day", "utc_hour"), [(date(2026, 3, 28), 7), (date(2026, 3, 29), 6), (date(2026, 10, 25), 7)]
)
def test_the_morning_keeps_its_local_time_across_a_clock_change(day: date, utc_hour: int) -> None:
    at = datetime(day.year, day.month, day.day, utc_hour, 30, tzinfo=UTC)

    assert morning_of(at, BERLIN) == day
    assert morning_of(at - timedelta(seconds=1), BERLIN) is None


@pytest.mark.parametrize("state", [VisitState.COMPLETED, VisitState.CANCELLED, VisitState.MISSED])
def test_a_visit_that_is_over_stays_so(state: VisitState) -> None:
    with pytest.raises(VisitNotOpen):
        check_open(state)


def test_today_in_the_branch_is_not_in_the_past() -> None:
    just_past_midnight_in_shanghai = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)

    check_plan(date(2026, 6, 1), None, just_past_midnight_in_shanghai, SHANGHAI)
    with pytest.raises(VisitInThePast):
        check_plan(date(2026, 5, 31), None, just_past_midnight_in_shanghai, SHANGHAI)


def test_a_fixed_time_lies_on_its_own_local_day() -> None:
    now = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)
    nine_in_shanghai = datetime(2026, 6, 2, 1, 0, tzinfo=UTC)

    check_plan(date(2026, 6, 2), nine_in_shanghai, now, SHANGHAI)
    with pytest.raises(VisitStartsOnAnotherDay):
        check_plan(date(2026, 6, 1), nine_in_shanghai, now, SHANGHAI)
