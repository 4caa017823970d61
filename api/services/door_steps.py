"""What one field event does to a pickup and its wait; `domain.pickup_flow` decides whether it is possible.

Rows are changed, timers and notices only planned: the batch writes them once, at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries
from api.domain.event_time import EventTime
from api.domain.field_event import FieldEvent
from api.domain.geofence import proves_presence
from api.domain.pickup_flow import Door, step
from api.domain.vocabulary import FieldEventType, Trust, WaitOutcome, WaitState
from api.domain.wait_ending import WaitSpan, avoidable_wait, dwell, judge_leave, worst
from api.domain.wait_policy import PickupWindow, start_clock
from api.models import Pickup, Wait
from api.queries.branches import PolicyView
from api.queries.field_events import PickupAtHand
from api.services.leaves import Leave


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as it is believed: when it happened, and how well the place is proven."""

    event: FieldEvent
    time: EventTime
    trust: Trust


@dataclass(slots=True)
class Plan:
    """What a batch leads to besides changed rows: timers, words about leaves, ratings to ask for."""

    opened: dict[UUID, Wait] = field(default_factory=dict)
    changed: dict[UUID, Wait] = field(default_factory=dict)
    leaves: list[Leave] = field(default_factory=list)
    collected: list[tuple[Pickup, datetime]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Doorman:
    """What the steps of one batch share."""

    session: Session
    policy: PolicyView
    plan: Plan
    now: datetime


def door_of(hand: PickupAtHand) -> Door:
    return Door(
        state=hand.pickup.state,
        wait=hand.wait.state if hand.wait else None,
        arrived_at=hand.wait.arrived_at if hand.wait else None,
        arrivals_undone=hand.pickup.arrivals_undone,
        last_event_at=hand.pickup.last_event_at,
    )


def take(doorman: Doorman, hand: PickupAtHand, fact: Fact) -> Wait | None:
    """Apply one event and return the wait it is about, if any.

    Raises what `pickup_flow.step` and `wait_ending.judge_leave` raise; nothing is changed then.
    """
    # Within the jitter of requests an event may seem older than the last one: it is not.
    at = max(fact.time.at, hand.pickup.last_event_at or fact.time.at)
    before, after = door_of(hand), step(door_of(hand), fact.event.type, at=at)
    wait = hand.wait
    if before.wait is None and after.wait is not None:
        wait = _open(doorman, hand, fact, at)
    elif (change := _CHANGES.get(fact.event.type)) is not None:
        change(doorman, hand, fact, at)
    hand.pickup.state = after.state
    hand.pickup.arrivals_undone = after.arrivals_undone
    hand.pickup.last_event_at = after.last_event_at
    hand.pickup.changed_at = doorman.now
    return wait


def _open(doorman: Doorman, hand: PickupAtHand, fact: Fact, at: datetime) -> Wait:
    pickup = hand.pickup
    assert pickup.courier_id is not None, "only the assignee's events count"
    limit = timedelta(seconds=doorman.policy.policy.wait_limit_for(hand.grade))
    window = PickupWindow(pickup.window_start, pickup.window_end, pickup.promised_ready_at)
    clock = start_clock(at, window, limit=limit)
    hand.attempts += 1
    hand.wait = Wait(
        id=uuid7(),
        branch_id=pickup.branch_id,
        pickup_id=pickup.id,
        courier_id=pickup.courier_id,
        attempt=hand.attempts,
        state=WaitState.OPEN,
        arrived_at=at,
        clock_started_at=clock.started_at,
        limit_seconds=int(limit.total_seconds()),
        deadline_at=clock.deadline_at,
        generation=clock.generation,
        policy_version=doorman.policy.version,
        trust=fact.trust,
        quality=fact.time.quality,
        protected=False,
        needs_review=False,
        created_at=doorman.now,
    )
    doorman.session.add(hand.wait)
    doorman.plan.opened[hand.wait.id] = hand.wait
    return hand.wait


def _undo(doorman: Doorman, hand: PickupAtHand, fact: Fact, at: datetime) -> None:
    _close(doorman, hand, WaitOutcome.UNDONE, at)


def _start_handover(doorman: Doorman, hand: PickupAtHand, fact: Fact, at: datetime) -> None:
    wait = _running(hand)
    wait.state = WaitState.HANDING_OVER
    wait.handover_started_at = at
    wait.quality = worst(wait.quality, fact.time.quality)
    doorman.plan.changed[wait.id] = wait


def _collect(doorman: Doorman, hand: PickupAtHand, fact: Fact, at: datetime) -> None:
    hand.pickup.parcels_collected = fact.event.details.parcels
    doorman.plan.collected.append((hand.pickup, at))
    if hand.wait is not None:
        hand.wait.cause = fact.event.details.cause
        _measure(hand, fact, at)
        _close(doorman, hand, WaitOutcome.COLLECTED, at)


def _leave(doorman: Doorman, hand: PickupAtHand, fact: Fact, at: datetime) -> None:
    if hand.wait is None:
        return  # It was abandoned: whether he waited long enough is past proving.
    wait, cause = hand.wait, fact.event.details.cause
    verdict = judge_leave(
        queries.waits.clock_of(wait),
        cause,
        presence_proven=proves_presence(wait.trust, fact.trust),
        left_at=at,
    )
    wait.cause, wait.protected, wait.needs_review = cause, verdict.protected, verdict.needs_review
    _measure(hand, fact, at)
    _close(doorman, hand, WaitOutcome.LEFT, at)
    doorman.plan.leaves.append(
        Leave(wait, hand.pickup.customer_id, hand.grade, hand.owner_id, verdict.reason)
    )


def _measure(hand: PickupAtHand, fact: Fact, at: datetime) -> None:
    """Write the two durations of a wait that ends now; undone and abandoned ones have none."""
    wait = _running(hand)
    span = WaitSpan(
        wait.arrived_at, wait.clock_started_at, wait.handover_started_at, at, hand.pickup.window_end
    )
    wait.dwell_seconds = round(dwell(span).total_seconds())
    wait.avoidable_wait_seconds = round(avoidable_wait(span, wait.cause).total_seconds())
    wait.quality = worst(wait.quality, fact.time.quality)


def _close(doorman: Doorman, hand: PickupAtHand, outcome: WaitOutcome, at: datetime) -> None:
    wait = _running(hand)
    wait.state, wait.outcome, wait.departed_at = WaitState.CLOSED, outcome, at
    doorman.plan.changed[wait.id] = wait
    hand.wait = None


def _running(hand: PickupAtHand) -> Wait:
    assert hand.wait is not None, "pickup_flow lets this happen only while a wait runs"
    return hand.wait


_Change = Callable[[Doorman, PickupAtHand, Fact, datetime], None]

_CHANGES: dict[FieldEventType, _Change] = {
    FieldEventType.ARRIVAL_UNDONE: _undo,
    FieldEventType.HANDOVER_STARTED: _start_handover,
    FieldEventType.COLLECTED: _collect,
    FieldEventType.LEFT: _leave,
}
