"""A day's list: what is lost first stands first, and a cursor knows where it stopped."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from api.domain.agenda import AgendaItem, DayOutOfReach, Loss, check_day, loss_by_deadline, loss_of_visit
from api.domain.vocabulary import AgendaKind, Grade

TODAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)


def item(number: int, loss: Loss, grade: Grade | None = Grade.B, **more) -> AgendaItem:
    return AgendaItem(AgendaKind.VISIT, UUID(int=number), UUID(int=0), "C1", "东方贸易", grade, loss, **more)


def test_loss_goes_before_grade_grade_before_value_and_value_before_age():
    in_order = [
        item(1, Loss.CUSTOMER, Grade.A, value_at_risk_minor=100),
        item(2, Loss.CUSTOMER, Grade.B, value_at_risk_minor=9_000),
        item(3, Loss.CUSTOMER, Grade.B, value_at_risk_minor=100),
        item(4, Loss.APPOINTMENT, Grade.C, due_at=NOON),
        item(5, Loss.APPOINTMENT, Grade.A, due_at=NOON + timedelta(hours=2)),
        item(6, Loss.DAY, Grade.A, due_on=TODAY - timedelta(days=1)),
        item(7, Loss.DAY, Grade.A, due_on=TODAY),
        item(8, Loss.DAY, None, due_on=TODAY - timedelta(days=9)),
        item(9, Loss.NOTHING, Grade.A),
    ]

    for shuffled in permutations(in_order[:4]):
        ordered = sorted([*reversed(in_order[4:]), *shuffled], key=lambda one: one.key)
        assert [one.subject_id.int for one in ordered] == list(range(1, 10))


@pytest.mark.parametrize(
    ("visit", "loss"),
    [
        ({"is_proposal": True, "has_hour": False, "is_overdue": True}, Loss.NOTHING),
        ({"is_proposal": False, "has_hour": True, "is_overdue": False}, Loss.APPOINTMENT),
        ({"is_proposal": False, "has_hour": True, "is_overdue": True}, Loss.PROMISE),
        ({"is_proposal": False, "has_hour": False, "is_overdue": False}, Loss.DAY),
    ],
)
def test_a_visit_counts_by_what_was_promised(visit, loss):
    assert loss_of_visit(**visit) is loss


@pytest.mark.parametrize(
    ("deadline", "loss"),
    [
        (NOON - timedelta(seconds=1), Loss.PROMISE),
        (NOON, Loss.TIME),
        (None, Loss.TIME),
    ],
)
def test_a_deadline_before_the_end_of_the_day_is_a_promise(deadline, loss):
    assert loss_by_deadline(deadline, NOON) is loss


@pytest.mark.parametrize(("ahead", "allowed"), [(-1, False), (0, True), (31, True), (32, False)])
def test_a_day_from_today_to_a_month_ahead_can_be_looked_at(ahead, allowed):
    day = TODAY + timedelta(days=ahead)

    if allowed:
        check_day(day, TODAY)
        return
    with pytest.raises(DayOutOfReach):
        check_day(day, TODAY)
