"""When a contact is asked, and what the answer means."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.domain import readiness
from api.domain.branch_policy import BranchPolicy
from api.domain.readiness import CourierHasArrived, MessagesSent, MinutesNotOffered, PingRules, Said
from api.domain.vocabulary import (
    Lateness,
    PickupState,
    ProposedStep,
    ReadinessAnswer,
    ReadinessColour,
    WaitColour,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = PingRules(
    zone=SHANGHAI,
    opens=time(8),
    closes=time(21),
    lead=timedelta(minutes=30),
    doubtful_lead=timedelta(minutes=45),
    reminder_lead=timedelta(minutes=10),
    messages_per_pickup=4,
    messages_per_contact_week=6,
)


def local(hour: int, minute: int = 0, *, day: int = 4) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=SHANGHAI)


def test_the_courier_is_expected_at_the_window_start_while_there_is_no_eta():
    assert readiness.expected_at(local(10), None) == local(10)


def test_an_eta_replaces_the_window_start():
    assert readiness.expected_at(local(10), local(11, 15)) == local(11, 15)


def test_the_first_ping_goes_thirty_minutes_before_the_courier():
    assert readiness.first_ping_at(local(10), local(12), RULES, lead=RULES.lead, now=local(7)) == local(9, 30)


def test_a_ping_whose_time_has_passed_goes_at_once():
    assert readiness.first_ping_at(local(10), local(12), RULES, lead=RULES.lead, now=local(9, 45)) == local(
        9, 45
    )


def test_a_ping_before_the_contacts_hours_waits_for_their_beginning():
    assert readiness.first_ping_at(local(8), local(10), RULES, lead=RULES.lead, now=local(5)) == local(8)


def test_no_ping_when_the_contacts_hours_begin_after_the_window():
    assert readiness.first_ping_at(local(7), local(8), RULES, lead=RULES.lead, now=local(5)) is None


def test_no_ping_at_the_very_end_of_the_contacts_hours():
    assert readiness.first_ping_at(local(21, 30), local(23), RULES, lead=RULES.lead, now=local(12)) is None


def test_a_night_ping_waits_for_the_morning_in_the_branchs_own_time_zone():
    night_in_utc = datetime(2026, 5, 4, 16, 30, tzinfo=UTC)

    moved = readiness.within_hours(night_in_utc, RULES)

    assert moved == local(8, day=5)
    assert moved.tzinfo is UTC


def test_who_is_often_not_ready_is_asked_earlier():
    assert (RULES.lead_where(is_doubtful=False), RULES.lead_where(is_doubtful=True)) == (
        timedelta(minutes=30),
        timedelta(minutes=45),
    )
    assert RULES.longest_lead == timedelta(minutes=45)


def test_a_contact_has_hours_of_his_own_or_the_branchs():
    policy = BranchPolicy(contact_hours_start=time(8), contact_hours_end=time(21))

    usual = PingRules.of(policy, SHANGHAI)
    own = PingRules.of(policy, SHANGHAI, own_hours=(time(10), time(12)))

    assert (usual.opens, usual.closes) == (time(8), time(21))
    assert (own.opens, own.closes) == (time(10), time(12))


@pytest.mark.parametrize(
    ("asked", "now", "reminded"),
    [
        ((9, 30), (9, 30), (9, 50)),  # As planned.
        ((9, 46), (9, 46), (9, 51)),  # Not sooner than five minutes after the question.
        ((9, 20), (9, 52), (9, 52)),  # He comes earlier than he was: at once.
        ((9, 50), (9, 52), (9, 55)),
        ((9, 51), (9, 52), None),  # Too late to pack anything.
        (None, (9, 30), (9, 50)),
    ],
)
def test_the_reminder_goes_ten_minutes_before_the_courier(asked, now, reminded):
    asked_at = local(*asked) if asked else None

    at = readiness.reminder_at(local(10), RULES, asked_at=asked_at, now=local(*now))

    assert at == (local(*reminded) if reminded else None)


def test_no_reminder_outside_the_contacts_hours():
    assert readiness.reminder_at(local(8, 5), RULES, asked_at=None, now=local(7)) is None


@pytest.mark.parametrize("state", [PickupState.BOOKED, PickupState.ASSIGNED, PickupState.EN_ROUTE])
def test_a_contact_is_asked_until_the_courier_is_there(state):
    assert readiness.may_be_asked(state, window_end=local(10), times_asked=1, now=local(9))


@pytest.mark.parametrize("state", [PickupState.AT_DOOR, PickupState.COLLECTED, PickupState.CANCELLED])
def test_nobody_is_asked_at_the_door_or_afterwards(state):
    assert not readiness.may_be_asked(state, window_end=local(10), times_asked=0, now=local(9))


def test_nobody_is_asked_a_third_time():
    assert not readiness.may_be_asked(PickupState.ASSIGNED, window_end=local(10), times_asked=2, now=local(9))


def test_nobody_is_asked_once_the_window_has_ended():
    assert not readiness.may_be_asked(
        PickupState.ASSIGNED, window_end=local(10), times_asked=0, now=local(10)
    )


@pytest.mark.parametrize(
    ("sent", "allowed"),
    [
        (MessagesSent(about_pickup=3, in_week=5), True),
        (MessagesSent(about_pickup=4, in_week=4), False),
        (MessagesSent(about_pickup=0, in_week=6), False),
    ],
)
def test_messages_stop_at_the_limits(sent, allowed):
    assert readiness.may_write(sent, RULES) is allowed


def test_a_branch_may_set_its_own_limits():
    assert not readiness.may_write(MessagesSent(1, 1), replace(RULES, messages_per_pickup=1))


def test_ready_is_a_promise_for_now():
    assert readiness.promised_ready_at(Said(ReadinessAnswer.READY), now=local(9)) == local(9)


@pytest.mark.parametrize("minutes", readiness.MINUTES_OFFERED)
def test_minutes_are_a_promise_from_now_on(minutes):
    promised = readiness.promised_ready_at(Said(ReadinessAnswer.IN_MINUTES, minutes), now=local(9))

    assert promised == local(9) + timedelta(minutes=minutes)


@pytest.mark.parametrize("answer", [ReadinessAnswer.ANOTHER_TIME, ReadinessAnswer.NOTHING_TODAY])
def test_other_answers_promise_nothing(answer):
    assert readiness.promised_ready_at(Said(answer), now=local(9)) is None


@pytest.mark.parametrize(
    ("answer", "minutes"),
    [
        (ReadinessAnswer.IN_MINUTES, None),
        (ReadinessAnswer.IN_MINUTES, 7),
        (ReadinessAnswer.READY, 5),
        (ReadinessAnswer.NOTHING_TODAY, 30),
    ],
)
def test_minutes_that_do_not_fit_the_answer_are_refused_by_name(answer, minutes):
    with pytest.raises(MinutesNotOffered) as refusal:
        readiness.promised_ready_at(Said(answer, minutes), now=local(9))

    assert "minutes" in refusal.value.details["errors"]


@pytest.mark.parametrize(
    ("promised", "verdict"),
    [
        (local(9, 50), Lateness.ON_TIME),
        (local(10, 5), Lateness.ON_TIME),
        (local(10, 5) + timedelta(seconds=1), Lateness.ANOTHER_STOP_FIRST),
        (local(10, 15), Lateness.ANOTHER_STOP_FIRST),
        (local(10, 15) + timedelta(seconds=1), Lateness.REBOOK),
        (None, Lateness.ON_TIME),
    ],
)
def test_lateness_has_its_edges_at_five_and_fifteen_minutes(promised, verdict):
    assert readiness.lateness(promised, local(10)) is verdict


@pytest.mark.parametrize(
    ("answer", "goods", "papers", "colour"),
    [
        (None, None, None, ReadinessColour.GREY),
        (ReadinessAnswer.READY, True, True, ReadinessColour.GREEN),
        (ReadinessAnswer.READY, None, None, ReadinessColour.GREEN),
        (ReadinessAnswer.READY, True, False, ReadinessColour.AMBER),
        (ReadinessAnswer.IN_MINUTES, True, True, ReadinessColour.AMBER),
        (ReadinessAnswer.ANOTHER_TIME, None, None, ReadinessColour.RED),
        (ReadinessAnswer.NOTHING_TODAY, None, None, ReadinessColour.RED),
    ],
)
def test_the_courier_sees_a_colour_and_silence_is_grey(answer, goods, papers, colour):
    assert readiness.colour_for(answer, goods_packed=goods, papers_printed=papers) is colour


SAYINGS = {
    "ready": Said(ReadinessAnswer.READY),
    "in 10": Said(ReadinessAnswer.IN_MINUTES, 10),
    "another time": Said(ReadinessAnswer.ANOTHER_TIME),
    "nothing": Said(ReadinessAnswer.NOTHING_TODAY),
}

# What becomes of an answer, by where the courier is. Whatever was said before: the newest answer counts.
TAKEN, STARTS, SAY_READY, ASK_MORE_TIME = "taken", "starts the clock", "ready", "extension"
AT_THE_DOOR = {
    None: {"ready": TAKEN, "in 10": TAKEN, "another time": TAKEN, "nothing": TAKEN},
    WaitColour.CLOSED: {"ready": TAKEN, "in 10": TAKEN, "another time": TAKEN, "nothing": TAKEN},
    WaitColour.EARLY: {
        "ready": STARTS,
        "in 10": SAY_READY,
        "another time": SAY_READY,
        "nothing": SAY_READY,
    },
    **{
        colour: dict.fromkeys(SAYINGS, ASK_MORE_TIME)
        for colour in (WaitColour.GREEN, WaitColour.AMBER, WaitColour.EXPIRED, WaitColour.HANDING_OVER)
    },
}


def _becomes(said: Said, at_door: WaitColour | None) -> str:
    try:
        return STARTS if readiness.starts_the_clock(said, at_door) else TAKEN
    except CourierHasArrived as refusal:
        return str(refusal.details["instead"])


@pytest.mark.parametrize("saying", SAYINGS)
@pytest.mark.parametrize("at_door", [None, *WaitColour])
def test_what_becomes_of_an_answer_by_where_the_courier_is(at_door, saying):
    assert _becomes(SAYINGS[saying], at_door) == AT_THE_DOOR[at_door][saying]


@pytest.mark.parametrize(
    ("answer", "promised", "step"),
    [
        (None, None, None),
        (ReadinessAnswer.READY, local(9), None),
        (ReadinessAnswer.IN_MINUTES, local(10, 15), None),
        (ReadinessAnswer.IN_MINUTES, local(10, 16), ProposedStep.REBOOKING),
        (ReadinessAnswer.ANOTHER_TIME, None, ProposedStep.REBOOKING),
        (ReadinessAnswer.NOTHING_TODAY, None, ProposedStep.CANCELLATION),
    ],
)
def test_what_an_answer_proposes_to_the_dispatchers(answer, promised, step):
    assert readiness.proposed_step(answer, promised, local(10)) is step
