"""Kinds of notices that go to the inbox only, by branch: until somebody has seen why and lets them go on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.notice_kinds import NoticeKind
from api.domain.principal import Principal
from api.models import PausedKind
from api.queries import branches
from api.queries.insertion import insert_missing


@dataclass(frozen=True, slots=True)
class PausedKindView:
    """A kind that is pushed to nobody in a branch, since when and why."""

    kind: NoticeKind
    reason: str
    paused_at: datetime


def recent(session: Session, branch_ids: Collection[UUID], *, since: datetime) -> Sequence[PausedKind]:
    """Return what is paused in these branches, and what was resumed since then."""
    counts = or_(PausedKind.resumed_at.is_(None), PausedKind.resumed_at > since)
    return session.scalars(select(PausedKind).where(PausedKind.branch_id.in_(branch_ids), counts)).all()


def listed(session: Session, branch_id: UUID, *, by: Principal) -> Sequence[PausedKindView]:
    """Return what is paused in the caller's branch, the longest first."""
    branch = branches.by_id(session, branch_id, by=by)
    paused = select(PausedKind).where(PausedKind.branch_id == branch.id, PausedKind.resumed_at.is_(None))
    return [
        PausedKindView(NoticeKind(one.kind), one.reason, one.paused_at)
        for one in session.scalars(paused.order_by(PausedKind.paused_at, PausedKind.id))
    ]


def by_kind(session: Session, branch_id: UUID, kind: str, *, by: Principal) -> PausedKind:
    """Find the pause of a kind in the caller's branch, locked."""
    branch = branches.by_id(session, branch_id, by=by)
    paused = (PausedKind.branch_id == branch.id) & (PausedKind.kind == kind) & PausedKind.resumed_at.is_(None)
    found = session.scalar(select(PausedKind).where(paused).with_for_update())
    if found is None:
        raise NotFound()
    return found


def add(session: Session, branch_id: UUID, kind: NoticeKind, *, reason: str, now: datetime) -> UUID | None:
    """Pause a kind; return the pause's id, or None when it was paused already."""
    row = {"branch_id": branch_id, "kind": kind.value, "reason": reason, "paused_at": now}
    return next(iter(insert_missing(session, PausedKind, [row], unique=None, told=PausedKind.id)), None)
