"""What a batch of field events needs to know: the pickups, locked, and which events are known already."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from api.domain.geofence import Place
from api.domain.pickup_flow import Custody
from api.domain.principal import Principal
from api.domain.vocabulary import Grade, WaitState
from api.models import Customer, FieldEvent, Pickup, PickupAssignment, Site, Wait

# What every event asks is built once: building a statement costs more than asking it.
AT_HAND = (
    select(Pickup, Site.latitude, Site.longitude, Site.radius_m, Customer.grade, Customer.owner_id)
    .join(Site, Site.id == Pickup.site_id)
    .join(Customer, Customer.id == Pickup.customer_id)
    .where(Pickup.id.in_(bindparam("pickup_ids", expanding=True)), Pickup.branch_id == bindparam("branch_id"))
    .order_by(Pickup.id)
    .with_for_update(of=Pickup, key_share=True)
    .execution_options(populate_existing=True)
)
# Locked too: the sweep of timers then leaves these waits alone until we are done.
WAITS = (
    select(Wait)
    .where(Wait.pickup_id.in_(bindparam("pickup_ids", expanding=True)))
    .order_by(Wait.id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
KNOWN = select(FieldEvent.event_id, FieldEvent.body_hash, FieldEvent.result).where(
    FieldEvent.courier_id == bindparam("courier_id"),
    FieldEvent.event_id.in_(bindparam("event_ids", expanding=True)),
)
# Without `render_nulls` each change in what is missing would begin another statement.
WRITE = insert(FieldEvent).execution_options(render_nulls=True)


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event that was stored: the hash of its body, and what the phone was told then."""

    body_hash: str
    result: dict[str, Any]


@dataclass(slots=True)
class PickupAtHand:
    """A pickup with all that its events need, locked until the unit of work ends.

    `wait` is the running one, `attempts` the number of waits so far. `held` tells who had the pickup
    before; it is filled only where the caller is not the assignee.
    """

    pickup: Pickup
    site: Place
    radius_m: int
    grade: Grade | None
    owner_id: UUID | None
    wait: Wait | None = None
    attempts: int = 0
    held: Sequence[Custody] = ()


def at_hand(session: Session, pickup_ids: Collection[UUID], *, by: Principal) -> dict[UUID, PickupAtHand]:
    """Return those pickups that are of the caller's branch, locked in the order of their ids."""
    rows = session.execute(AT_HAND, {"pickup_ids": list(pickup_ids), "branch_id": by.branch_id})
    found = {
        pickup.id: PickupAtHand(pickup, Place(latitude, longitude), radius_m, grade, owner_id)
        for pickup, latitude, longitude, radius_m, grade, owner_id in rows
    }
    _add_waits(session, found)
    _add_custody(session, found, by.staff_id)
    return found


def known(session: Session, courier_id: UUID, event_ids: Collection[UUID]) -> dict[UUID, KnownEvent]:
    """Return which of these events the courier has sent before."""
    rows = session.execute(KNOWN, {"courier_id": courier_id, "event_ids": list(event_ids)})
    return {event_id: KnownEvent(body_hash, result or {}) for event_id, body_hash, result in rows}


def write(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write new events in one statement; a phone's backlog has hundreds."""
    if rows:
        session.execute(WRITE, list(rows))


def _add_waits(session: Session, found: dict[UUID, PickupAtHand]) -> None:
    for wait in session.scalars(WAITS, {"pickup_ids": list(found)}):
        hand = found[wait.pickup_id]
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
