"""Proposing to do another stop first, and taking a proposal back. Deciding about one is in `stop_decisions`.

Which order it is, and whether there is one, is decided in `domain.stop_order`.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api import queries
from api.domain import stop_order as rules
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.stop_order import ProposedOrder, Round
from api.domain.vocabulary import ProposalState, StopOrderReason
from api.models import Pickup, StopProposal
from api.services import events, notices


def propose(
    session: Session, pickup: Pickup, reason: StopOrderReason, *, now: datetime
) -> StopProposal | None:
    """Propose to courier and dispatchers which stop to do first; None when no order keeps every window.

    It supersedes what was proposed to this courier before. Why there is none is kept as a fact.
    """
    if pickup.courier_id is None:
        return None
    stops = queries.stop_order.stops_of(session, pickup.courier_id, now=now)
    if all(stop.pickup_id != pickup.id for stop in stops):
        return None
    policy = queries.branches.policy(session, pickup.branch_id)
    round_ = Round(
        stops,
        place=queries.stop_order.last_seen(session, pickup.courier_id, now=now),
        free_at=queries.stop_order.busy_until(session, pickup.courier_id, now=now),
        # A stop takes what the branch allows for one.
        service_time=timedelta(seconds=policy.wait_limit_seconds),
    )
    order = rules.propose(round_, pickup.id, reason)
    if not isinstance(order, ProposedOrder):
        _record(session, "stops.not_proposed", pickup, {"reason": reason.value, "why_not": order.value}, now)
        return None
    proposal = _store(session, pickup, order, now)
    _tell(session, proposal, now)
    return proposal


def void(session: Session, pickup: Pickup, *, now: datetime) -> None:
    """Take back the open proposal to the pickup's courier: his round is no longer what it was."""
    if pickup.courier_id is not None:
        for about in queries.stop_order.supersede_open(session, pickup.courier_id):
            notices.supersede_thread(session, f"proposal:{about}", now=now)


def _store(session: Session, pickup: Pickup, order: ProposedOrder, now: datetime) -> StopProposal:
    assert pickup.courier_id is not None, "only a courier has stops"
    void(session, pickup, now=now)
    proposal = StopProposal(
        branch_id=pickup.branch_id,
        pickup_id=pickup.id,
        courier_id=pickup.courier_id,
        reason=order.reason,
        stops=[{"pickup_id": str(stop.pickup_id), "eta_at": stop.eta_at.isoformat()} for stop in order.stops],
        state=ProposalState.PROPOSED,
        proposed_at=now,
        useful_until=order.useful_until(now=now),
    )
    session.add(proposal)
    session.flush()
    _record(session, "stops.proposed", pickup, {"reason": order.reason.value, "id": str(proposal.id)}, now)
    return proposal


def _tell(session: Session, proposal: StopProposal, now: datetime) -> None:
    dispatchers = queries.staff.dispatchers_on_duty(session, proposal.branch_id, now=now)
    told = [
        Telling(
            NoticeKind.STOPS_PROPOSED,
            proposal.branch_id,
            f"{NoticeKind.STOPS_PROPOSED}:{proposal.id}:{staff_id}",
            staff_id=staff_id,
            pickup_id=proposal.pickup_id,
            useful_until=proposal.useful_until,
        )
        for staff_id in (proposal.courier_id, *dispatchers)
    ]
    notices.tell_all(session, told, now=now)


def _record(session: Session, name: str, pickup: Pickup, data: dict[str, str], now: datetime) -> None:
    events.record(
        session,
        name,
        subject_type="pickup",
        subject_id=pickup.id,
        branch_id=pickup.branch_id,
        data=data,
        now=now,
    )
