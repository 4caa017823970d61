"""Folding events into pickups: new ones are appended; one that came earlier makes all be folded again.

A pickup and its waits are what follows from its events in the order in which they happened, whatever the
order in which we learned of them. What one event does is in `door_steps`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api import queries
from api.domain.errors import DomainError
from api.domain.event_time import Fact, in_order, surely_follows
from api.domain.pickup_flow import BEFORE_THE_DOOR, NOT_POSSIBLE_YET, ConflictReason
from api.domain.vocabulary import EventOutcome, PickupState, WaitOutcome, WaitState
from api.domain.wait_ladder import abandoned_at
from api.domain.wait_policy import WaitClock
from api.queries.door_steps import WaitRow
from api.queries.field_events import PickupAtHand, StoredEvent
from api.services import door_steps
from api.services.door_steps import Doorman


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an event counts for: applied, kept without effect, or refused. `shown` is the wait it left."""

    wait_id: UUID | None = None
    shown: dict[str, Any] | None = None
    conflict: ConflictReason | None = None
    refusal: DomainError | None = None

    @property
    def outcome(self) -> EventOutcome:
        if self.refusal is not None:
            return EventOutcome.REJECTED
        return EventOutcome.APPLIED if self.conflict is None else EventOutcome.CONFLICT


def fold(doorman: Doorman, hands: Mapping[UUID, PickupAtHand], facts: Sequence[Fact]) -> dict[UUID, Verdict]:
    """Apply new facts to the pickups at hand; return a verdict for each, by `event_id`.

    What is not possible in its place is kept as a conflict and tried again whenever something that came
    before it becomes known. Costs one statement more where the order is in doubt.
    """
    fresh: dict[UUID, list[Fact]] = {}
    for fact in facts:
        fresh.setdefault(fact.event.pickup_id, []).append(fact)
    in_doubt = [pickup_id for pickup_id, its in fresh.items() if not _surely_new(hands[pickup_id], its)]
    stored = queries.field_events.of_pickups(doorman.session, in_doubt) if in_doubt else {}
    verdicts: dict[UUID, Verdict] = {}
    for pickup_id, its in fresh.items():
        verdicts |= _fold_pickup(doorman, hands[pickup_id], stored.get(pickup_id, []), its)
    _recount(doorman, [event for its in stored.values() for event in its], verdicts)
    return verdicts


def _surely_new(hand: PickupAtHand, facts: Sequence[Fact]) -> bool:
    earliest = min(fact.time.at for fact in facts)
    return surely_follows(earliest, hand.pickup.last_event_at) and not _may_revive(hand, earliest)


def _may_revive(hand: PickupAtHand, at: datetime) -> bool:
    """Tell whether a wait was given up that was not abandoned yet at that instant: we did not know."""
    last = hand.waits[-1] if hand.waits else None
    if last is None or last.outcome is not WaitOutcome.ABANDONED:
        return False
    return at < abandoned_at(queries.wait_views.clock_of(last))


def _fold_pickup(
    doorman: Doorman, hand: PickupAtHand, stored: Sequence[StoredEvent], fresh: Sequence[Fact]
) -> dict[UUID, Verdict]:
    sequence = in_order([*(event.fact for event in stored), *fresh])
    new = {fact.event.event_id for fact in fresh}
    tail = sequence[-len(fresh) :]
    in_place = all(fact.event.event_id in new for _, fact in tail) and not _may_revive(hand, tail[0][0])
    if in_place or not stored:
        return {fact.event.event_id: _verdict(doorman, hand, fact, at) for at, fact in tail}
    before = _Before.of(hand)
    before.rewind(hand)
    verdicts = {
        fact.event.event_id: _verdict(doorman, hand, fact, at, show=fact.event.event_id in new)
        for at, fact in sequence
    }
    before.settle(doorman, hand)
    return verdicts


def _verdict(doorman: Doorman, hand: PickupAtHand, fact: Fact, at: datetime, *, show: bool = True) -> Verdict:
    try:
        wait = door_steps.take(doorman, hand, fact, at)
    except NOT_POSSIBLE_YET as refusal:
        door_steps.remember(doorman, hand, at)
        return Verdict(conflict=ConflictReason(refusal.code))
    except DomainError as refusal:
        return Verdict(refusal=refusal)
    if wait is None:
        return Verdict()
    # Shown as this event left it: those that follow have not happened yet.
    shown = queries.wait_views.view_of(wait, now=doorman.now).to_json() if show else None
    return Verdict(wait.id, shown)


def _recount(doorman: Doorman, stored: Sequence[StoredEvent], verdicts: Mapping[UUID, Verdict]) -> None:
    rows = []
    for event in stored:
        verdict = verdicts.get(event.fact.event.event_id)
        if verdict is None:
            continue
        # A stored event is never refused afterwards: it stays, without effect.
        outcome = EventOutcome.APPLIED if verdict.outcome is EventOutcome.APPLIED else EventOutcome.CONFLICT
        if (outcome, verdict.wait_id) != (event.outcome, event.wait_id):
            rows.append({"id": event.id, "outcome": outcome, "wait_id": verdict.wait_id})
    queries.field_events.recount(doorman.session, rows)


@dataclass(frozen=True, slots=True)
class _Before:
    """How a pickup and its waits stood before they were folded again; only what changed has consequences."""

    state: PickupState
    waits: dict[UUID, dict[str, Any]]
    """The columns of those waits that the fold may change, by the wait's id."""
    clocks: dict[UUID, WaitClock]

    @classmethod
    def of(cls, hand: PickupAtHand) -> _Before:
        mine = [wait for wait in hand.waits if _belongs(wait, hand)]
        return cls(
            hand.pickup.state,
            {wait.id: _columns(wait) for wait in mine},
            {wait.id: queries.wait_views.clock_of(wait) for wait in mine},
        )

    def rewind(self, hand: PickupAtHand) -> None:
        """Put the pickup back to where its courier got it; its waits are taken up again one by one."""
        hand.pickup.state = PickupState.ASSIGNED
        hand.pickup.arrivals_undone, hand.pickup.last_event_at = 0, None
        hand.pickup.parcels_collected = None
        hand.wait = None
        earlier = [wait.attempt for wait in hand.waits if wait.id not in self.waits]
        hand.attempts = max(earlier, default=0)

    def settle(self, doorman: Doorman, hand: PickupAtHand) -> None:
        """End what is left over, and forget consequences that were drawn the first time."""
        pickup, plan = hand.pickup, doorman.plan
        plan.moved[pickup.id] = pickup
        door_steps.abandon_if_forgotten(doorman, hand, doorman.now)
        if self.state is PickupState.MISSED and pickup.state in BEFORE_THE_DOOR:
            pickup.state = PickupState.MISSED
        if self.state is PickupState.COLLECTED:
            plan.collected.pop(pickup.id, None)
            if pickup.state is not PickupState.COLLECTED:
                pickup.feedback_due_at = None
        for wait in hand.waits:
            if wait.id in self.waits:
                self._settle_wait(doorman, hand, wait)

    def _settle_wait(self, doorman: Doorman, hand: PickupAtHand, wait: WaitRow) -> None:
        plan, before = doorman.plan, self.waits[wait.id]
        if wait.attempt > hand.attempts:
            _void(wait)
        if before["outcome"] is WaitOutcome.ABANDONED:
            plan.abandoned.pop(wait.id, None)
        if (before["outcome"], before["protected"]) == (wait.outcome, wait.protected):
            plan.leaves.pop(wait.id, None)
        if before == _columns(wait):
            plan.changed.pop(wait.id, None)
            return
        plan.changed[wait.id] = wait
        if wait.state is WaitState.CLOSED:
            return
        # Its timers are armed anew, under a generation of their own.
        wait.generation += 1
        if before["state"] is WaitState.OPEN:
            plan.corrected[wait.id] = self.clocks[wait.id]


def _belongs(wait: WaitRow, hand: PickupAtHand) -> bool:
    """Tell whether a wait follows from the events that are folded again, not from an earlier story."""
    since = hand.pickup.story_began_at
    is_of_now = since is None or wait.created_at >= since
    return (
        is_of_now and wait.courier_id == hand.pickup.courier_id and wait.outcome is not WaitOutcome.CANCELLED
    )


def _columns(wait: WaitRow) -> dict[str, Any]:
    names = (
        *("state", "outcome", "arrived_at", "clock_started_at", "deadline_at", "handover_started_at"),
        *("departed_at", "cause", "protected", "needs_review", "dwell_seconds", "avoidable_wait_seconds"),
        *("trust", "quality"),
    )
    return {name: getattr(wait, name) for name in names}


def _void(wait: WaitRow) -> None:
    """Close a wait that never was: the events now tell of fewer. It is kept, and does not count."""
    wait.state, wait.outcome, wait.departed_at = WaitState.CLOSED, WaitOutcome.UNDONE, wait.arrived_at
    wait.cause, wait.protected, wait.needs_review = None, False, False
    wait.dwell_seconds = wait.avoidable_wait_seconds = None
