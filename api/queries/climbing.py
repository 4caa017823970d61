"""Notices that wait to be acknowledged: claimed when their next step is due, ended by thread."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from api.domain.churn_alerts import OPEN_STATES
from api.domain.vocabulary import Role
from api.models import ChurnAlert, Notice, StaffMember
from api.models.notice import AT_WORK


def claim(session: Session, *, limit: int, now: datetime) -> Sequence[Notice]:
    """Take at most `limit` notices whose next step is due, oldest first; nobody else takes them meanwhile."""
    return session.scalars(
        select(Notice)
        .where(Notice.climbs_at <= now)
        .order_by(Notice.climbs_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def stop(session: Session, threads: Collection[str], *, told_as: str | None) -> Sequence[dict[str, Any]]:
    """Let nothing of these threads climb or fall back any more; return whose notices that changed.

    With `told_as` only what was told under keys that begin so.
    """
    waiting = or_(Notice.climbs_at.is_not(None), Notice.falls_back_at.is_not(None))
    of_it = [] if told_as is None else [Notice.dedupe_key.startswith(told_as, autoescape=True)]
    stopped = session.execute(
        update(Notice)
        .where(Notice.thread.in_(threads), AT_WORK, waiting, *of_it)
        .values(climbs_at=None, falls_back_at=None)
        .returning(Notice.id, Notice.branch_id, Notice.staff_id)
    )
    return [row._asdict() for row in stopped]


def alerts_by_rep(session: Session, branch_id: UUID) -> dict[UUID, int]:
    """Return how many open churn alerts each active rep of a branch has to look after."""
    open_alert = (ChurnAlert.owner_id == StaffMember.id) & ChurnAlert.state.in_(OPEN_STATES)
    counted = (
        select(StaffMember.id, func.count(ChurnAlert.id))
        .outerjoin(ChurnAlert, open_alert)
        .where(
            StaffMember.branch_id == branch_id,
            StaffMember.role == Role.SALES_REP,
            StaffMember.deactivated_at.is_(None),
        )
        .group_by(StaffMember.id)
    )
    return dict(session.execute(counted).all())
