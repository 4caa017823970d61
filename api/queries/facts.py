"""Deleting facts about plain work when their time is over. They are written by `services.events` alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.domain.audit import PLAIN
from api.models import EventRecord
from api.queries.finished import UNTRACKED, first_id_of


def drop_plain(session: Session, branch_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` plain facts of a branch that are older than that; return how many.

    Whatever `domain.audit.PLAIN` does not name is left alone, the audit trail above all.
    """
    # Their ids begin with the time of writing, so that the primary key serves as the index.
    old = (
        select(EventRecord.id)
        .where(
            EventRecord.id < first_id_of(before),
            EventRecord.branch_id == branch_id,
            EventRecord.name.in_(sorted(PLAIN)),
        )
        .order_by(EventRecord.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    fact_ids = session.scalars(old).all()
    if fact_ids:
        dropped = delete(EventRecord).where(EventRecord.id.in_(fact_ids))
        session.execute(dropped, execution_options=UNTRACKED)
    return len(fact_ids)
