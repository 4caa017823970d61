"""When a customer is due for a visit, how he stands until then, and what may be done with a visit."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.branch_policy import BranchPolicy
from api.domain.visit_cadence import (
    MetSomebodyElse,
    VisitInThePast,
    VisitNotOpen,
    VisitNotYetDue,
    VisitStartsOnAnotherDay,
    VisitTimesOverlap,
    cadence,
    check_apart,
    check_met,
    check_missed,
    check_open,
    check_plan,
    due_on,
    due_soon_days,
    standing,
)
from api.domain.vocabulary import Grade, VisitDue, VisitState

TODAY = date(2026, 6, 1)
POLICY = BranchPolicy()
SHANGHAI = ZoneInfo("Asia/Shanghai")


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


def test_a_new_customer_is_due_within_two_weeks_whatever_his_grade() -> None:
    assert due_on(None, TODAY, cadence(POLICY, Grade.C)) == TODAY + timedelta(days=14)


def test_who_was_visited_is_due_one_cadence_later() -> None:
    last = TODAY - timedelta(days=10)

    assert due_on(last, TODAY - timedelta(days=400), cadence(POLICY, Grade.B)) == TODAY + timedelta(days=20)


@given(last=st.dates(date(2020, 1, 1), date(2030, 1, 1)), every=st.integers(1, 365))
def test_law_a_customer_is_overdue_from_the_day_after_his_due_day(last: date, every: int) -> None:
    due = due_on(last, last, timedelta(days=every))

    assert standing(last, due, timedelta(days=every)) is not VisitDue.OVERDUE
    assert standing(last, due + timedelta(days=1), timedelta(days=every)) is VisitDue.OVERDUE


@given(every=st.integers(1, 365), elapsed=st.integers(0, 800))
def test_law_a_customer_only_ever_gets_more_due(every: int, elapsed: int) -> None:
    order = [VisitDue.ON_TRACK, VisitDue.DUE_SOON, VisitDue.OVERDUE]
    last = TODAY - timedelta(days=elapsed)

    now, tomorrow = (
        order.index(standing(last, day, timedelta(days=every))) for day in (TODAY, TODAY + timedelta(days=1))
    )

    assert now <= tomorrow


@given(every=st.integers(2, 365))
def test_law_due_soon_begins_on_its_first_whole_day(every: int) -> None:
    soon = due_soon_days(timedelta(days=every))

    assert standing(TODAY - timedelta(days=soon), TODAY, timedelta(days=every)) is VisitDue.DUE_SOON
    assert standing(TODAY - timedelta(days=soon - 1), TODAY, timedelta(days=every)) is VisitDue.ON_TRACK


@pytest.mark.parametrize(("minutes", "allowed"), [(44, False), (45, True), (-44, False), (-45, True)])
def test_fixed_times_lie_45_minutes_apart(minutes: int, allowed: bool) -> None:
    two = datetime(2026, 6, 2, 6, 0, tzinfo=UTC)

    with nullcontext() if allowed else pytest.raises(VisitTimesOverlap):
        check_apart(two, [two + timedelta(minutes=minutes)])


def test_a_day_without_an_hour_is_near_to_nothing() -> None:
    check_apart(None, [datetime(2026, 6, 2, 6, 0, tzinfo=UTC)])


def test_a_visit_is_missed_on_its_day_at_the_earliest() -> None:
    check_missed(TODAY, TODAY)
    with pytest.raises(VisitNotYetDue):
        check_missed(TODAY + timedelta(days=1), TODAY)


def test_whom_one_met_belongs_to_the_customer() -> None:
    theirs, strange = UUID(int=1), UUID(int=2)

    check_met([theirs], [theirs])
    with pytest.raises(MetSomebodyElse):
        check_met([theirs, strange], [theirs])


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
