"""Pickups whose courier should have come: claimed when somebody has to look, and looked at again later."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from api.models import Pickup


def claim_due(session: Session, *, limit: int, now: datetime) -> Sequence[Pickup]:
    """Take pickups to look at, longest due first; one that a request holds just now is left for later."""
    return session.scalars(
        select(Pickup)
        .where(Pickup.lateness_due_at <= now)
        .order_by(Pickup.lateness_due_at)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def look_again(session: Session, at: Collection[tuple[UUID, datetime]]) -> None:
    """Set when these pickups are looked at next. Nothing that people see of them changes, nor the version."""
    if at:
        session.connection().execute(
            update(Pickup.__table__)  # type: ignore[arg-type]
            .where(Pickup.__table__.c.id == bindparam("pickup"))
            .values(lateness_due_at=bindparam("due_at")),
            [{"pickup": pickup_id, "due_at": due_at} for pickup_id, due_at in at],
        )
