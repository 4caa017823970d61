"""Taking in what couriers' phones report: replays, order, and an outcome for each event.

What an event does to a pickup is in `door_steps`, what comes of its order in `event_folding`. A batch is one
transaction; one bad item never fails it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.errors import DomainError, NotFound
from api.domain.event_time import EventTime, Fact, corrected
from api.domain.field_event import Envelope, EventIdReused, FieldEvent, UnreadableEvent
from api.domain.geofence import Sighting, is_impossible_journey, trust
from api.domain.pickup_flow import ConflictReason, cancellation_conflict, custody_conflict
from api.domain.principal import Principal
from api.domain.vocabulary import EventOutcome, PickupState, Quality, Trust, WaitState
from api.queries.field_events import Memory, PickupAtHand
from api.security_log import SecurityEvent, say
from api.services import (
    changes,
    event_folding,
    feedback,
    leaves,
    notices,
    promises,
    proofs,
    wait_timers,
)
from api.services.door_steps import Doorman, Plan
from api.services.event_folding import Verdict
from api.services.proofs import Mention


@dataclass(frozen=True, slots=True)
class EventResult:
    """What a phone is told about one event. `told` is repeated word for word when the event comes again."""

    event_id: str | None
    outcome: EventOutcome
    told: dict[str, Any] = field(default_factory=dict)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Batch:
    """One batch on its way: what is known, what is written at the end, each event's result by its place."""

    courier_id: UUID
    hands: dict[UUID, PickupAtHand]
    memory: Memory
    now: datetime
    rows: list[dict[str, Any]] = field(default_factory=list)
    results: dict[int, EventResult] = field(default_factory=dict)
    first_of: dict[UUID, tuple[int, str]] = field(default_factory=dict)
    """Place and body hash of each new event: a batch may name one twice."""


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
    memory = queries.field_events.known(session, by.staff_id, {event.event_id for event in readable})
    # A replay is answered from memory alone. Of twins sent at once the unique key stops the slower one,
    # whose unit of work then runs again and remembers.
    unknown = {event.pickup_id for event in readable if event.event_id not in memory.events}
    batch = _Batch(by.staff_id, queries.field_events.at_hand(session, unknown, by=by), memory, now)
    new, twins = _sort_out(batch, _believed(events, envelope, batch))
    if new:
        doorman = Doorman(session, queries.branches.policy_view(session, by.branch_id), Plan(), now)
        verdicts = event_folding.fold(doorman, batch.hands, [fact for _, fact in new])
        for place, fact in new:
            batch.results[place] = _answer(batch, fact, verdicts[fact.event.event_id])
        _carry_out(doorman)
    for place, first in twins:
        batch.results[place] = _again(batch.results[first])
    queries.field_events.write(session, batch.rows)
    proofs.mention(session, _mentions(batch.rows), now=now)
    return [batch.results.get(place) or _unreadable(event) for place, event in enumerate(events)]


def _believed(
    events: Sequence[FieldEvent | UnreadableEvent], envelope: Envelope, batch: _Batch
) -> Iterator[tuple[int, Fact]]:
    """Yield the readable events by corrected time, then `seq`, each with its place in the batch."""
    timed = [
        (place, event, corrected(event, envelope, received_at=batch.now))
        for place, event in enumerate(events)
        if isinstance(event, FieldEvent)
    ]
    seen = batch.memory.last_seen
    for place, event, time in sorted(timed, key=lambda item: (item[2].at, item[1].seq or 0, item[0])):
        yield place, Fact(event, time, _trust(batch.hands.get(event.pickup_id), event, time, seen))
        if event.position is not None and time.quality is not Quality.UNVERIFIED:
            seen = Sighting(event.position, time.at)


def _trust(hand: PickupAtHand | None, event: FieldEvent, time: EventTime, seen: Sighting | None) -> Trust:
    if hand is None:
        return Trust.UNKNOWN
    impossible = (
        event.position is not None
        and not time.replayed
        and is_impossible_journey(seen, Sighting(event.position, time.at))
    )
    return trust(
        event.position, hand.site, radius_m=hand.radius_m, replayed=time.replayed, impossible=impossible
    )


def _sort_out(
    batch: _Batch, facts: Iterator[tuple[int, Fact]]
) -> tuple[list[tuple[int, Fact]], list[tuple[int, int]]]:
    """Settle what needs no fold; return the new facts, and which places repeat which first one."""
    new, twins = [], []
    for place, fact in facts:
        try:
            first = _first_of(batch, place, fact)
            if first is not None:
                twins.append((place, first))
            elif place not in batch.results:
                conflict = _conflict(batch, fact)
                if conflict is None:
                    new.append((place, fact))
                else:
                    batch.results[place] = _answer(batch, fact, Verdict(conflict=conflict))
        except DomainError as refusal:
            say(SecurityEvent.ITEM_REFUSED, code=refusal.code, staff_id=str(batch.courier_id))
            batch.results[place] = EventResult(
                str(fact.event.event_id), EventOutcome.REJECTED, refusal=refusal
            )
    return new, twins


def _first_of(batch: _Batch, place: int, fact: Fact) -> int | None:
    """Return the place of the same event earlier in this batch; answer one that was stored before.

    Raises EventIdReused when its id was used for another body.
    """
    event_id, body_hash = fact.event.event_id, fact.event.body_hash()
    known = batch.memory.events.get(event_id)
    if known is not None:
        if known.body_hash != body_hash:
            raise EventIdReused()
        batch.results[place] = EventResult(str(event_id), EventOutcome.DUPLICATE, known.result)
        return None
    first, first_hash = batch.first_of.setdefault(event_id, (place, body_hash))
    if first_hash != body_hash:
        raise EventIdReused()
    return None if first == place else first


def _conflict(batch: _Batch, fact: Fact) -> ConflictReason | None:
    hand = batch.hands.get(fact.event.pickup_id)
    if hand is None:
        raise NotFound()
    pickup, at = hand.pickup, fact.time.at
    cancelled_at = pickup.changed_at if pickup.state is PickupState.CANCELLED else None
    return custody_conflict(
        batch.courier_id, assignee_id=pickup.courier_id, held=hand.held, at=at
    ) or cancellation_conflict(cancelled_at=cancelled_at, at=at)


def _answer(batch: _Batch, fact: Fact, verdict: Verdict) -> EventResult:
    event_id = str(fact.event.event_id)
    if verdict.refusal is not None:
        return EventResult(event_id, EventOutcome.REJECTED, refusal=verdict.refusal)
    told = _told(fact, verdict)
    batch.rows.append(_row(batch, fact, verdict, told))
    return EventResult(event_id, verdict.outcome, told)


def _again(first: EventResult) -> EventResult:
    """Return the result of an event that stands in the batch a second time."""
    if first.refusal is not None:
        return first
    return EventResult(first.event_id, EventOutcome.DUPLICATE, first.told)


def _told(fact: Fact, verdict: Verdict) -> dict[str, Any]:
    told: dict[str, Any] = {"original_outcome": verdict.outcome.value}
    if verdict.conflict is not None:
        told["conflict"] = verdict.conflict.value
    if verdict.shown is not None:
        told["wait"] = verdict.shown
    if fact.needs_override_reason:
        told["needs_override_reason"] = True
    return told


def _row(batch: _Batch, fact: Fact, verdict: Verdict, told: dict[str, Any]) -> dict[str, Any]:
    event, position = fact.event, fact.event.position
    return {
        "event_id": event.event_id,
        "courier_id": batch.courier_id,
        "pickup_id": event.pickup_id,
        "wait_id": verdict.wait_id,
        "type": event.type,
        "body_hash": batch.first_of[event.event_id][1],
        "occurred_at": event.occurred_at,
        "effective_at": fact.time.at,
        "received_at": batch.now,
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
        "outcome": verdict.outcome,
        "result": told,
    }


def _mentions(rows: Sequence[dict[str, Any]]) -> list[Mention]:
    """Return where pictures were named; a conflict's too, for what is kept is kept with its proof."""
    return [
        Mention(row["pickup_id"], row["courier_id"], row["data"]["proofs"], row["type"])
        for row in rows
        if "proofs" in row["data"]
    ]


def _carry_out(doorman: Doorman) -> None:
    """Write what the batch planned: its steps, timers of the waits it touched, notices, ends of threads."""
    session, plan, now = doorman.session, doorman.plan, doorman.now
    feedback.expect(session, plan.collected.values(), policy=doorman.policy.policy)
    known = [wait for wait_id, wait in plan.changed.items() if wait_id not in plan.opened]
    touched = [*known, *plan.opened.values()]
    queries.door_steps.move_pickups(session, plan.moved.values())
    queries.door_steps.change_waits(session, known)
    queries.door_steps.open_waits(session, plan.opened.values())
    changes.note(session, [*plan.moved.values(), *touched], now=now)
    fresh = [wait for wait in plan.opened.values() if wait.state is not WaitState.CLOSED]
    wait_timers.arm(session, fresh, now=now)
    wait_timers.rearm(session, known, earlier=plan.corrected, now=now)
    for wait in known:
        notices.supersede_thread(session, f"wait:{wait.id}", now=now)
    wait_timers.record_abandoned(session, plan.abandoned.values(), now=now)
    leaves.tell(session, list(plan.leaves.values()), now=now)
    ended = [(plan.moved[wait.pickup_id], wait) for wait in touched if wait.pickup_id in plan.moved]
    promises.learn(session, ended, policy=doorman.policy.policy, now=now)


def _unreadable(event: FieldEvent | UnreadableEvent) -> EventResult:
    assert isinstance(event, UnreadableEvent), "every readable event has a result"
    return EventResult(event.event_id, EventOutcome.REJECTED, refusal=event.refusal)
