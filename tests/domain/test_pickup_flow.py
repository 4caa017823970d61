"""The fold of field events: what is possible when, and whose events count."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from api.domain.errors import NotFound
from api.domain.field_event import NotAssignee
from api.domain.pickup_flow import (
    NOT_POSSIBLE_YET,
    ArrivalUndoneTooLate,
    ArrivalUndoneTooOften,
    ConflictReason,
    Custody,
    Door,
    EventOutOfStep,
    cancellation_conflict,
    custody_conflict,
    step,
)
from api.domain.vocabulary import FieldEventType, PickupState, WaitState

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ME, OTHER = uuid4(), uuid4()
ASSIGNED = Door(PickupState.ASSIGNED)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def walk(*events: str, door: Door = ASSIGNED) -> Door:
    """Take the steps ten seconds apart."""
    for number, event in enumerate(events):
        door = step(door, FieldEventType(event), at=at(10 * number))
    return door


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (["departed"], PickupState.EN_ROUTE),
        (["departed", "arrived"], PickupState.AT_DOOR),
        (["arrived"], PickupState.AT_DOOR),
        (["arrived", "arrival_undone"], PickupState.EN_ROUTE),
        (["arrived", "handover_started"], PickupState.AT_DOOR),
        (["arrived", "handover_started", "collected"], PickupState.COLLECTED),
        (["arrived", "collected"], PickupState.COLLECTED),
        (["arrived", "left"], PickupState.LEFT),
        (["arrived", "left", "arrived"], PickupState.AT_DOOR),
    ],
)
def test_the_state_is_the_fold_of_the_events(events, state):
    assert walk(*events).state is state


@pytest.mark.parametrize(
    "events",
    [
        ["collected"],
        ["left"],
        ["handover_started"],
        ["arrival_undone"],
        ["arrived", "departed"],
        ["arrived", "collected", "arrived"],
        ["arrived", "collected", "left"],
        ["arrived", "left", "collected"],
        ["arrived", "handover_started", "arrival_undone"],
        ["arrived", "handover_started", "handover_started"],
    ],
)
def test_c6_steps_out_of_order_are_refused_naming_the_state(events):
    *before, last = events
    door = walk(*before)

    with pytest.raises(EventOutOfStep) as refused:
        step(door, FieldEventType(last), at=at(100))

    assert refused.value.details == {"state": door.state.value}


@pytest.mark.parametrize("state", [PickupState.BOOKED, PickupState.CANCELLED, PickupState.COLLECTED])
def test_nobody_arrives_where_nothing_is_to_be_done(state):
    with pytest.raises(EventOutOfStep):
        step(Door(state), FieldEventType.ARRIVED, at=START)


def test_c4_a_second_arrival_leaves_the_running_wait_alone():
    door = walk("arrived", "arrived")

    assert (door.wait, door.arrived_at) == (WaitState.OPEN, START)


def test_an_arrival_can_be_undone_to_its_sixtieth_second():
    arrived = walk("arrived")

    assert step(arrived, FieldEventType.ARRIVAL_UNDONE, at=at(60)).arrivals_undone == 1
    with pytest.raises(ArrivalUndoneTooLate):
        step(arrived, FieldEventType.ARRIVAL_UNDONE, at=at(60.001))


def test_a_third_undoing_is_refused():
    twice = walk("arrived", "arrival_undone", "arrived", "arrival_undone", "arrived")

    with pytest.raises(ArrivalUndoneTooOften):
        step(twice, FieldEventType.ARRIVAL_UNDONE, at=at(50))


def test_goods_can_be_collected_after_the_wait_was_abandoned():
    abandoned = Door(PickupState.AT_DOOR, wait=None)

    assert step(abandoned, FieldEventType.COLLECTED, at=START).state is PickupState.COLLECTED


def test_the_last_event_never_moves_back():
    later = Door(PickupState.ASSIGNED, last_event_at=at(10))

    assert step(later, FieldEventType.DEPARTED, at=START).last_event_at == at(10)


def test_the_assignee_has_no_conflict():
    assert custody_conflict(ME, assignee_id=ME, held=[], at=START) is None


def test_b2_whoever_never_had_the_pickup_does_not_find_it():
    with pytest.raises(NotFound):
        custody_conflict(ME, assignee_id=OTHER, held=[Custody(OTHER, START)], at=START)


def test_b3_what_happened_before_the_reassignment_is_kept_as_a_conflict():
    held = [Custody(ME, START, until=at(60)), Custody(OTHER, at(60))]

    assert custody_conflict(ME, assignee_id=OTHER, held=held, at=at(59)) is ConflictReason.REASSIGNED


def test_b3_what_happened_after_the_reassignment_is_refused():
    held = [Custody(ME, START, until=at(60)), Custody(OTHER, at(60))]

    with pytest.raises(NotAssignee):
        custody_conflict(ME, assignee_id=OTHER, held=held, at=at(60))


@pytest.mark.parametrize(("cancelled_at", "reason"), [(None, None), (at(1), ConflictReason.CANCELLED)])
def test_what_happened_before_a_cancellation_is_kept_as_a_conflict(cancelled_at, reason):
    assert cancellation_conflict(cancelled_at=cancelled_at, at=START) is reason


def test_what_happens_after_a_cancellation_is_refused_naming_the_state():
    with pytest.raises(EventOutOfStep) as refused:
        cancellation_conflict(cancelled_at=START, at=START)

    assert refused.value.details == {"state": "cancelled"}


def test_every_refusal_that_may_pass_has_a_reason_of_its_own():
    reasons = {ConflictReason(refusal.code) for refusal in NOT_POSSIBLE_YET}

    assert reasons == set(ConflictReason) - {ConflictReason.REASSIGNED, ConflictReason.CANCELLED}
