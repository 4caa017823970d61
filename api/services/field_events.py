"""Taking in what couriers' phones report: replays, order, and an outcome for each event.

What an event does to a pickup is in `door_steps`. A batch is one transaction; one bad item never fails it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.errors import DomainError, NotFound
from api.domain.event_time import corrected
from api.domain.field_event import Envelope, EventIdReused, FieldEvent, UnreadableEvent
from api.domain.geofence import trust
from api.domain.pickup_flow import ConflictReason, custody_conflict, time_conflict
from api.domain.principal import Principal
from api.domain.vocabulary import EventOutcome, PickupState, Trust, WaitState
from api.models import Wait
from api.queries.field_events import KnownEvent, PickupAtHand
from api.services import door_steps, feedback, leaves, notices, wait_timers
from api.services.door_steps import Doorman, Fact, Plan


@dataclass(frozen=True, slots=True)
class EventResult:
    """What a phone is told about one event. `told` is repeated word for word when the event comes again."""

    event_id: str | None
    outcome: EventOutcome
    told: dict[str, Any] = field(default_factory=dict)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Batch:
    """One batch on its way: what is known, what is written at the end, and each event's result."""

    courier_id: UUID
    hands: dict[UUID, PickupAtHand]
    known: dict[UUID, KnownEvent]
    rows: list[dict[str, Any]] = field(default_factory=list)


def take_in(
    session: Session,
    *,
    envelope: Envelope,
    events: Sequence[FieldEvent | UnreadableEvent],
    by: Principal,
    now: datetime,
) -> list[EventResult]:
    """Apply a phone's events in the order in which they happened; answer in the order they were sent.

    Never raises for an event: what cannot be done is that event's `rejected`, with its reason.
    """
    readable = [event for event in events if isinstance(event, FieldEvent)]
    batch = _Batch(
        by.staff_id,
        queries.field_events.at_hand(session, {event.pickup_id for event in readable}, by=by),
        queries.field_events.known(session, by.staff_id, {event.event_id for event in readable}),
    )
    doorman = Doorman(session, queries.branches.policy_view(session, by.branch_id), Plan(), now)
    results: dict[int, EventResult] = {}
    for place, fact in _in_order(events, envelope, batch, now):
        results[place] = _take_in_one(doorman, batch, fact)
    queries.field_events.write(session, batch.rows)
    _carry_out(doorman)
    return [results.get(place) or _unreadable(event) for place, event in enumerate(events)]


def _in_order(
    events: Sequence[FieldEvent | UnreadableEvent], envelope: Envelope, batch: _Batch, now: datetime
) -> list[tuple[int, Fact]]:
    """Return the readable events by corrected time, then `seq`, each with its place in the batch."""
    facts = []
    for place, event in enumerate(events):
        if isinstance(event, FieldEvent):
            time = corrected(event, envelope, received_at=now)
            hand = batch.hands.get(event.pickup_id)
            proven = Trust.UNKNOWN
            if hand is not None:
                proven = trust(event.position, hand.site, radius_m=hand.radius_m, replayed=time.replayed)
            facts.append((place, Fact(event, time, proven)))
    return sorted(facts, key=lambda item: (item[1].time.at, item[1].event.seq or 0, item[0]))


def _take_in_one(doorman: Doorman, batch: _Batch, fact: Fact) -> EventResult:
    event_id, body_hash = fact.event.event_id, fact.event.body_hash()
    earlier = batch.known.get(event_id)
    if earlier is not None:
        if earlier.body_hash != body_hash:
            return _rejected(fact.event, EventIdReused())
        return EventResult(str(event_id), EventOutcome.DUPLICATE, earlier.result)
    hand = batch.hands.get(fact.event.pickup_id)
    if hand is None:
        return _rejected(fact.event, NotFound())
    try:
        conflict = _conflict(hand, fact, batch.courier_id)
        wait = None if conflict else door_steps.take(doorman, hand, fact)
    except DomainError as refusal:
        return _rejected(fact.event, refusal)
    outcome = EventOutcome.CONFLICT if conflict else EventOutcome.APPLIED
    told = _told(outcome, conflict, wait, doorman.now)
    batch.known[event_id] = KnownEvent(body_hash, told)
    batch.rows.append(_row(fact, batch.courier_id, wait, told, doorman.now) | {"body_hash": body_hash})
    return EventResult(str(event_id), outcome, told)


def _conflict(hand: PickupAtHand, fact: Fact, courier_id: UUID) -> ConflictReason | None:
    pickup = hand.pickup
    ended_at = pickup.changed_at if pickup.state is PickupState.CANCELLED else None
    return custody_conflict(
        courier_id, assignee_id=pickup.courier_id, held=hand.held, at=fact.time.at
    ) or time_conflict(door_steps.door_of(hand), ended_at=ended_at, at=fact.time.at)


def _told(
    outcome: EventOutcome, conflict: ConflictReason | None, wait: Wait | None, now: datetime
) -> dict[str, Any]:
    told: dict[str, Any] = {"original_outcome": outcome.value}
    if conflict is not None:
        told["conflict"] = conflict.value
    if wait is not None:
        told["wait"] = queries.waits.view_of(wait, now=now).to_json()
    return told


def _row(
    fact: Fact, courier_id: UUID, wait: Wait | None, told: dict[str, Any], now: datetime
) -> dict[str, Any]:
    event, position = fact.event, fact.event.position
    return {
        "event_id": event.event_id,
        "courier_id": courier_id,
        "pickup_id": event.pickup_id,
        "wait_id": wait.id if wait else None,
        "type": event.type,
        "occurred_at": event.occurred_at,
        "effective_at": fact.time.at,
        "received_at": now,
        "quality": fact.time.quality,
        "late": fact.time.late,
        "boot_id": event.boot_id,
        "monotonic_ms": event.monotonic_ms,
        "seq": event.seq,
        "latitude": position.place.latitude if position else None,
        "longitude": position.place.longitude if position else None,
        "accuracy_m": position.accuracy_m if position else None,
        "mock": position.mock if position else None,
        "trust": fact.trust,
        "data": event.details.to_json(),
        "outcome": EventOutcome(told["original_outcome"]),
        "result": told,
    }


def _carry_out(doorman: Doorman) -> None:
    """Write what the batch planned: timers of the waits it touched, notices, ends of threads."""
    session, plan, now = doorman.session, doorman.plan, doorman.now
    loading_limit = timedelta(seconds=doorman.policy.policy.loading_limit_seconds)
    session.flush()
    fresh = [wait for wait in plan.opened.values() if wait.state is not WaitState.CLOSED]
    known = [wait for wait_id, wait in plan.changed.items() if wait_id not in plan.opened]
    wait_timers.arm(session, fresh, loading_limit=loading_limit, now=now)
    wait_timers.rearm(session, known, loading_limit=loading_limit, now=now)
    for wait in known:
        notices.supersede_thread(session, f"wait:{wait.id}", now=now)
    leaves.tell(session, plan.leaves, now=now)
    for pickup, at in plan.collected:
        feedback.expect(session, pickup=pickup, policy=doorman.policy.policy, now=at)


def _rejected(event: FieldEvent, refusal: DomainError) -> EventResult:
    return EventResult(str(event.event_id), EventOutcome.REJECTED, refusal=refusal)


def _unreadable(event: FieldEvent | UnreadableEvent) -> EventResult:
    assert isinstance(event, UnreadableEvent), "every readable event has a result"
    return EventResult(event.event_id, EventOutcome.REJECTED, refusal=event.refusal)
