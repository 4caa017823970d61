"""Readiness: the newest answer for a pickup, how many there were, and whose contact is to be asked now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.models import Pickup, ReadinessRecord


def newest_answer(session: Session, pickup_id: UUID) -> ReadinessRecord | None:
    return _newest(session, ReadinessRecord.pickup_id == pickup_id)


def newest_answer_through(session: Session, link_id: UUID) -> ReadinessRecord | None:
    """Return what was answered last through one link."""
    return _newest(session, ReadinessRecord.link_id == link_id)


def count_answers(session: Session, pickup_id: UUID) -> int:
    """Count the versions of a pickup's answer."""
    statement = select(func.count()).where(ReadinessRecord.pickup_id == pickup_id)
    return session.scalar(statement) or 0


def due_pings(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return pickups whose contact is to be asked, longest due first."""
    due = select(Pickup.id).where(Pickup.ping_due_at <= now)
    return session.scalars(due.order_by(Pickup.ping_due_at).limit(limit)).all()


def claim_due_ping(session: Session, pickup_id: UUID, *, now: datetime) -> Pickup | None:
    """Take a pickup whose contact is to be asked; None when another process was quicker."""
    return session.scalar(
        select(Pickup)
        .where(Pickup.id == pickup_id, Pickup.ping_due_at <= now)
        .with_for_update(key_share=True, skip_locked=True)
    )


def _newest(session: Session, condition: ColumnElement[bool]) -> ReadinessRecord | None:
    return session.scalar(
        select(ReadinessRecord).where(condition).order_by(ReadinessRecord.id.desc()).limit(1)
    )
