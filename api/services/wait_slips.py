"""Signing the wait slip: the person at the door acknowledges on the courier's phone how long he waited."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.principal import Principal
from api.domain.wait_slip import AlreadyAcknowledged, WaitSlip, check_can_be_signed
from api.models import WaitSlipAcknowledgement
from api.services import events, proofs
from api.services.proofs import Mention


def acknowledge(
    session: Session,
    *,
    pickup_id: UUID,
    signer_name: str,
    proof_sha256: str | None = None,
    by: Principal,
    now: datetime,
) -> WaitSlip:
    """Note who signed for the newest wait; the same again changes nothing.

    What the slip said is kept as a hash, so that a later change shows. Raises NotFound for a pickup that
    is not the courier's, WaitGoesOn before the handover, AlreadyAcknowledged for another signature.
    """
    queries.pickups.locked_by_id(session, pickup_id, by=by)
    slip = queries.wait_slips.of_pickup(session, pickup_id, by=by, now=now)
    wait = slip.waits[-1]
    if wait.acknowledgement is not None:
        if not wait.acknowledgement.is_same(signer_name, proof_sha256):
            raise AlreadyAcknowledged()
        return slip
    check_can_be_signed(wait)
    session.add(
        WaitSlipAcknowledgement(
            branch_id=by.branch_id,
            wait_id=wait.wait_id,
            courier_id=by.staff_id,
            signer=signer_name,
            proof_sha256=proof_sha256,
            slip_hash=wait.slip_hash,
            acknowledged_at=now,
        )
    )
    if proof_sha256 is not None:
        proofs.mention(session, [Mention(pickup_id, by.staff_id, [proof_sha256])], now=now)
    events.record(
        session,
        "wait_slip.acknowledged",
        subject_type="wait",
        subject_id=wait.wait_id,
        branch_id=by.branch_id,
        actor_id=by.staff_id,
        data={"slip_hash": wait.slip_hash},
        now=now,
    )
    session.flush()
    return queries.wait_slips.of_pickup(session, pickup_id, by=by, now=now)
