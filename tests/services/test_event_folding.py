"""The order in which events become known does not matter: what is stored is the fold of what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from api import services
from api.db import Database
from api.domain.field_event import Envelope, EventDetails, FieldEvent
from api.domain.pickup_flow import NOT_POSSIBLE_YET, Door, step
from api.domain.principal import Principal
from api.domain.vocabulary import (
    EventOutcome,
    FieldEventType,
    PickupState,
    Role,
    WaitCause,
    WaitOutcome,
    WaitState,
)
from api.domain.wait_ending import WaitSpan, avoidable_wait, dwell
from api.domain.wait_ladder import abandoned_at
from api.domain.wait_policy import PickupWindow, start_clock
from api.models import Branch, Pickup, StaffMember, Wait, WaitTimer
from api.models import FieldEvent as Stored
from tests import factories
from tests.fakes import NOW

SKEW = timedelta(minutes=40)
bounded = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Day:
    """One pickup whose events are made offline by one phone, its clock 40 min wrong, and sent in pieces."""

    database: Database
    courier: StaffMember
    pickup_id: UUID

    def event(self, seq: int, kind: str, at: datetime) -> FieldEvent:
        cause = WaitCause.GOODS_NOT_READY if kind == "left" else None
        return FieldEvent(
            uuid4(),
            self.pickup_id,
            FieldEventType(kind),
            at + SKEW,
            "boot-1",
            int((at - NOW).total_seconds() * 1000) + 1_000_000,
            seq,
            details=EventDetails(cause=cause),
        )

    def send(self, events: Sequence[FieldEvent], *, now: datetime) -> list[EventOutcome]:
        by = principal_of(self.courier)
        envelope = Envelope(now + SKEW, "boot-1", int((now - NOW).total_seconds() * 1000) + 1_000_000)
        with self.database.unit_of_work() as session:
            results = services.field_events.take_in(session, envelope=envelope, events=events, by=by, now=now)
        return [result.outcome for result in results]

    def sweep(self, *, now: datetime) -> None:
        with self.database.unit_of_work() as session:
            services.wait_timers.fire_due(session, limit=100, now=now)

    def story(self) -> dict[str, Any]:
        """Return what is stored, without ids, numbers of attempts, and waits that do not count."""
        with self.database.unit_of_work(read_only=True) as session:
            pickup = session.get_one(Pickup, self.pickup_id)
            waits = session.scalars(
                select(Wait).where(Wait.pickup_id == self.pickup_id).order_by(Wait.arrived_at)
            )
            counted = [_facts(wait) for wait in waits if wait.outcome is not WaitOutcome.UNDONE]
            armed = session.scalars(
                select(WaitTimer.kind)
                .join(Wait, Wait.id == WaitTimer.wait_id)
                .where(Wait.pickup_id == self.pickup_id, WaitTimer.state == "armed")
            ).all()
            outcomes = session.execute(
                select(Stored.seq, Stored.outcome).where(Stored.pickup_id == self.pickup_id)
            )
            return {
                "state": pickup.state,
                "undone": pickup.arrivals_undone,
                "last": pickup.last_event_at,
                "waits": counted,
                "armed": sorted(armed),
                "outcomes": sorted((seq or 0, outcome) for seq, outcome in outcomes),
            }


def recount(made: Sequence[tuple[int, str, datetime]]) -> tuple[Any, ...]:
    """Fold the raw events of a day by the rules alone: the pickup's state, and its waits that count."""
    door, waits = Door(PickupState.ASSIGNED), []
    window = PickupWindow(NOW, NOW + timedelta(hours=1))
    clock, handover_at = start_clock(NOW, window, limit=timedelta(seconds=300)), None
    end_of_day = (0, "", made[-1][2] + timedelta(hours=1))
    for _, kind, at in [*made, end_of_day]:
        if door.wait is WaitState.OPEN and at >= abandoned_at(clock):
            waits.append(("abandoned", door.arrived_at, None, None))
            door = replace(door, wait=None)
        try:
            after = step(door, FieldEventType(kind), at=at) if kind else door
        except NOT_POSSIBLE_YET:
            continue
        if after.wait is not None and door.wait is None:
            clock, handover_at = start_clock(at, window, limit=timedelta(seconds=300)), None
        elif kind == "handover_started":
            handover_at = at
        elif door.wait is not None and after.wait is None and kind != "arrival_undone":
            span = WaitSpan(door.arrived_at or at, clock.started_at, handover_at, at, window.end)
            lasted = dwell(span).total_seconds(), avoidable_wait(span, None).total_seconds()
            waits.append((kind, door.arrived_at, at, lasted))
        door = after
    if door.wait is not None:
        waits.append((None, door.arrived_at, None, None))
    return door.state, door.arrivals_undone, waits


def _in_short(wait: tuple[Any, ...]) -> tuple[Any, ...]:
    lasted = None if wait[10] is None else (wait[10], wait[11])
    return wait[1], wait[2], wait[6], lasted


def _facts(wait: Wait) -> tuple[Any, ...]:
    return (
        *(wait.state, wait.outcome, wait.arrived_at, wait.clock_started_at, wait.deadline_at),
        *(wait.handover_started_at, wait.departed_at, wait.cause, wait.protected, wait.needs_review),
        *(wait.dwell_seconds, wait.avoidable_wait_seconds, wait.trust, wait.quality),
    )


@pytest.fixture
def begin(database):
    """Begins the day of a pickup that was assigned to its courier."""

    def begin(courier: StaffMember | None = None) -> Day:
        with database.unit_of_work() as session:
            courier = courier or factories.make_staff(session)
            customer = factories.make_customer(session, branch_of(session, courier))
            pickup = factories.make_pickup(session, factories.make_site(session, customer), courier=courier)
        return Day(database, courier, pickup.id)

    return begin


def branch_of(session, staff):
    return session.get_one(Branch, staff.branch_id)


def principal_of(staff: StaffMember) -> Principal:
    return Principal(staff.id, staff.branch_id, staff.role, staff.locale, session_id=None)


KINDS = [kind.value for kind in FieldEventType]
TYPICAL = ["arrived", "left", "collected", "handover_started", "arrived", "arrival_undone"]
steps = st.lists(st.tuples(st.integers(1, 1500), st.sampled_from(KINDS + TYPICAL)), min_size=1, max_size=9)


@bounded
@given(steps=steps, cuts=st.lists(st.integers(1, 8), max_size=3), chance=st.randoms(use_true_random=False))
def test_c8_shuffled_and_split_batches_store_what_one_batch_in_order_stores(begin, steps, cuts, chance):
    straight, shuffled = begin(), begin()
    at, made = NOW, []
    for seq, (gap, kind) in enumerate(steps, start=1):
        at += timedelta(seconds=gap)
        made.append((seq, kind, at))
    sent_at = at + timedelta(hours=1)

    straight.send([straight.event(*each) for each in made], now=sent_at)
    events = [shuffled.event(*each) for each in made]
    chance.shuffle(events)
    edges = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    batches = [events[start:end] for start, end in pairwise(edges)]
    for number, batch in enumerate(batches):
        shuffled.send(batch, now=sent_at + timedelta(seconds=number))
    for day in (straight, shuffled):
        day.sweep(now=sent_at + timedelta(minutes=1))

    story = shuffled.story()
    assert story == straight.story()
    assert (story["state"], story["undone"], [_in_short(wait) for wait in story["waits"]]) == recount(made)
    assert len(story["outcomes"]) == len(made)

    again = sent_at + timedelta(minutes=2)
    for count in {1, len(events)}:
        assert set(shuffled.send(events[:count], now=again)) == {EventOutcome.DUPLICATE}
    assert shuffled.story() == story


def test_an_arrival_that_comes_after_its_collection_makes_it_count(begin):
    day = begin()
    arrived = day.event(1, "arrived", NOW)
    collected = day.event(2, "collected", NOW + timedelta(seconds=300))
    sent_at = NOW + timedelta(minutes=10)

    outcomes = [day.send([each], now=sent_at) for each in (collected, arrived)]

    assert outcomes == [[EventOutcome.CONFLICT], [EventOutcome.APPLIED]]
    story = day.story()
    assert (story["state"], story["armed"]) == ("collected", [])
    assert [wait[10] for wait in story["waits"]] == [300]
    assert story["outcomes"] == [(1, "applied"), (2, "applied")]


def test_an_earlier_arrival_moves_the_deadline_of_a_running_wait(begin):
    """A second phone of the courier was slower: the stay began with the first arrival."""
    day = begin()
    day.send([day.event(2, "arrived", NOW + timedelta(seconds=60))], now=NOW + timedelta(seconds=60))

    day.send([day.event(1, "arrived", NOW)], now=NOW + timedelta(seconds=70))

    (wait,) = day.story()["waits"]
    assert (wait[2], wait[4]) == (NOW, NOW + timedelta(seconds=300))
    assert day.story()["armed"] == ["nudge"]


def test_no_rung_is_told_again_because_the_clock_was_corrected(begin):
    day = begin()
    day.send([day.event(2, "arrived", NOW + timedelta(seconds=40))], now=NOW + timedelta(seconds=40))
    day.sweep(now=NOW + timedelta(seconds=290))

    day.send([day.event(1, "arrived", NOW)], now=NOW + timedelta(seconds=295))

    assert day.story()["armed"] == ["expire"]


def test_a_wait_that_was_given_up_is_taken_up_again_by_what_happened_before(begin):
    """The phone had no signal for an hour: the sweep had closed the wait as abandoned."""
    day = begin()
    day.send([day.event(1, "arrived", NOW)], now=NOW)
    day.sweep(now=NOW + timedelta(minutes=31))
    assert [wait[1] for wait in day.story()["waits"]] == [WaitOutcome.ABANDONED]

    day.send(
        [
            day.event(2, "handover_started", NOW + timedelta(minutes=4)),
            day.event(3, "collected", NOW + timedelta(minutes=6)),
        ],
        now=NOW + timedelta(hours=1),
    )

    (wait,) = day.story()["waits"]
    assert (wait[1], wait[10], wait[11]) == (WaitOutcome.COLLECTED, 360, 240)


def test_more_time_that_was_granted_survives_a_refold(begin):
    day = begin()
    day.send([day.event(2, "arrived", NOW + timedelta(seconds=10))], now=NOW + timedelta(seconds=10))
    with day.database.unit_of_work() as session:
        services.waits.request_extension(
            session, pickup_id=day.pickup_id, minutes=5, asked_by="contact", now=NOW + timedelta(seconds=20)
        )

    day.send([day.event(1, "arrived", NOW)], now=NOW + timedelta(seconds=30))

    (wait,) = day.story()["waits"]
    assert (wait[2], wait[4]) == (NOW, NOW + timedelta(seconds=610))


def test_events_of_an_earlier_courier_are_not_folded_again(begin, database):
    day = begin()
    day.send([day.event(1, "departed", NOW)], now=NOW)
    with database.unit_of_work() as session:
        other = factories.make_staff(session, branch_of(session, day.courier))
        dispatcher = factories.make_staff(session, branch_of(session, day.courier), role=Role.DISPATCHER)
        services.pickups.assign(
            session,
            pickup_id=day.pickup_id,
            courier_id=other.id,
            by=principal_of(dispatcher),
            now=NOW + timedelta(minutes=1),
        )
    theirs = replace(day, courier=other)

    for seq, kind, seconds in [(2, "collected", 400), (1, "arrived", 100)]:
        theirs.send(
            [theirs.event(seq, kind, NOW + timedelta(seconds=seconds))], now=NOW + timedelta(minutes=9)
        )

    story = theirs.story()
    assert (story["state"], [wait[10] for wait in story["waits"]]) == ("collected", [300])
