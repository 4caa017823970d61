"""The sender's breaker: what stops it, the one message that tries again, and how it picks up speed."""

from datetime import timedelta

import pytest

from api.domain.delivery_policy import STOP, Answer, Attempt, what_follows
from api.domain.sender_breaker import (
    FIRST_SLOTS,
    MAIL_SLOTS,
    OUTAGE,
    SLOTS,
    Standing,
    most_slots,
    slots_of_run,
)
from api.domain.vocabulary import Channel
from tests.fakes import NOW

ATTEMPT = Attempt(number=1, useful_until=NOW + timedelta(hours=1), seed="one")
WELL = Answer.accepted("name")
FAILED = Answer.retry("503")
REFUSED = Answer.refused("401")


def after(standing, *answers, now=NOW):
    said = [(answer, what_follows(answer, ATTEMPT, now)) for answer in answers]
    return standing.after(said, most=SLOTS, now=now)


def test_good_answers_leave_a_free_sender_free():
    assert after(Standing(), WELL, WELL) == Standing()


def test_fault_23_a_refused_credential_opens_the_circuit_and_is_an_alarm():
    standing = after(Standing(), WELL, REFUSED)

    assert standing.paused_until == NOW + STOP
    assert standing.refused_at == NOW
    assert standing.may_send(0, NOW) == 0


def test_fault_23_when_the_stop_is_over_one_message_is_sent_and_no_more():
    stopped = after(Standing(), REFUSED)
    over = NOW + STOP

    assert stopped.may_send(0, over) == 1
    assert stopped.may_send(1, over) == 0


def test_a_refused_probe_opens_it_again_and_the_alarm_goes_on():
    stopped = after(Standing(), REFUSED)
    later = NOW + STOP

    again = after(stopped, REFUSED, now=later)

    assert again.paused_until == later + STOP
    assert again.refused_at == NOW


def test_a_good_probe_ends_the_alarm_and_lets_two_follow():
    stopped = after(Standing(), REFUSED)

    mended = after(stopped, WELL, now=NOW + STOP)

    assert mended == Standing(slots=2)


def test_an_answer_from_before_the_stop_does_not_end_it():
    stopped = after(Standing(), REFUSED)

    late = after(stopped, WELL, now=NOW + timedelta(seconds=1))

    assert late == stopped


def test_fault_20_each_good_answer_is_worth_a_slot_until_all_are_there():
    standing, rounds = Standing(slots=1), []
    while standing.slots is not None:
        rounds.append(standing.slots)
        standing = after(standing, *[WELL] * standing.slots)

    assert rounds == [1, 2, 4, 8, 16, 32, 64]
    assert standing == Standing()


def test_fault_20_failures_in_a_row_are_an_outage():
    standing = Standing()
    for _ in range(OUTAGE - 1):
        standing = after(standing, FAILED)
    assert standing.slots is None

    assert after(standing, FAILED).slots == 1


def test_a_failure_among_good_answers_is_no_outage():
    standing = Standing(failures=OUTAGE - 1)

    assert after(standing, FAILED, WELL, FAILED) == Standing()


def test_an_address_that_is_gone_shows_that_the_service_is_well():
    assert after(Standing(slots=1), Answer.address_gone("UNREGISTERED")) == Standing(slots=2)


def test_fault_21_after_a_pause_that_was_asked_for_it_feels_its_way_too():
    paused = after(Standing(), Answer.paused(timedelta(seconds=90), "quota"))

    assert paused.paused_until == NOW + timedelta(seconds=90)
    assert paused.refused_at is None
    assert paused.may_send(0, NOW + timedelta(seconds=90)) == 1


def test_the_longer_pause_of_an_operator_stays():
    until = NOW + timedelta(days=1)
    held = Standing().paused(until, "moving house")

    assert after(held, Answer.paused(None, "quota")).paused_until == until
    assert after(held, Answer.paused(None, "quota")).reason == "moving house"


def test_resuming_sends_one_message_first():
    resumed = Standing().paused(NOW + timedelta(days=1), "moving house").resumed()

    assert resumed.may_send(0, NOW) == 1


def test_mail_servers_get_fewer_at_once():
    assert most_slots(Channel.EMAIL) == MAIL_SLOTS
    assert most_slots(Channel.PUSH) == SLOTS


def test_a_channel_with_few_slots_is_free_as_soon_as_it_has_them():
    said = [(WELL, what_follows(WELL, ATTEMPT, NOW))] * 4

    assert Standing(slots=4).after(said, most=MAIL_SLOTS, now=NOW) == Standing()


@pytest.mark.parametrize(
    ("channel", "settled", "slots"),
    [
        (Channel.PUSH, 0, FIRST_SLOTS),
        (Channel.PUSH, FIRST_SLOTS, 2 * FIRST_SLOTS),
        (Channel.PUSH, 10_000, SLOTS),
        (Channel.EMAIL, 10_000, MAIL_SLOTS),
    ],
)
def test_a_run_widens_by_each_send_that_it_has_settled_until_all_slots_are_open(
    channel: Channel, settled: int, slots: int
) -> None:
    assert slots_of_run(channel, settled=settled) == slots
