"""What a batch of field events needs to know: the pickups, locked, and which events are known already."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from api.domain import field_event as told
from api.domain.event_time import EventTime, Fact
from api.domain.geofence import Place, Position, Sighting
from api.domain.pickup_flow import Custody
from api.domain.principal import Principal
from api.domain.vocabulary import EventOutcome, Grade, Quality, WaitCause, WaitState
from api.models import Customer, FieldEvent, Pickup, PickupAssignment, Site, Wait
from api.queries import driver
from api.queries.door_steps import PickupRow, WaitRow, columns_of
from api.queries.insertion import insert_rows

_OF_PICKUP = len(fields(PickupRow))

# What every event asks is built once: building a statement costs more than asking it.
AT_HAND = (
    select(
        *columns_of(Pickup, PickupRow),
        Site.latitude,
        Site.longitude,
        Site.radius_m,
        Customer.grade,
        Customer.owner_id,
        Site.wait_limit_seconds,
        Customer.wait_limit_seconds,
    )
    .join(Site, Site.id == Pickup.site_id)
    .join(Customer, Customer.id == Pickup.customer_id)
    .where(Pickup.id.in_(bindparam("pickup_ids", expanding=True)), Pickup.branch_id == bindparam("branch_id"))
    .order_by(Pickup.id)
    .with_for_update(of=Pickup, key_share=True)
)
# Locked too: the sweep of timers then leaves these waits alone until we are done.
WAITS = (
    select(*columns_of(Wait, WaitRow))
    .where(Wait.pickup_id.in_(bindparam("pickup_ids", expanding=True)))
    .order_by(Wait.id)
    .with_for_update(key_share=True)
)
LAST_SEEN = (
    select(FieldEvent.id)
    .where(
        FieldEvent.courier_id == bindparam("courier_id"),
        FieldEvent.latitude.is_not(None),
        FieldEvent.quality != Quality.UNVERIFIED,
    )
    .order_by(FieldEvent.effective_at.desc())
    .limit(1)
    .scalar_subquery()
)
KNOWN = select(
    FieldEvent.event_id,
    FieldEvent.body_hash,
    FieldEvent.result,
    FieldEvent.effective_at,
    FieldEvent.latitude,
    FieldEvent.longitude,
    FieldEvent.accuracy_m,
    FieldEvent.quality,
).where(
    or_(
        and_(
            FieldEvent.courier_id == bindparam("courier_id"),
            FieldEvent.event_id.in_(bindparam("event_ids", expanding=True)),
        ),
        FieldEvent.id == LAST_SEEN,
    )
)


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event that was stored: the hash of its body, and what the phone was told then."""

    body_hash: str
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of a courier: which of these events he has sent before, and where he was seen last."""

    events: dict[UUID, KnownEvent]
    last_seen: Sighting | None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event that is folded again: what is believed of it, and what it has counted for so far."""

    id: UUID
    fact: Fact
    outcome: EventOutcome
    wait_id: UUID | None


@dataclass(slots=True)
class PickupAtHand:
    """A pickup with all that its events need, locked until the unit of work ends.

    `waits` are those stored so far, `wait` is the running one, `attempts` the number of waits until now.
    `held` tells who had the pickup before; it is filled only where the caller is not the assignee.
    """

    pickup: PickupRow
    site: Place
    radius_m: int
    grade: Grade | None
    owner_id: UUID | None
    site_limit: int | None
    customer_limit: int | None
    waits: list[WaitRow] = field(default_factory=list)
    wait: WaitRow | None = None
    attempts: int = 0
    held: Sequence[Custody] = ()


def at_hand(session: Session, pickup_ids: Collection[UUID], *, by: Principal) -> dict[UUID, PickupAtHand]:
    """Return those pickups that are of the caller's branch, locked in the order of their ids."""
    found: dict[UUID, PickupAtHand] = {}
    if not pickup_ids:
        return found
    for row in driver.rows(session, AT_HAND, {"pickup_ids": list(pickup_ids), "branch_id": by.branch_id}):
        pickup, (latitude, longitude, *beside) = PickupRow(*row[:_OF_PICKUP]), row[_OF_PICKUP:]
        found[pickup.id] = PickupAtHand(pickup, Place(latitude, longitude), *beside)
    _add_waits(session, found)
    _add_custody(session, found, by.staff_id)
    return found


def known(session: Session, courier_id: UUID, event_ids: Collection[UUID]) -> Memory:
    """Return which of these events the courier has sent before, and where he was seen last: in one go."""
    events: dict[UUID, KnownEvent] = {}
    sightings: list[Sighting] = []
    for row in driver.rows(session, KNOWN, {"courier_id": courier_id, "event_ids": list(event_ids)}):
        event_id, body_hash, result, at, latitude, longitude, accuracy_m, quality = row
        if event_id in event_ids:
            events[event_id] = KnownEvent(body_hash, result or {})
        if latitude is not None and quality is not Quality.UNVERIFIED:
            sightings.append(Sighting(Position(Place(latitude, longitude), accuracy_m), at))
    return Memory(events, max(sightings, key=lambda sighting: sighting.at, default=None))


def of_pickups(session: Session, pickup_ids: Collection[UUID]) -> dict[UUID, list[StoredEvent]]:
    """Return what the present couriers of locked pickups have reported there since they have them.

    Events of an earlier assignment or window are left out: that story is closed.
    """
    rows = session.scalars(
        select(FieldEvent)
        .join(Pickup, Pickup.id == FieldEvent.pickup_id)
        .where(
            FieldEvent.pickup_id.in_(pickup_ids),
            FieldEvent.courier_id == Pickup.courier_id,
            or_(Pickup.story_began_at.is_(None), FieldEvent.received_at >= Pickup.story_began_at),
        )
        .order_by(FieldEvent.effective_at, FieldEvent.id)
    )
    found: dict[UUID, list[StoredEvent]] = {}
    for row in rows:
        stored = StoredEvent(row.id, _fact(row), row.outcome, row.wait_id)
        found.setdefault(row.pickup_id, []).append(stored)
    return found


def recount(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write what stored events count for now: their `outcome` and `wait_id`, by `id`."""
    if rows:
        session.execute(update(FieldEvent), list(rows))


def write(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write new events in one statement; a phone's backlog has hundreds."""
    insert_rows(session, FieldEvent, rows)


def _add_waits(session: Session, found: dict[UUID, PickupAtHand]) -> None:
    for row in driver.rows(session, WAITS, {"pickup_ids": list(found)}):
        wait = WaitRow(*row)
        hand = found[wait.pickup_id]
        hand.waits.append(wait)
        hand.attempts = max(hand.attempts, wait.attempt)
        if wait.state is not WaitState.CLOSED:
            hand.wait = wait


def _add_custody(session: Session, found: dict[UUID, PickupAtHand], courier_id: UUID) -> None:
    foreign = [hand.pickup.id for hand in found.values() if hand.pickup.courier_id != courier_id]
    if not foreign:
        return
    rows = session.execute(
        select(
            PickupAssignment.pickup_id,
            PickupAssignment.courier_id,
            PickupAssignment.assigned_at,
            PickupAssignment.ended_at,
        ).where(PickupAssignment.pickup_id.in_(foreign), PickupAssignment.courier_id == courier_id)
    )
    for pickup_id, holder_id, since, until in rows:
        hand = found[pickup_id]
        hand.held = [*hand.held, Custody(holder_id, since, until)]


def _fact(row: FieldEvent) -> Fact:
    said = row.data
    event = told.FieldEvent(
        row.event_id,
        row.pickup_id,
        row.type,
        row.occurred_at,
        row.boot_id,
        row.monotonic_ms,
        row.seq,
        None if row.latitude is None else _position(row),
        told.EventDetails(
            cause=WaitCause(said["cause"]) if "cause" in said else None,
            parcels=said.get("parcels"),
            override_reason=said.get("override_reason"),
        ),
    )
    return Fact(event, EventTime(row.effective_at, row.quality, row.late, replayed=False), row.trust)


def _position(row: Any) -> Position:
    return Position(Place(row.latitude, row.longitude), row.accuracy_m)
