"""The outbox: claiming due deliveries with a lease, and settling them by token. Pauses are in `senders`.

A claim and its settling are two short transactions; the sending lies between them. A worker that dies
keeps nothing: its lease runs out by itself, and the next claim takes the rows over.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, case, exists, literal, or_, select, union_all, update
from sqlalchemy.orm import Session

from api.domain.contact_channels import Reach, channel_for
from api.domain.delivery_policy import LEASE, MAX_ATTEMPTS, Answer, Attempt, Consequence
from api.domain.outgoing import Claim
from api.domain.vocabulary import Channel, ContactChannel, DeliveryState
from api.models import Contact, Delivery, Notice, SenderState
from api.models.types import UtcDateTime
from api.queries import driver
from api.queries.among import among
from api.queries.insertion import insert, insert_rows

OPEN = (DeliveryState.PENDING, DeliveryState.LEASED)
FAILURES = (ContactChannel.SMS, ContactChannel.CHAT, ContactChannel.EMAIL)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one claim brought: rows to send, and notices of which rows ended because nobody needs them now."""

    claims: Sequence[Claim]
    ended_notice_ids: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one claim, ready to be written."""

    claim: Claim
    answer: Answer
    consequence: Consequence


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Put the deliveries of new notices into the outbox."""
    insert_rows(session, Delivery, rows)


def add_again(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Put deliveries into the outbox of which some may have been there before: those begin anew.

    A worker that is sending one of those just now loses its lease.
    """
    if not rows:
        return
    fresh = insert(session, Delivery)
    anew = {name: fresh.excluded[name] for name in ("state", "next_at", "expires_at")}
    over = {"attempts": 0, "lease_token": None, "lease_until": None, "settled_at": None, "last_error": None}
    statement = fresh.on_conflict_do_update(
        index_elements=[Delivery.notice_id, Delivery.channel, Delivery.address_key], set_=anew | over
    )
    session.execute(statement, rows)


def channels_with_work(session: Session, *, now: datetime) -> set[Channel]:
    """Return the channels that have something due, or a lease that ran out, and that are not paused."""
    paused = set(session.scalars(_PAUSED, {"now": now}))
    return {Channel(channel) for channel in session.scalars(_CHANNELS_WITH_WORK, {"now": now})} - paused


def _has_work(channel: Channel) -> Any:
    waiting = and_(Delivery.state == DeliveryState.PENDING, Delivery.next_at <= _NOW)
    lost = and_(Delivery.state == DeliveryState.LEASED, Delivery.lease_until <= _NOW)
    return or_(*(exists().where(Delivery.channel == channel, due) for due in (waiting, lost)))


# Asked twenty times a second, so they are built once. Each part looks for one row through a partial index.
_NOW = bindparam("now", type_=UtcDateTime())
_CHANNELS_WITH_WORK = union_all(*(select(literal(one.value)).where(_has_work(one)) for one in Channel))
_PAUSED = select(SenderState.channel).where(SenderState.paused_until > _NOW)


def end_stale(session: Session, channel: Channel, *, limit: int, now: datetime) -> Sequence[UUID]:
    """End up to `limit` due rows that are of no more use by now; return their notices."""
    stale = (
        select(Delivery.id)
        .where(
            Delivery.state == DeliveryState.PENDING,
            Delivery.channel == channel,
            Delivery.next_at <= now,
            Delivery.expires_at <= now,
        )
        .order_by(Delivery.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("stale")
    )
    return session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(select(stale.c.id)))
        .values(state=DeliveryState.SUPERSEDED, settled_at=now)
        .returning(Delivery.notice_id),
        execution_options={"synchronize_session": False},
    ).all()


def claim(session: Session, channel: Channel, *, limit: int, now: datetime) -> Claimed:
    """Take up to `limit` due rows, oldest first. What is stale or was tried too often ends here.

    The attempt is counted now: a row that kills its worker each time still comes to its end. On PostgreSQL
    rows that another worker is taking are passed over; on SQLite the writer is alone.
    """
    _take_back(session, now)
    token = secrets.token_hex(16)
    due = (
        select(Delivery.id)
        .where(
            Delivery.state == DeliveryState.PENDING,
            Delivery.next_at <= now,
            Delivery.channel == channel,
        )
        .order_by(Delivery.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(_lease(due, token, now), execution_options={"synchronize_session": False}).all()
    return Claimed(
        claims=[_claim_of(row, token) for row in rows if row.state is DeliveryState.LEASED],
        ended_notice_ids=[row.notice_id for row in rows if row.state is not DeliveryState.LEASED],
    )


def _take_back(session: Session, now: datetime) -> None:
    session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.LEASED, Delivery.lease_until <= now)
        .values(state=DeliveryState.PENDING, lease_token=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def _lease(due: Select[UUID], token: str, now: datetime) -> Any:
    chosen = due.cte("due")
    stale = Delivery.expires_at <= now
    worn_out = Delivery.attempts >= MAX_ATTEMPTS
    over = stale | worn_out
    return (
        update(Delivery)
        .where(Delivery.id.in_(select(chosen.c.id)))
        .values(
            state=case(
                (stale, DeliveryState.SUPERSEDED.value),
                (worn_out, DeliveryState.DEAD.value),
                else_=DeliveryState.LEASED.value,
            ),
            attempts=case((over, Delivery.attempts), else_=Delivery.attempts + 1),
            lease_token=case((over, None), else_=token),
            lease_until=case((over, None), else_=_instant(now + LEASE)),
            settled_at=case((over, _instant(now)), else_=None),
        )
        .returning(
            Delivery.id,
            Delivery.notice_id,
            Delivery.channel,
            Delivery.address_key,
            Delivery.state,
            Delivery.attempts,
            Delivery.next_at,
            Delivery.expires_at,
        )
    )


def _instant(value: datetime) -> Any:
    return literal(value, UtcDateTime())


def _claim_of(row: Any, token: str) -> Claim:
    attempt = Attempt(number=row.attempts, useful_until=row.expires_at, seed=str(row.id))
    return Claim(row.id, row.notice_id, row.channel, row.address_key, token, attempt, row.next_at)


def settle(session: Session, settlements: Sequence[Settlement], *, now: datetime) -> int:
    """Write what became of claims; return how many still held their lease. The others change nothing."""
    if not settlements:
        return 0
    written = (
        update(Delivery.__table__)  # type: ignore[arg-type]  # the table itself takes many parameter sets
        .where(
            Delivery.id == bindparam("of_delivery"),
            Delivery.state == DeliveryState.LEASED,
            Delivery.lease_token == bindparam("of_token"),
        )
        .values(lease_token=None, lease_until=None)
    )
    result = session.connection().execute(written, [_written(one, now) for one in settlements])
    return result.rowcount


def _written(settlement: Settlement, now: datetime) -> dict[str, Any]:
    claim, answer, consequence = settlement.claim, settlement.answer, settlement.consequence
    ended = consequence.state is not DeliveryState.PENDING
    accepted = consequence.state is DeliveryState.ACCEPTED
    return {
        "of_delivery": claim.delivery_id,
        "of_token": claim.token,
        "state": consequence.state,
        "next_at": consequence.next_at or now,
        "attempts": claim.attempt.number if consequence.counts else claim.attempt.number - 1,
        "provider_ref": answer.detail[:200] if accepted else None,
        "last_error": None if accepted else answer.detail[:200],
        "settled_at": now if ended else None,
    }


def supersede(session: Session, notice_ids: Sequence[UUID], *, now: datetime) -> None:
    """End the deliveries of notices nobody needs now.

    One that is being sent keeps its lease; should its worker die, it counts as stale and is not sent again.
    """
    waiting = Delivery.state == DeliveryState.PENDING
    session.execute(
        update(Delivery)
        .where(Delivery.notice_id.in_(notice_ids), Delivery.state.in_(OPEN))
        .values(
            state=case((waiting, DeliveryState.SUPERSEDED.value), else_=Delivery.state),
            settled_at=case((waiting, _instant(now)), else_=None),
            expires_at=now,
        )
        .execution_options(synchronize_session=False)
    )


def notices_of(session: Session, claims: Sequence[Claim]) -> dict[UUID, Notice]:
    notice_ids = {one.notice_id for one in claims}
    return {notice.id: notice for notice in session.scalars(select(Notice).where(Notice.id.in_(notice_ids)))}


def ways(session: Session) -> frozenset[ContactChannel]:
    """Return the channels for which this house has somebody who brings messages."""
    found: frozenset[ContactChannel] = session.info["contact_channels"]
    return found


REACHES = select(
    *(Contact.id, Contact.phone.is_not(None), Contact.email.is_not(None), Contact.preferred_channel),
    *(Contact.sms_failed_at, Contact.chat_failed_at, Contact.email_failed_at),
).where(among(Contact.id, "contact_ids"), Contact.opted_out_at.is_(None))


def channels_of(session: Session, contact_ids: Collection[UUID]) -> dict[UUID, ContactChannel]:
    """Return by what each of these contacts is written to; without those who wish nothing or have no way.

    Nothing is decrypted for it.
    """
    session.flush()
    open_ways = ways(session)
    chosen = {}
    found = driver.rows(session, REACHES, {"contact_ids": list(contact_ids)})
    for contact_id, has_phone, has_email, preferred, *failures in found:
        failed = frozenset(channel for channel, at in zip(FAILURES, failures, strict=True) if at)
        chosen[contact_id] = channel_for(Reach(has_phone, has_email, preferred, failed), open_ways)
    return {contact_id: channel for contact_id, channel in chosen.items() if channel is not None}
