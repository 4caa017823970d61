"""Deleting what is finished and old: notices with their deliveries, timers, links, what was said in cases.

What is open stays. Facts and scores are deleted in `facts` and `score_retention`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from api.domain.vocabulary import CaseState, NoticeState, TimerState
from api.models import Case, CaseMessage, Delivery, Feedback, Link, Notice, ReadinessRecord, WaitTimer
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
        .where(WaitTimer.id < first_id_of(before), WaitTimer.state != TimerState.ARMED)
        .order_by(WaitTimer.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    timer_ids = session.scalars(finished).all()
    if timer_ids:
        session.execute(delete(WaitTimer).where(WaitTimer.id.in_(timer_ids)), execution_options=UNTRACKED)
    return len(timer_ids)


def drop_links(session: Session, branch_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` links of a branch that ended before that; return how many.

    What was said through them stays, and no longer names them.
    """
    ended = (
        select(Link.id)
        .where(Link.branch_id == branch_id, or_(Link.expires_at < before, Link.revoked_at < before))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    link_ids = session.scalars(ended).all()
    if link_ids:
        for said in (Feedback, ReadinessRecord, CaseMessage):
            unnamed = update(said).where(said.link_id.in_(link_ids)).values(link_id=None)
            session.execute(unnamed, execution_options=UNTRACKED)
        session.execute(delete(Link).where(Link.id.in_(link_ids)), execution_options=UNTRACKED)
    return len(link_ids)


def drop_case_texts(session: Session, branch_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` texts of cases of a branch that were closed before that; return how many.

    That something was said, when and by which side, stays.
    """
    closed = select(Case.id).where(
        Case.branch_id == branch_id, Case.state == CaseState.CLOSED, Case.closed_at < before
    )
    # What was said before the closing has an id of before it: the primary key serves as the index.
    old = (
        select(CaseMessage.id)
        .where(
            CaseMessage.id < first_id_of(before),
            CaseMessage.text.is_not(None),
            CaseMessage.case_id.in_(closed),
        )
        .order_by(CaseMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    message_ids = session.scalars(old).all()
    if message_ids:
        emptied = update(CaseMessage).where(CaseMessage.id.in_(message_ids)).values(text=None)
        session.execute(emptied, execution_options=UNTRACKED)
    return len(message_ids)


def _has_open_delivery() -> ColumnElement[bool]:
    return exists(select(Delivery.id).where(Delivery.notice_id == Notice.id, Delivery.state.in_(OPEN)))


def first_id_of(instant: datetime) -> UUID:
    """Return the least UUIDv7 of that millisecond: 48 bits of time, and nothing behind them."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)
