"""Notices that nobody has seen in time: claimed once, and put on their way to their readers' own numbers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, select, update
from sqlalchemy.orm import Session

from api.domain.vocabulary import Locale, NoticeState
from api.models import Branch, Delivery, Notice, StaffMember
from api.queries.insertion import insert_missing

UNTRACKED = {"synchronize_session": False}
WITH_A_NUMBER = and_(StaffMember.phone.is_not(None), StaffMember.deactivated_at.is_(None))


@dataclass(frozen=True, slots=True)
class Unseen:
    """A claimed notice; `may_go` is False where it was seen or is no longer so, by the time it is claimed."""

    notice_id: UUID
    branch_id: UUID
    staff_id: UUID
    useful_until: datetime
    may_go: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a message goes to that falls back, and in whose name. Decrypted only where it is read."""

    phone: str
    locale: Locale
    branch_name: str


def claim(session: Session, *, limit: int, now: datetime) -> Sequence[Unseen]:
    """Take at most `limit` notices whose time to be seen is over, oldest first; nobody takes them again.

    What is held was not shown to anybody yet: it is passed over until it has left.
    """
    due = (
        select(Notice.id)
        .where(Notice.falls_back_at <= now, Notice.held_until.is_(None))
        .order_by(Notice.falls_back_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        update(Notice)
        .where(Notice.id.in_(select(due.c.id)))
        .values(falls_back_at=None)
        .returning(
            *(Notice.id, Notice.branch_id, Notice.staff_id, Notice.useful_until),
            *(Notice.seen_at, Notice.acknowledged_at, Notice.state),
        )
    )
    rows = session.execute(taken, execution_options=UNTRACKED)
    return [
        Unseen(
            *(row.id, row.branch_id, row.staff_id, row.useful_until),
            may_go=row.seen_at is None
            and row.acknowledged_at is None
            and row.state is not NoticeState.SUPERSEDED
            and now < row.useful_until,
        )
        for row in rows
    ]


def with_a_number(session: Session, staff_ids: Collection[UUID]) -> set[UUID]:
    """Return those of these who still work here and have a number. Nothing is decrypted for it."""
    return set(session.scalars(select(StaffMember.id).where(StaffMember.id.in_(staff_ids), WITH_A_NUMBER)))


def put_on_their_way(session: Session, deliveries: Sequence[dict[str, Any]]) -> set[UUID]:
    """Add these deliveries, and let their notices wait for them; return the notices that have a new one.

    A notice that a push service had taken is on its way again until its reader's number has it, too.
    """
    unique = ("notice_id", "channel", "address_key")
    notice_ids = insert_missing(session, Delivery, deliveries, unique=unique, told=Delivery.notice_id)
    if notice_ids:
        reopened = update(Notice).where(Notice.id.in_(notice_ids))
        values = {"state": NoticeState.PENDING, "settled_at": None}
        session.execute(reopened.values(**values), execution_options=UNTRACKED)
    return notice_ids


def end_in_the_inbox(session: Session, notice_ids: Collection[UUID], *, now: datetime) -> None:
    """End those of these notices that nothing brings to their readers: they find them in the inbox."""
    has_delivery = exists(select(Delivery.id).where(Delivery.notice_id == Notice.id))
    ended = update(Notice).where(
        Notice.id.in_(notice_ids), Notice.state == NoticeState.PENDING, ~has_delivery
    )
    values = {"state": NoticeState.SUPPRESSED, "settled_at": now}
    session.execute(ended.values(**values), execution_options=UNTRACKED)


def reader_of(session: Session, staff_id: UUID) -> Reader | None:
    """Return whom to write to; None who has no number or works here no more."""
    row = session.execute(
        select(StaffMember.phone, StaffMember.locale, Branch.name)
        .join(Branch, Branch.id == StaffMember.branch_id)
        .where(StaffMember.id == staff_id, WITH_A_NUMBER)
    ).one_or_none()
    return None if row is None or row.phone is None else Reader(row.phone, row.locale, row.name)
