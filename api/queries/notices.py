"""Notices: deciding once, the inbox, and what a thread or a set of deliveries makes of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import and_, case, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.notice_kinds import KINDS, NoticeKind
from api.domain.notice_texts import render
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import DeliveryState, Locale, NoticeState
from api.models import Delivery, Notice
from api.models.notice import AT_WORK
from api.models.types import UtcDateTime
from api.queries.deliveries import OPEN
from api.queries.insertion import insert_missing
from api.queries.paging import mapped, paginate

CALM = tuple(kind.value for kind, rule in KINDS.items() if not rule.live)


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
    held_until: datetime | None
    snoozes: int
    acknowledged_at: datetime | None
    needs_acknowledgement: bool
    """Somebody should say that he takes care of it, and nobody has yet."""

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
            held_until=notice.held_until,
            snoozes=notice.snoozes,
            acknowledged_at=notice.acknowledged_at,
            needs_acknowledgement=notice.climbs_at is not None,
        )


def decide(session: Session, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Insert the notices whose `dedupe_key` nobody has used; return the keys of only those.

    Of twins in other transactions exactly one wins: the unique key decides, not a look beforehand.
    """
    # On any key: the id is made of the dedupe key, and both are taken at once.
    return insert_missing(session, Notice, rows, unique=None, told=Notice.dedupe_key)


def inbox(
    session: Session, *, by: Principal, locale: Locale, page: PageRequest, unread: bool = False
) -> Page[NoticeView]:
    """Return what the caller was told, or has not read of it, newest first, whatever became of deliveries."""
    mine = select(Notice).where(Notice.staff_id == by.staff_id)
    if unread:
        mine = mine.where(Notice.seen_at.is_(None))
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


@dataclass(frozen=True, slots=True)
class ToldOfKind:
    """How many notices of one calm kind a person was told: `pushed` at once, `decided` in all."""

    staff_id: UUID
    kind: str
    pushed: int
    first_pushed_at: datetime | None
    decided: int


def told_since(
    session: Session,
    staff_ids: Collection[UUID],
    since: datetime,
    *,
    counted_anew: Mapping[tuple[UUID, str], datetime],
) -> Sequence[ToldOfKind]:
    """Return what was decided for these people since then, of calm kinds; the inbox alone does not count.

    Of a branch and kind in `counted_anew` only what was decided since that instant is in `decided`.
    """
    at_once = Notice.held_until.is_(None) & Notice.digest_id.is_(None)
    before = [
        and_(Notice.branch_id == branch_id, Notice.kind == kind, Notice.decided_at <= at)
        for (branch_id, kind), at in counted_anew.items()
    ]
    rows = session.execute(
        select(
            Notice.staff_id,
            Notice.kind,
            func.sum(case((at_once, 1), else_=0)),
            func.min(case((at_once, Notice.decided_at))),
            func.sum(case((or_(*before), 0), else_=1)) if before else func.count(),
        )
        .where(
            Notice.staff_id.in_(staff_ids),
            Notice.decided_at > since,
            Notice.kind.in_(CALM),
            Notice.state != NoticeState.SUPPRESSED,
        )
        .group_by(Notice.staff_id, Notice.kind)
    )
    return [ToldOfKind(*row) for row in rows]


def unread_of_digests(session: Session, digest_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many of the notices that each digest tells of were not read meanwhile."""
    unread = (
        select(Notice.digest_id, func.count())
        .where(Notice.digest_id.in_(digest_ids), Notice.seen_at.is_(None))
        .group_by(Notice.digest_id)
    )
    return {digest_id: count for digest_id, count in session.execute(unread) if digest_id}


def at_work_in_thread(session: Session, thread: str) -> Sequence[UUID]:
    """Return the notices of a thread that are still on their way, may fall back or climb."""
    waiting = select(Notice.id).where(Notice.thread == thread, AT_WORK)
    return session.scalars(waiting.order_by(Notice.id)).all()


def supersede(session: Session, notice_ids: Sequence[UUID], *, now: datetime) -> None:
    """End notices that are of no more use: none of them leaves, falls back or climbs any more."""
    waiting = Notice.state == NoticeState.PENDING
    session.execute(
        update(Notice)
        .where(Notice.id.in_(notice_ids))
        .values(
            state=case((waiting, NoticeState.SUPERSEDED.value), else_=Notice.state),
            settled_at=case((waiting, literal(now, UtcDateTime())), else_=Notice.settled_at),
            held_until=None,
            falls_back_at=None,
            climbs_at=None,
        )
    )


def settle(session: Session, notice_ids: Sequence[UUID], *, now: datetime) -> None:
    """End the notices whose deliveries have decided it: one accepted is enough, all ended is the end.

    What is held is yet to be delivered, whatever came of it before it was put off. What would have fallen
    back in a while does so at once when none of its pushes can arrive.
    """
    accepted = _has_delivery(DeliveryState.ACCEPTED)
    decided = accepted | ~_has_delivery(*OPEN)
    ending = case(
        (accepted, NoticeState.ACCEPTED.value),
        (_has_delivery(DeliveryState.SUPERSEDED), NoticeState.SUPERSEDED.value),
        (_has_delivery(DeliveryState.SUPPRESSED), NoticeState.SUPPRESSED.value),
        (_has_delivery(DeliveryState.DEAD), NoticeState.DEAD.value),
        else_=NoticeState.SUPERSEDED.value,  # It was read before it was on its way at all.
    )
    falls_back_now = and_(ending == NoticeState.DEAD.value, Notice.falls_back_at.is_not(None))
    session.execute(
        update(Notice)
        .where(
            Notice.id.in_(notice_ids),
            Notice.state == NoticeState.PENDING,
            Notice.held_until.is_(None),
            decided,
        )
        .values(
            state=ending,
            settled_at=now,
            falls_back_at=case((falls_back_now, literal(now, UtcDateTime())), else_=Notice.falls_back_at),
        )
        .execution_options(synchronize_session=False)
    )


def _has_delivery(*states: DeliveryState) -> Any:
    return exists(select(Delivery.id).where(Delivery.notice_id == Notice.id, Delivery.state.in_(states)))
