"""Notices: deciding once, the inbox, and what a thread or a set of deliveries makes of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import case, exists, func, select, update
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.notice_kinds import NoticeKind
from api.domain.notice_texts import render
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import DeliveryState, Locale, NoticeState
from api.models import Delivery, Notice
from api.queries.deliveries import OPEN
from api.queries.insertion import insert_missing
from api.queries.paging import mapped, paginate


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as its reader sees it, in the reader's language."""

    id: UUID
    kind: NoticeKind
    title: str
    body: str
    thread: str
    pickup_id: UUID | None
    wait_id: UUID | None
    customer_id: UUID | None
    case_id: UUID | None
    state: NoticeState
    decided_at: datetime
    useful_until: datetime
    seen_at: datetime | None

    @classmethod
    def of(cls, notice: Notice, locale: Locale) -> Self:
        kind = NoticeKind(notice.kind)
        text = render(kind, locale, notice.variables)
        return cls(
            id=notice.id,
            kind=kind,
            title=text.title,
            body=text.body,
            thread=notice.thread,
            pickup_id=notice.pickup_id,
            wait_id=notice.wait_id,
            customer_id=notice.customer_id,
            case_id=notice.case_id,
            state=notice.state,
            decided_at=notice.decided_at,
            useful_until=notice.useful_until,
            seen_at=notice.seen_at,
        )


def decide(session: Session, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Insert the notices whose `dedupe_key` nobody has used; return the keys of only those.

    Of twins in other transactions exactly one wins: the unique key decides, not a look beforehand.
    """
    # On any key: the id is made of the dedupe key, and both are taken at once.
    return insert_missing(session, Notice, rows, unique=None, told=Notice.dedupe_key)


def inbox(session: Session, *, by: Principal, locale: Locale, page: PageRequest) -> Page[NoticeView]:
    """Return what the caller was told, newest first, whatever became of its deliveries."""
    mine = select(Notice).where(Notice.staff_id == by.staff_id)
    found = paginate(session, mine, [Notice.decided_at, Notice.id], page, descending=True)
    return mapped(found, lambda notice: NoticeView.of(notice, locale))


def views_of(
    session: Session, notice_ids: Collection[UUID], *, by: Principal, locale: Locale
) -> dict[UUID, NoticeView]:
    """Return those of the notices that are the caller's own, by their ids."""
    if not notice_ids:
        return {}
    mine = select(Notice).where(Notice.id.in_(notice_ids), Notice.staff_id == by.staff_id)
    return {notice.id: NoticeView.of(notice, locale) for notice in session.scalars(mine)}


def unread_count(session: Session, *, by: Principal) -> int:
    count = select(func.count()).where(Notice.staff_id == by.staff_id, Notice.seen_at.is_(None))
    return session.scalars(count).one()


def by_id(session: Session, notice_id: UUID, *, by: Principal) -> Notice:
    """Find one of the caller's own notices."""
    found = session.scalar(select(Notice).where(Notice.id == notice_id, Notice.staff_id == by.staff_id))
    if found is None:
        raise NotFound()
    return found


def pending_of_thread(session: Session, thread: str) -> Sequence[UUID]:
    """Return the notices of a thread that are still on their way."""
    waiting = select(Notice.id).where(Notice.thread == thread, Notice.state == NoticeState.PENDING)
    return session.scalars(waiting.order_by(Notice.id)).all()


def supersede(session: Session, notice_ids: Sequence[UUID], *, now: datetime) -> None:
    """End notices that are of no more use."""
    session.execute(
        update(Notice)
        .where(Notice.id.in_(notice_ids), Notice.state == NoticeState.PENDING)
        .values(state=NoticeState.SUPERSEDED, settled_at=now)
    )


def settle(session: Session, notice_ids: Sequence[UUID], *, now: datetime) -> None:
    """End the notices whose deliveries have decided it: one accepted is enough, all ended is the end."""
    accepted = _has_delivery(DeliveryState.ACCEPTED)
    decided = accepted | ~_has_delivery(*OPEN)
    ending = case(
        (accepted, NoticeState.ACCEPTED.value),
        (_has_delivery(DeliveryState.SUPERSEDED), NoticeState.SUPERSEDED.value),
        (_has_delivery(DeliveryState.SUPPRESSED), NoticeState.SUPPRESSED.value),
        else_=NoticeState.DEAD.value,
    )
    session.execute(
        update(Notice)
        .where(Notice.id.in_(notice_ids), Notice.state == NoticeState.PENDING, decided)
        .values(state=ending, settled_at=now)
        .execution_options(synchronize_session=False)
    )


def _has_delivery(*states: DeliveryState) -> Any:
    return exists(select(Delivery.id).where(Delivery.notice_id == Notice.id, Delivery.state.in_(states)))
