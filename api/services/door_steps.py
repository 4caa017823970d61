"""What one field event does to a pickup and its wait; `domain.pickup_flow` decides whether it is possible.

Rows are changed, timers and notices only planned: the batch writes them once, at its end. The same steps are
taken when events are folded anew (`event_folding`): then waits that were stored before are taken up again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries
from api.domain.event_time import Fact
from api.domain.geofence import proves_presence
from api.domain.pickup_flow import Door, step
from api.domain.vocabulary import FieldEventType, WaitOutcome, WaitState
from api.domain.wait_ending import WaitSpan, avoidable_wait, dwell, judge_leave, worst
from api.domain.wait_ladder import abandoned_at
from api.domain.wait_policy import PickupWindow, WaitClock, start_clock
from api.queries.branches import PolicyView
from api.queries.door_steps import PickupRow, WaitRow
from api.queries.field_events import PickupAtHand
from api.services import late_couriers
from api.services.leaves import Leave


@dataclass(slots=True)
class Plan:
    """What a batch leads to besides changed rows: timers, words about leaves, ratings to ask for.

    All by the id of the wait or pickup. `corrected` are the earlier clocks of waits that run by another now.
    """

    moved: dict[UUID, PickupRow] = field(default_factory=dict)
    opened: dict[UUID, WaitRow] = field(default_factory=dict)
    changed: dict[UUID, WaitRow] = field(default_factory=dict)
    corrected: dict[UUID, WaitClock] = field(default_factory=dict)
    abandoned: dict[UUID, WaitRow] = field(default_factory=dict)
    leaves: dict[UUID, Leave] = field(default_factory=dict)
    collected: dict[UUID, tuple[PickupRow, datetime]] = field(default_factory=dict)


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


def take(doorman: Doorman, hand: PickupAtHand, fact: Fact, at: datetime) -> WaitRow | None:
    """Apply one event, which counts at the instant `at`, and return the wait it is about, if any.

    Raises what `pickup_flow.step` and `wait_ending.judge_leave` raise; nothing follows from it then.
    """
    abandon_if_forgotten(doorman, hand, at)
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
    doorman.plan.moved[hand.pickup.id] = hand.pickup
    late_couriers.watch(hand.pickup, doorman.policy.policy, now=doorman.now)
    return wait


def remember(doorman: Doorman, hand: PickupAtHand, at: datetime) -> None:
    """Note that something is known of this instant, without effect: whatever comes before it is in doubt."""
    hand.pickup.last_event_at = max(at, hand.pickup.last_event_at or at)
    doorman.plan.moved[hand.pickup.id] = hand.pickup


def abandon_if_forgotten(doorman: Doorman, hand: PickupAtHand, at: datetime) -> None:
    """Close a wait that had come to its last rung by then, as the sweep does to those it sees in time."""
    wait = hand.wait
    if wait is None or wait.state is not WaitState.OPEN:
        return
    if at < abandoned_at(queries.wait_views.clock_of(wait)):
        return
    wait.state, wait.outcome = WaitState.CLOSED, WaitOutcome.ABANDONED
    doorman.plan.changed[wait.id] = doorman.plan.abandoned[wait.id] = wait
    hand.wait = None


def _open(doorman: Doorman, hand: PickupAtHand, fact: Fact, at: datetime) -> WaitRow:
    pickup = hand.pickup
    assert pickup.courier_id is not None, "only the assignee's events count"
    hand.attempts += 1
    stored = next((wait for wait in hand.waits if wait.attempt == hand.attempts), None)
    if stored is not None:
        hand.wait = _take_up(stored, pickup, fact, at)
        return stored
    policy = doorman.policy.policy
    limit = policy.wait_limit_for(hand.grade, of_site=hand.site_limit, of_customer=hand.customer_limit)
    clock = start_clock(at, _window(pickup), limit=timedelta(seconds=limit))
    hand.wait = WaitRow(
        id=uuid7(),
        branch_id=pickup.branch_id,
        pickup_id=pickup.id,
        courier_id=pickup.courier_id,
        attempt=hand.attempts,
        arrived_at=at,
        clock_started_at=clock.started_at,
        limit_seconds=limit,
        deadline_at=clock.deadline_at,
        generation=clock.generation,
        policy_version=doorman.policy.version,
        loading_limit_seconds=policy.loading_limit_seconds,
        extension_max_minutes=policy.extension_max_minutes,
        trust=fact.trust,
        quality=fact.time.quality,
        created_at=doorman.now,
    )
    doorman.plan.opened[hand.wait.id] = hand.wait
    return hand.wait


def _take_up(wait: WaitRow, pickup: PickupRow, fact: Fact, at: datetime) -> WaitRow:
    """Begin a stored wait again, from an arrival that may have become another one.

    A clock that people have moved (more time, "ready" said early) stays as they left it.
    """
    clock = queries.wait_views.clock_of(wait)
    was_moved = (
        clock.deadline_at != start_clock(wait.arrived_at, _window(pickup), limit=clock.limit).deadline_at
    )
    if wait.arrived_at != at and not was_moved:
        restarted = start_clock(at, _window(pickup), limit=clock.limit)
        wait.clock_started_at, wait.deadline_at = restarted.started_at, restarted.deadline_at
    wait.state, wait.outcome = WaitState.OPEN, None
    wait.arrived_at, wait.handover_started_at, wait.departed_at = at, None, None
    wait.cause, wait.protected, wait.needs_review = None, False, False
    wait.dwell_seconds = wait.avoidable_wait_seconds = None
    wait.trust, wait.quality = fact.trust, fact.time.quality
    return wait


def _window(pickup: PickupRow) -> PickupWindow:
    return PickupWindow(pickup.window_start, pickup.window_end, pickup.promised_ready_at)


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
    doorman.plan.collected[hand.pickup.id] = hand.pickup, at
    if hand.wait is not None:
        hand.wait.cause = fact.event.details.cause
        _measure(hand, fact, at)
        _close(doorman, hand, WaitOutcome.COLLECTED, at)


def _leave(doorman: Doorman, hand: PickupAtHand, fact: Fact, at: datetime) -> None:
    if hand.wait is None:
        return  # It was abandoned: whether he waited long enough is past proving.
    wait, cause = hand.wait, fact.event.details.cause
    verdict = judge_leave(
        queries.wait_views.clock_of(wait),
        cause,
        presence_proven=proves_presence(wait.trust, fact.trust),
        left_at=at,
    )
    wait.cause, wait.protected, wait.needs_review = cause, verdict.protected, verdict.needs_review
    _measure(hand, fact, at)
    _close(doorman, hand, WaitOutcome.LEFT, at)
    doorman.plan.leaves[wait.id] = Leave(
        wait, hand.pickup.customer_id, hand.grade, hand.owner_id, verdict.reason
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


def _running(hand: PickupAtHand) -> WaitRow:
    assert hand.wait is not None, "pickup_flow lets this happen only while a wait runs"
    return hand.wait


_Change = Callable[[Doorman, PickupAtHand, Fact, datetime], None]

_CHANGES: dict[FieldEventType, _Change] = {
    FieldEventType.ARRIVAL_UNDONE: _undo,
    FieldEventType.HANDOVER_STARTED: _start_handover,
    FieldEventType.COLLECTED: _collect,
    FieldEventType.LEFT: _leave,
}
