"""Which answers were in time, which of them promise something, and when a promise is kept."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain.branch_policy import BranchPolicy
from api.domain.promises import PromiseAccuracy, accuracy, is_kept, is_promise, spoke_in_time
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


@pytest.mark.parametrize(
    ("promised", "kept", "doubtful", "hopeless"),
    [
        (20, 14, False, False),
        (20, 13, True, False),
        (10, 7, False, False),
        (10, 4, True, False),
        (20, 7, True, True),
        (5, 0, True, True),
        (4, 0, False, False),
        (0, 0, False, False),
    ],
)
def test_under_70_percent_couriers_are_warned_and_under_40_the_owner_is(promised, kept, doubtful, hopeless):
    seen = PromiseAccuracy(promised, kept)

    assert (seen.is_doubtful(BranchPolicy()), seen.is_hopeless(BranchPolicy())) == (doubtful, hopeless)


def test_a_branch_sets_its_own_thresholds():
    strict = BranchPolicy(promise_warning_percent=90, promise_report_percent=0)

    assert PromiseAccuracy(10, 8).is_doubtful(strict)
    assert not PromiseAccuracy(10, 0).is_hopeless(strict)


def test_only_ready_counts_among_the_answers():
    answered = [
        (ReadinessAnswer.READY, timedelta(seconds=60)),
        (ReadinessAnswer.READY, timedelta(seconds=61)),
        (ReadinessAnswer.IN_MINUTES, timedelta(seconds=900)),
    ]

    assert accuracy(answered) == PromiseAccuracy(promised=2, kept=1)
