"""Which step is taken when, counted from when a notice was decided."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.domain.business_hours import OpeningHours
from api.domain.notice_climbing import (
    ClimbsTo,
    Step,
    TimeUnit,
    Unacknowledged,
    climb,
    first_due_at,
    in_words,
)
from tests.fakes import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LADDER = (
    Step(1 * DAY, ClimbsTo.AGAIN),
    Step(3 * DAY, ClimbsTo.MANAGERS),
    Step(5 * DAY, ClimbsTo.ANOTHER_REP),
)
NINE_TO_FIVE = OpeningHours({day: ((time(9), time(17)),) for day in range(5)}, ZoneInfo("Asia/Shanghai"))


def hours() -> OpeningHours:
    return NINE_TO_FIVE


def unacknowledged(climbs: int = 0) -> Unacknowledged:
    return Unacknowledged(NOW, climbs, NOW + LADDER[climbs].after if climbs < len(LADDER) else NOW)


def test_the_first_step_is_due_so_long_after_the_decision():
    assert first_due_at(LADDER, NOW, useful_for=3 * DAY, hours=hours) == NOW + DAY


def test_what_climbs_no_further_is_waited_for_while_it_is_of_use():
    assert first_due_at((), NOW, useful_for=3 * DAY, hours=hours) == NOW + 3 * DAY


def test_working_time_passes_only_while_the_branch_is_open():
    step = Step(8 * HOUR, ClimbsTo.MANAGERS, working=True)

    due_at = step.due_at(NOW, hours)  # Wednesday, 09:30: half an hour is left for Thursday.

    assert due_at == NOW - timedelta(minutes=30) + DAY + timedelta(minutes=30)


def test_wall_time_asks_for_no_hours():
    def nobody_knows() -> OpeningHours:
        raise AssertionError("the hours of the branch do not matter")

    assert LADDER[0].due_at(NOW, nobody_knows) == NOW + DAY


def test_each_step_arms_the_next():
    taken = climb(LADDER, unacknowledged(), useful_for=3 * DAY, hours=hours, now=NOW + DAY)

    assert (taken.step, taken.climbs, taken.climbs_at) == (LADDER[0], 1, NOW + 3 * DAY)


def test_after_the_last_step_it_can_be_acknowledged_for_a_while():
    now = NOW + 5 * DAY

    taken = climb(LADDER, unacknowledged(2), useful_for=3 * DAY, hours=hours, now=now)

    assert (taken.step, taken.climbs, taken.climbs_at) == (LADDER[2], 3, now + 3 * DAY)


def test_then_nobody_is_waited_for_any_longer():
    taken = climb(LADDER, unacknowledged(3), useful_for=3 * DAY, hours=hours, now=NOW + 8 * DAY)

    assert (taken.step, taken.climbs, taken.climbs_at) == (None, 3, None)


def test_fault_6_after_downtime_only_the_highest_step_is_taken():
    taken = climb(LADDER, unacknowledged(), useful_for=3 * DAY, hours=hours, now=NOW + 4 * DAY)

    assert (taken.step, taken.climbs, taken.climbs_at) == (LADDER[1], 2, NOW + 5 * DAY)


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(minutes=10), (10, TimeUnit.MINUTES)),
        (timedelta(minutes=59, seconds=59), (59, TimeUnit.MINUTES)),
        (timedelta(hours=1), (1, TimeUnit.HOURS)),
        (timedelta(days=3, minutes=59), (72, TimeUnit.HOURS)),
    ],
)
def test_how_long_nobody_has_acknowledged_it_is_said_in_one_number(passed, said):
    assert in_words(passed) == said
