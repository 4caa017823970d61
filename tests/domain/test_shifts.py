"""When a shift covers an instant."""

from datetime import timedelta

from api.domain.shifts import LONGEST_SHIFT, ShiftSpan, runs_since
from tests.fakes import NOW

HOUR = timedelta(hours=1)


def test_a_shift_covers_its_beginning_but_not_its_end():
    shift = ShiftSpan(NOW, NOW + HOUR)

    assert shift.covers(NOW)
    assert not shift.covers(NOW - timedelta(seconds=1))
    assert not shift.covers(NOW + HOUR)


def test_a_shift_that_nobody_ends_is_over_after_sixteen_hours():
    shift = ShiftSpan(NOW)

    assert shift.covers(NOW + LONGEST_SHIFT - timedelta(seconds=1))
    assert not shift.covers(NOW + LONGEST_SHIFT)


def test_an_end_that_comes_too_late_makes_a_shift_no_longer():
    assert ShiftSpan(NOW, NOW + 20 * HOUR).over_at == NOW + LONGEST_SHIFT


def test_an_open_shift_runs_if_it_began_after_the_longest_one_would_have():
    now = NOW + LONGEST_SHIFT

    assert not runs_since(now) < NOW
    assert NOW + timedelta(seconds=1) > runs_since(now)
