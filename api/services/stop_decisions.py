"""Accepting or declining a proposed order of stops: by its courier or a dispatcher, once.

Nothing moves by itself: what is accepted sets the ETAs of the stops, and with them when contacts are asked.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.pickups import BEFORE_ARRIVAL
from api.domain.principal import Principal
from api.domain.stop_order import ProposalNotOpen, ProposalOutOfDate
from api.domain.vocabulary import ProposalState
from api.models import Pickup, StopProposal
from api.queries.stop_order import ProposalView
from api.services import etas, events, notices


def accept(session: Session, *, pickup_id: UUID, by: Principal, now: datetime) -> ProposalView:
    """Put the proposed order into force. Accepting it again changes nothing.

    Raises NotFound, ProposalNotOpen, and ProposalOutOfDate when a stop is done or another courier's.
    """
    proposal, stops = _locked(session, pickup_id, by)
    if proposal.state is ProposalState.ACCEPTED:
        return queries.stop_order.view_of(proposal, now=now)
    _check_open(proposal, now)
    if any(stop.courier_id != proposal.courier_id or stop.state not in BEFORE_ARRIVAL for stop in stops):
        raise ProposalOutOfDate()
    planned = {stop.pickup_id: stop.eta_at for stop in queries.stop_order.planned(proposal)}
    for stop in stops:
        etas.move(session, stop, planned[stop.id], now=now)
    return _settle(session, proposal, ProposalState.ACCEPTED, by, now)


def decline(session: Session, *, pickup_id: UUID, by: Principal, now: datetime) -> ProposalView:
    """Leave the stops as they are. Declining again changes nothing. Raises NotFound and ProposalNotOpen."""
    proposal, _ = _locked(session, pickup_id, by)
    if proposal.state is ProposalState.DECLINED:
        return queries.stop_order.view_of(proposal, now=now)
    _check_open(proposal, now)
    return _settle(session, proposal, ProposalState.DECLINED, by, now)


def _locked(session: Session, pickup_id: UUID, by: Principal) -> tuple[StopProposal, Sequence[Pickup]]:
    found = queries.stop_order.newest(session, pickup_id, by=by)
    planned = queries.stop_order.planned(found)
    stops = queries.stop_order.lock_stops(session, {stop.pickup_id for stop in planned})
    return queries.stop_order.lock(session, found.id), stops


def _check_open(proposal: StopProposal, now: datetime) -> None:
    state = queries.stop_order.state_at(proposal, now=now)
    if state is not ProposalState.PROPOSED:
        raise ProposalNotOpen(state=state.value)


def _settle(
    session: Session, proposal: StopProposal, state: ProposalState, by: Principal, now: datetime
) -> ProposalView:
    proposal.state, proposal.decided_at, proposal.decided_by_id = state, now, by.staff_id
    session.flush()
    notices.supersede_thread(session, f"proposal:{proposal.pickup_id}", now=now)
    _tell_the_others(session, proposal, by, now)
    events.record(
        session,
        f"stops.{state}",
        subject_type="pickup",
        subject_id=proposal.pickup_id,
        branch_id=proposal.branch_id,
        actor_id=by.staff_id,
        data={"id": str(proposal.id), "reason": proposal.reason.value},
        now=now,
    )
    return queries.stop_order.view_of(proposal, now=now)


def _tell_the_others(session: Session, proposal: StopProposal, by: Principal, now: datetime) -> None:
    """Tell everybody to whom it was proposed, but whoever decided."""
    dispatchers = queries.staff.dispatchers_on_duty(session, proposal.branch_id, now=now)
    told = [
        Telling(
            NoticeKind.PROPOSAL_DECIDED,
            proposal.branch_id,
            f"{NoticeKind.PROPOSAL_DECIDED}:{proposal.id}:{staff_id}",
            staff_id=staff_id,
            pickup_id=proposal.pickup_id,
            variables={"decision": proposal.state},
        )
        for staff_id in (proposal.courier_id, *dispatchers)
        if staff_id != by.staff_id
    ]
    notices.tell_all(session, told, now=now)
