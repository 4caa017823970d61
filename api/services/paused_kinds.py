"""Kinds of notices that flooded somebody: paused in a branch, its managers told once, let go on by them."""

from collections.abc import Collection
from datetime import datetime
from logging import getLogger
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.notice_timing import FLOOD
from api.domain.principal import Principal
from api.domain.vocabulary import Role
from api.models import PausedKind
from api.services import events

log = getLogger("doorstep.notices")


def pause(
    session: Session, floods: Collection[tuple[UUID, NoticeKind]], *, now: datetime
) -> Collection[Telling]:
    """Let kinds go to the inbox only, by branch; return what to tell the managers of those new to it."""
    tellings: list[Telling] = []
    for branch_id, kind in sorted(floods):
        cap = queries.branches.policy(session, branch_id).notices_per_person_hour
        reason = f"more than {FLOOD * cap} to one person within an hour"
        pause_id = queries.paused_kinds.add(session, branch_id, kind, reason=reason, now=now)
        if pause_id is not None:
            _record(session, "notice_kind.paused", session.get_one(PausedKind, pause_id), now=now)
            tellings += _to_managers(session, branch_id, pause_id)
            log.error(
                "notices.kind_paused", extra={"branch_id": str(branch_id), "kind": kind, "reason": reason}
            )
    return tellings


def resume(session: Session, *, branch_id: UUID, kind: str, by: Principal, now: datetime) -> None:
    """Push a kind again; what came meanwhile stays in the inbox. Raises NotFound when it is not paused."""
    paused = queries.paused_kinds.by_kind(session, branch_id, kind, by=by)
    paused.resumed_at = now
    session.flush()
    _record(session, "notice_kind.resumed", paused, actor_id=by.staff_id, now=now)


def _to_managers(session: Session, branch_id: UUID, pause_id: UUID) -> list[Telling]:
    kind = NoticeKind.KIND_PAUSED
    return [
        Telling(kind, branch_id, f"{kind}:{pause_id}:{manager_id}", staff_id=manager_id)
        for manager_id in queries.staff.active_with_role(session, branch_id, Role.MANAGER)
    ]


def _record(
    session: Session, name: str, paused: PausedKind, *, actor_id: UUID | None = None, now: datetime
) -> None:
    events.record(
        session,
        name,
        subject_type="notice_kind",
        subject_id=paused.id,
        branch_id=paused.branch_id,
        actor_id=actor_id,
        data={"kind": paused.kind, "reason": paused.reason},
        now=now,
    )
