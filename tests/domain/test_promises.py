"""Which answers were in time, which of them promise something, and when a promise is kept."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain.promises import PromiseAccuracy, is_kept, is_promise, spoke_in_time
from api.domain.vocabulary import ReadinessAnswer

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "in_time"), [(-600, True), (0, True), (1, False)])
def test_an_answer_is_in_time_until_the_clock_starts(seconds, in_time):
    assert spoke_in_time(START + timedelta(seconds=seconds), START) is in_time


def test_silence_is_no_answer():
    assert not spoke_in_time(None, START)


def test_only_ready_is_a_promise():
    assert [answer for answer in ReadinessAnswer if is_promise(answer)] == [ReadinessAnswer.READY]
    assert not is_promise(None)


@pytest.mark.parametrize(("seconds", "kept"), [(0, True), (60, True), (61, False)])
def test_a_promise_is_kept_up_to_a_minute_of_waiting(seconds, kept):
    assert is_kept(timedelta(seconds=seconds)) is kept


def test_under_five_promises_no_share_is_told():
    assert PromiseAccuracy(promised=4, kept=4).share is None
    assert PromiseAccuracy(promised=5, kept=4).share == 0.8
