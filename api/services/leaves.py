"""What follows when a courier leaves with nothing: who is told, and the fact that is kept.

Whether a leave is protected is decided in `domain.wait_ending`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import Grade
from api.domain.wait_ending import OWNER_COUNTS_BACK, LeaveReason, owner_is_told
from api.queries.door_steps import AnyWait
from api.services import absences, churn_rescoring, events, notices, wait_notices
from api.services.wait_notices import Occasion


@dataclass(frozen=True, slots=True)
class Leave:
    """A wait that ended with the courier's leaving, why it is protected or not, and whose customer it was."""

    wait: AnyWait
    customer_id: UUID
    grade: Grade | None
    owner_id: UUID | None
    reason: LeaveReason


def tell(session: Session, leaves: Sequence[Leave], *, now: datetime) -> None:
    """Tell dispatchers of early leaves, contacts and owners of protected ones. The waits are flushed."""
    tellings: list[Telling] = []
    for leave in leaves:
        assert leave.wait.departed_at is not None, "a wait that was left has ended"
        occasion = wait_notices.occasion_of(leave.wait, at=leave.wait.departed_at)
        if leave.wait.protected:
            _record(session, leave, now)
            tellings += _to_owner(session, leave, occasion, now)
            tellings += wait_notices.farewell(session, occasion, now=now)
        elif leave.reason is LeaveReason.BEFORE_DEADLINE:
            dispatchers = queries.staff.dispatchers_on_duty(session, leave.wait.branch_id, now=now)
            tellings += wait_notices.to_staff(NoticeKind.EARLY_LEAVE, occasion, dispatchers, now=now)
    notices.tell_all(session, tellings, now=now)
    unserved = [(leave.wait.branch_id, leave.customer_id) for leave in leaves if leave.wait.protected]
    churn_rescoring.rescore(session, unserved, now=now)


def _to_owner(session: Session, leave: Leave, occasion: Occasion, now: datetime) -> list[Telling]:
    if leave.owner_id is None:
        return []
    earlier = queries.waits.protected_leaves(
        session,
        leave.customer_id,
        besides=leave.wait.id,
        since=occasion.at - OWNER_COUNTS_BACK,
    )
    if not owner_is_told(leave.grade, earlier_leaves=earlier):
        return []
    present = absences.present(session, [leave.owner_id], now=now)
    return wait_notices.to_staff(NoticeKind.PROTECTED_LEAVE, occasion, present, now=now)


def _record(session: Session, leave: Leave, now: datetime) -> None:
    events.record(
        session,
        "wait.left_protected",
        subject_type="wait",
        subject_id=leave.wait.id,
        branch_id=leave.wait.branch_id,
        actor_id=leave.wait.courier_id,
        data={"cause": leave.wait.cause, "customer_id": str(leave.customer_id)},
        now=now,
    )
