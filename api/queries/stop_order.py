"""A courier's next stops, where he was last seen, and the proposals to do them in another order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.geofence import Place
from api.domain.pickups import BEFORE_ARRIVAL
from api.domain.principal import Principal
from api.domain.stop_order import PlannedStop, Stop
from api.domain.vocabulary import PickupState, ProposalState, StopOrderReason, WaitState
from api.models import CourierPosition, FieldEvent, Pickup, Site, StopProposal, Wait
from api.queries import scope

ROUND_REACHES = timedelta(hours=12)
"""Stops of tomorrow are not part of today's round."""

SEEN_IS_OF_USE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as it stands at `server_now`; one that came to nothing in time is superseded."""

    id: UUID
    pickup_id: UUID
    courier_id: UUID
    reason: StopOrderReason
    stops: tuple[PlannedStop, ...]
    state: ProposalState
    proposed_at: datetime
    useful_until: datetime
    decided_at: datetime | None
    decided_by_id: UUID | None
    server_now: datetime


def stops_of(session: Session, courier_id: UUID, *, now: datetime) -> list[Stop]:
    """Return where a courier is still awaited today: windows that have not ended."""
    rows = session.execute(
        select(Pickup, Site.latitude, Site.longitude)
        .join(Site, Site.id == Pickup.site_id)
        .where(
            Pickup.courier_id == courier_id,
            Pickup.state.in_(BEFORE_ARRIVAL),
            Pickup.window_start < now + ROUND_REACHES,
            Pickup.window_end > now,
        )
    )
    return [
        Stop(
            pickup.id,
            Place(latitude, longitude),
            pickup.window_start,
            pickup.window_end,
            pickup.eta_at,
            pickup.promised_ready_at,
            under_way=pickup.state is PickupState.EN_ROUTE,
        )
        for pickup, latitude, longitude in rows
    ]


def last_seen(session: Session, courier_id: UUID, *, now: datetime) -> Place | None:
    """Return where the courier was when he last said so, less than 2 h ago: on his way or by an event."""
    seen = [_on_his_way(session, courier_id, now), _at_a_door(session, courier_id, now)]
    newest = max((one for one in seen if one is not None), key=lambda one: one[0], default=None)
    return None if newest is None else newest[1]


def _on_his_way(session: Session, courier_id: UUID, now: datetime) -> tuple[datetime, Place] | None:
    row = session.execute(
        select(CourierPosition.taken_at, CourierPosition.latitude, CourierPosition.longitude)
        .where(
            CourierPosition.staff_id == courier_id,
            CourierPosition.taken_at > now - SEEN_IS_OF_USE,
            CourierPosition.mock.is_not(True),
        )
        .order_by(CourierPosition.taken_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.taken_at, Place(row.latitude, row.longitude))


def _at_a_door(session: Session, courier_id: UUID, now: datetime) -> tuple[datetime, Place] | None:
    row = session.execute(
        select(FieldEvent.effective_at, FieldEvent.latitude, FieldEvent.longitude)
        .join(Pickup, Pickup.id == FieldEvent.pickup_id)
        .where(
            # By his pickups of the day: their events are indexed, those of a courier's years are not.
            Pickup.courier_id == courier_id,
            Pickup.window_start > now - 2 * ROUND_REACHES,
            FieldEvent.courier_id == courier_id,
            FieldEvent.effective_at > now - SEEN_IS_OF_USE,
            FieldEvent.latitude.is_not(None),
            FieldEvent.mock.is_not(True),
        )
        .order_by(FieldEvent.effective_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.effective_at, Place(row.latitude, row.longitude))


def busy_until(session: Session, courier_id: UUID, *, now: datetime) -> datetime:
    """Return when a courier can go on: now, or when the limit of the wait he is in is reached."""
    deadlines = session.scalars(
        select(Wait.deadline_at).where(Wait.courier_id == courier_id, Wait.state != WaitState.CLOSED)
    ).all()
    return max(now, *deadlines) if deadlines else now


def newest(session: Session, pickup_id: UUID, *, by: Principal) -> StopProposal:
    """Return the newest proposal because of a pickup the caller may see; raises NotFound without one."""
    found = session.scalar(
        select(StopProposal)
        .join(Pickup, Pickup.id == StopProposal.pickup_id)
        .where(StopProposal.pickup_id == pickup_id, scope.pickups(by))
        .order_by(StopProposal.id.desc())
        .limit(1)
    )
    if found is None:
        raise NotFound()
    return found


def view_of(proposal: StopProposal, *, now: datetime) -> ProposalView:
    return ProposalView(
        id=proposal.id,
        pickup_id=proposal.pickup_id,
        courier_id=proposal.courier_id,
        reason=proposal.reason,
        stops=planned(proposal),
        state=state_at(proposal, now=now),
        proposed_at=proposal.proposed_at,
        useful_until=proposal.useful_until,
        decided_at=proposal.decided_at,
        decided_by_id=proposal.decided_by_id,
        server_now=now,
    )


def planned(proposal: StopProposal) -> tuple[PlannedStop, ...]:
    return tuple(
        PlannedStop(UUID(stop["pickup_id"]), datetime.fromisoformat(stop["eta_at"]))
        for stop in proposal.stops
    )


def state_at(proposal: StopProposal, *, now: datetime) -> ProposalState:
    """Return where a proposal stands: an open one that nobody accepted in time is superseded by time."""
    if proposal.state is ProposalState.PROPOSED and now >= proposal.useful_until:
        return ProposalState.SUPERSEDED
    return proposal.state


def lock_stops(session: Session, pickup_ids: Collection[UUID]) -> Sequence[Pickup]:
    """Return these pickups, locked in the order of their ids as field events lock them."""
    return session.scalars(
        select(Pickup)
        .where(Pickup.id.in_(pickup_ids))
        .order_by(Pickup.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def lock(session: Session, proposal_id: UUID) -> StopProposal:
    """Return the proposal after every decision that came before ours."""
    return session.scalars(
        select(StopProposal)
        .where(StopProposal.id == proposal_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def supersede_open(session: Session, courier_id: UUID) -> Sequence[UUID]:
    """End the courier's open proposal; return the pickup it was made for, if there was one."""
    return session.scalars(
        update(StopProposal)
        .where(StopProposal.courier_id == courier_id, StopProposal.state == ProposalState.PROPOSED)
        .values(state=ProposalState.SUPERSEDED)
        .returning(StopProposal.pickup_id)
        .execution_options(synchronize_session=False)
    ).all()
