"""What follows from each answer and how long a retry waits."""

from datetime import timedelta

import pytest

from api.domain.delivery_policy import (
    LONGEST_PAUSE,
    LONGEST_STEP,
    MAX_ATTEMPTS,
    STOP,
    Answer,
    Attempt,
    backoff,
    what_follows,
)
from api.domain.vocabulary import DeliveryState
from tests.fakes import NOW

FIRST = Attempt(1, NOW + timedelta(hours=1), "a delivery")


def test_an_accepted_delivery_is_over() -> None:
    assert what_follows(Answer.accepted("projects/1"), FIRST, NOW).state is DeliveryState.ACCEPTED


def test_e7_a_gone_address_is_forgotten_and_not_tried_again() -> None:
    consequence = what_follows(Answer.address_gone("unregistered"), FIRST, NOW)

    assert consequence.state is DeliveryState.DEAD
    assert consequence.forget_address


def test_a_message_that_is_wrong_by_itself_is_dead_and_its_address_stays() -> None:
    consequence = what_follows(Answer.dead("invalid"), FIRST, NOW)

    assert consequence.state is DeliveryState.DEAD
    assert not consequence.forget_address


def test_what_is_not_wanted_any_more_is_suppressed() -> None:
    assert what_follows(Answer.suppressed("opted out"), FIRST, NOW).state is DeliveryState.SUPPRESSED


@pytest.mark.parametrize(
    ("asked_for", "pause"),
    [
        (timedelta(seconds=7), timedelta(seconds=7)),
        (None, timedelta(seconds=60)),
        (timedelta(days=30), LONGEST_PAUSE),
    ],
)
def test_too_many_pauses_the_whole_sender(asked_for: timedelta | None, pause: timedelta) -> None:
    consequence = what_follows(Answer.paused(asked_for, "quota"), FIRST, NOW)

    assert consequence.pause_sender == pause
    assert consequence.state is DeliveryState.PENDING
    assert not consequence.counts
    assert not consequence.alarm


def test_a_refused_credential_stops_the_sender_and_alarms_while_rows_wait() -> None:
    consequence = what_follows(Answer.refused("401"), FIRST, NOW)

    assert consequence.pause_sender == STOP
    assert consequence.alarm
    assert consequence.state is DeliveryState.PENDING


def test_a_failure_that_may_pass_is_tried_again_later() -> None:
    consequence = what_follows(Answer.retry("503"), FIRST, NOW)

    assert consequence.state is DeliveryState.PENDING
    assert consequence.next_at is not None
    assert NOW + timedelta(seconds=1) <= consequence.next_at <= NOW + timedelta(seconds=2)


def test_a_retry_never_lies_beyond_the_last_instant_of_use() -> None:
    short = Attempt(8, NOW + timedelta(seconds=3), "a delivery")

    assert what_follows(Answer.retry("503"), short, NOW).next_at == short.useful_until


def test_the_last_attempt_ends_dead() -> None:
    last = Attempt(MAX_ATTEMPTS, NOW + timedelta(hours=1), "a delivery")

    assert what_follows(Answer.retry("503"), last, NOW).state is DeliveryState.DEAD


def test_backoff_grows_to_its_longest_step_and_no_further() -> None:
    waits = [backoff(attempt, seed="a delivery") for attempt in range(1, 40)]

    assert timedelta(seconds=1) <= waits[0] <= timedelta(seconds=2)
    assert max(waits) <= LONGEST_STEP
    assert all(wait >= LONGEST_STEP / 2 for wait in waits[12:])


def test_rows_that_failed_together_do_not_come_back_together() -> None:
    waits = {backoff(5, seed=f"delivery {number}") for number in range(50)}

    assert len(waits) == 50
    assert backoff(5, seed="delivery 1") in waits
