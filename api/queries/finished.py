"""Deleting what is finished and old: notices with their deliveries, timers. What is open stays."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from api.domain.vocabulary import NoticeState, TimerState
from api.models import Delivery, Notice, WaitTimer
from api.queries.deliveries import OPEN

UNTRACKED = {"synchronize_session": False}


def drop_notices(session: Session, branch_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` notices of a branch that ended before that; return how many.

    One whose delivery to a second phone is still open is passed over.
    """
    finished = (
        select(Notice.id)
        .where(
            Notice.branch_id == branch_id,
            Notice.settled_at < before,
            Notice.state != NoticeState.PENDING,
            ~_has_open_delivery(),
        )
        .order_by(Notice.settled_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    notice_ids = session.scalars(finished).all()
    if notice_ids:
        session.execute(
            delete(Delivery).where(Delivery.notice_id.in_(notice_ids)), execution_options=UNTRACKED
        )
        session.execute(delete(Notice).where(Notice.id.in_(notice_ids)), execution_options=UNTRACKED)
    return len(notice_ids)


def drop_timers(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` wait timers that were armed before that and have come to their end."""
    # Their ids begin with the time of creation, so that the primary key serves as the index.
    finished = (
        select(WaitTimer.id)
        .where(WaitTimer.id < _first_id_of(before), WaitTimer.state != TimerState.ARMED)
        .order_by(WaitTimer.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    timer_ids = session.scalars(finished).all()
    if timer_ids:
        session.execute(delete(WaitTimer).where(WaitTimer.id.in_(timer_ids)), execution_options=UNTRACKED)
    return len(timer_ids)


def _has_open_delivery() -> ColumnElement[bool]:
    return exists(select(Delivery.id).where(Delivery.notice_id == Notice.id, Delivery.state.in_(OPEN)))


def _first_id_of(instant: datetime) -> UUID:
    """Return the least UUIDv7 of that millisecond: 48 bits of time, and nothing behind them."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)
