"""Wait slips: everything that one pickup's slip says, gathered for whoever may see the pickup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.contacts import masked_name
from api.domain.errors import NotFound
from api.domain.principal import Principal
from api.domain.wait_ending import WaitSpan
from api.domain.wait_slip import Acknowledgement, SlipWait, WaitSlip, avoidable_so_far, is_on_slip
from api.models import (
    Branch,
    Customer,
    Pickup,
    ReadinessRecord,
    Site,
    StaffMember,
    Wait,
    WaitSlipAcknowledgement,
)
from api.queries import proofs, scope


def of_pickup(session: Session, pickup_id: UUID, *, by: Principal, now: datetime) -> WaitSlip:
    """Return the slip of a pickup that the caller may see; a courier's has his own waits only.

    Raises NotFound also while there is no wait to tell of.
    """
    row = session.execute(
        select(Pickup, Customer.name, Site.name, Branch)
        .join(Customer, Customer.id == Pickup.customer_id)
        .join(Site, Site.id == Pickup.site_id)
        .join(Branch, Branch.id == Pickup.branch_id)
        .where(Pickup.id == pickup_id, scope.pickups(by))
    ).one_or_none()
    waits = [] if row is None else _waits(session, row[0], by)
    if row is None or not waits:
        raise NotFound()
    pickup, customer_name, site_name, branch = row
    return WaitSlip(
        pickup_id=pickup.id,
        external_ref=pickup.external_ref,
        branch_name=branch.name,
        hotline=branch.hotline,
        zone=ZoneInfo(branch.timezone),
        customer_name=customer_name,
        site_name=site_name,
        window_start=pickup.window_start,
        window_end=pickup.window_end,
        waits=waits,
        proofs=proofs.named_at(session, pickup.id, by=by),
        server_now=now,
    )


def _waits(session: Session, pickup: Pickup, by: Principal) -> list[SlipWait]:
    rows = session.execute(
        select(Wait, StaffMember.name, WaitSlipAcknowledgement)
        .join(StaffMember, StaffMember.id == Wait.courier_id)
        .outerjoin(WaitSlipAcknowledgement, WaitSlipAcknowledgement.wait_id == Wait.id)
        .where(Wait.pickup_id == pickup.id, scope.waits(by))
        .order_by(Wait.attempt)
    ).all()
    promises = _promises(session, pickup.id)
    return [
        _signed(_wait(pickup, wait, courier_name, promises), signature)
        for wait, courier_name, signature in rows
        if is_on_slip(wait.outcome, signed=signature is not None)
    ]


def _promises(session: Session, pickup_id: UUID) -> Sequence[ReadinessRecord]:
    """Return every version of the contact's answer, newest first."""
    return session.scalars(
        select(ReadinessRecord)
        .where(ReadinessRecord.pickup_id == pickup_id)
        .order_by(ReadinessRecord.answered_at.desc(), ReadinessRecord.id.desc())
    ).all()


def _wait(pickup: Pickup, wait: Wait, courier_name: str, promises: Sequence[ReadinessRecord]) -> SlipWait:
    # As the clock was set when the arrival came in: what was answered later did not move it.
    before = [promise for promise in promises if promise.answered_at <= wait.created_at]
    return SlipWait(
        wait_id=wait.id,
        attempt=wait.attempt,
        courier_name=masked_name(courier_name),
        window_start=pickup.window_start,
        window_end=pickup.window_end,
        arrived_at=wait.arrived_at,
        promised_ready_at=before[0].promised_ready_at if before else None,
        clock_started_at=wait.clock_started_at,
        limit_seconds=wait.limit_seconds,
        handover_started_at=wait.handover_started_at,
        departed_at=wait.departed_at,
        dwell_seconds=wait.dwell_seconds,
        avoidable_wait_seconds=avoidable_so_far(
            _handover_going_on(wait, pickup), wait.cause, measured_seconds=wait.avoidable_wait_seconds
        ),
        outcome=wait.outcome,
        cause=wait.cause,
        protected=wait.protected,
        trust=wait.trust,
        quality=wait.quality,
    )


def _handover_going_on(wait: Wait, pickup: Pickup) -> WaitSpan | None:
    handover = wait.handover_started_at
    if handover is None or wait.outcome is not None:
        return None
    return WaitSpan(wait.arrived_at, wait.clock_started_at, handover, handover, pickup.window_end)


def _signed(wait: SlipWait, signature: WaitSlipAcknowledgement | None) -> SlipWait:
    if signature is None:
        return wait
    acknowledgement = Acknowledgement(
        signer_name=signature.signer,
        proof_sha256=signature.proof_sha256,
        acknowledged_at=signature.acknowledged_at,
        slip_hash=signature.slip_hash,
        changed_since=signature.slip_hash != wait.slip_hash,
    )
    return replace(wait, acknowledgement=acknowledgement)
