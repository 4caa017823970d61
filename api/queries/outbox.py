"""What operators see of notices on their way: counts, lists, the life of one. Nothing of it names a person.

What brings notices on their way, and claims them, is in `notices` and `deliveries`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, union_all, update
from sqlalchemy.orm import Session

from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import Channel, DeliveryState, NoticeState
from api.models import Delivery, Notice, SenderState

COUNTED = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.DEAD)
"""The states that have a partial index. The others hold millions of rows, and nothing to be done."""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice in an operator's list."""

    id: UUID
    kind: NoticeKind
    state: NoticeState
    to_contact: bool
    decided_at: datetime
    useful_until: datetime


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery of a notice. `address` tells the phones of one person apart, not whose they are."""

    channel: Channel
    address: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    settled_at: datetime | None
    last_error: str | None
    provider_ref: str | None


@dataclass(frozen=True, slots=True)
class NoticeLife:
    """All that happened to one notice."""

    notice: NoticeLine
    thread: str
    held_until: datetime | None
    settled_at: datetime | None
    seen_at: datetime | None
    deliveries: Sequence[DeliveryLine]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that failed for good; whether its notice is `of_use` decides if it can be sent again."""

    notice_id: UUID
    kind: NoticeKind
    channel: Channel
    attempts: int
    died_at: datetime
    last_error: str | None
    of_use: bool


def counts(session: Session) -> dict[tuple[Channel, DeliveryState], int]:
    """Count the deliveries that are on their way, or dead, by channel and state, in one statement."""
    # Each part names its state, so that each reads the partial index of that state and no other row.
    parts = [
        select(Delivery.channel, Delivery.state, func.count())
        .where(Delivery.state == state)
        .group_by(Delivery.channel, Delivery.state)
        for state in COUNTED
    ]
    rows = session.execute(union_all(*parts))
    return {(Channel(channel), DeliveryState(state)): count for channel, state, count in rows}


def paused_senders(session: Session, *, now: datetime) -> Sequence[SenderState]:
    """Return the senders that send nothing at the moment."""
    paused = select(SenderState).where(SenderState.paused_until > now).order_by(SenderState.channel)
    return session.scalars(paused).all()


def refused_senders(session: Session) -> Sequence[Channel]:
    """Return the channels whose other side refuses our credentials."""
    refused = select(SenderState.channel).where(SenderState.refused_at.is_not(None))
    return session.scalars(refused.order_by(SenderState.channel)).all()


def listed(
    session: Session, *, state: NoticeState, kind: NoticeKind | None, limit: int
) -> Sequence[NoticeLine]:
    """Return notices in a state: those still on their way oldest first, those that ended newest first."""
    of_kind = [] if kind is None else [Notice.kind == kind.value]
    order = Notice.decided_at.asc() if state is NoticeState.PENDING else Notice.decided_at.desc()
    found = select(Notice).where(Notice.state == state, *of_kind).order_by(order, Notice.id).limit(limit)
    return [_line_of(notice) for notice in session.scalars(found)]


def life_of(session: Session, notice_id: UUID) -> NoticeLife | None:
    """Return what happened to a notice; None when there is none of this id."""
    notice = session.get(Notice, notice_id)
    if notice is None:
        return None
    deliveries = select(Delivery).where(Delivery.notice_id == notice_id)
    return NoticeLife(
        notice=_line_of(notice),
        thread=notice.thread,
        held_until=notice.held_until,
        settled_at=notice.settled_at,
        seen_at=notice.seen_at,
        deliveries=[
            DeliveryLine(
                channel=delivery.channel,
                address=_masked(delivery.address_key),
                state=delivery.state,
                attempts=delivery.attempts,
                next_at=delivery.next_at,
                settled_at=delivery.settled_at,
                last_error=delivery.last_error,
                provider_ref=delivery.provider_ref,
            )
            for delivery in session.scalars(deliveries.order_by(Delivery.channel, Delivery.address_key))
        ],
    )


def dead(
    session: Session, *, kind: NoticeKind | None = None, limit: int | None = None, now: datetime
) -> Sequence[DeadLetter]:
    """Return the deliveries that failed for good, newest first."""
    of_kind = [] if kind is None else [Notice.kind == kind.value]
    found = (
        select(Delivery, Notice)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Delivery.state == DeliveryState.DEAD, Delivery.settled_at.is_not(None), *of_kind)
        .order_by(Delivery.settled_at.desc(), Delivery.id)
        .limit(limit)
    )
    return [
        DeadLetter(
            notice_id=notice.id,
            kind=NoticeKind(notice.kind),
            channel=delivery.channel,
            attempts=delivery.attempts,
            died_at=delivery.settled_at or now,
            last_error=delivery.last_error,
            of_use=notice.useful_until > now,
        )
        for delivery, notice in session.execute(found)
    ]


def to_redrive(session: Session, notice_ids: Collection[UUID]) -> dict[UUID, Notice]:
    """Return these notices, locked: nobody settles or reads them meanwhile."""
    found = select(Notice).where(Notice.id.in_(notice_ids)).order_by(Notice.id).with_for_update()
    return {notice.id: notice for notice in session.scalars(found)}


def revive(session: Session, notice: Notice, *, now: datetime) -> int:
    """Put the dead deliveries of a notice back into the outbox, their attempts uncounted; return how many."""
    revived = session.execute(
        update(Delivery)
        .where(Delivery.notice_id == notice.id, Delivery.state == DeliveryState.DEAD)
        .values(
            state=DeliveryState.PENDING,
            attempts=0,
            next_at=now,
            expires_at=notice.useful_until,
            settled_at=None,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(revived.all())


def _line_of(notice: Notice) -> NoticeLine:
    return NoticeLine(
        id=notice.id,
        kind=NoticeKind(notice.kind),
        state=notice.state,
        to_contact=notice.contact_id is not None,
        decided_at=notice.decided_at,
        useful_until=notice.useful_until,
    )


def _masked(address_key: str) -> str:
    """Shorten the id of a phone's registration; words such as "contact" say nothing of anybody."""
    return address_key if address_key.isalpha() else f"...{address_key[-6:]}"
