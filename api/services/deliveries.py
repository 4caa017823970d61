"""Bringing notices out: taking what is due, writing each message at the last moment, settling the answers.

Nothing here touches the network: a job sends between `take_due` and `settle`.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.domain.delivery_policy import Answer, what_follows
from api.domain.notice_kinds import KINDS, NoticeKind, Priority
from api.domain.notice_texts import render
from api.domain.outgoing import Claim, ContactMessage, Outgoing, PushMessage
from api.domain.vocabulary import Channel, Locale
from api.models import Device, Notice
from api.queries.deliveries import Settlement
from api.security import UnreadableField, vault_of

log = logging.getLogger("doorstep.notices")


def take_due(session: Session, channel: Channel, *, limit: int, now: datetime) -> list[Outgoing]:
    """Claim what is due on a channel and write what each delivery will say."""
    taken = queries.deliveries.claim(session, channel, limit=limit, now=now)
    if taken.ended_notice_ids:
        queries.notices.settle(session, taken.ended_notice_ids, now=now)
    return _composed(session, taken.claims, now) if taken.claims else []


def settle(session: Session, answers: Sequence[tuple[Outgoing, Answer]], *, now: datetime) -> int:
    """Write down what became of each attempt; return how many still held their lease.

    An answer that comes after its lease has run out changes nothing of the delivery, but what it says of the
    address or the sender is true all the same.
    """
    settlements = [
        Settlement(sent.claim, answer, what_follows(answer, sent.claim.attempt, now))
        for sent, answer in answers
    ]
    held = queries.deliveries.settle(session, settlements, now=now)
    for (sent, _), settlement in zip(answers, settlements, strict=True):
        _act_on(session, sent, settlement, now)
    queries.notices.settle(session, [one.claim.notice_id for one in settlements], now=now)
    return held


def _act_on(session: Session, sent: Outgoing, settlement: Settlement, now: datetime) -> None:
    claim, answer, consequence = settlement.claim, settlement.answer, settlement.consequence
    if consequence.forget_address and isinstance(sent.message, PushMessage):
        queries.devices.forget_address(session, sent.message.address)
    if consequence.pause_sender is not None:
        until = now + consequence.pause_sender
        queries.deliveries.pause(session, claim.channel, until=until, reason=answer.detail, now=now)
        log.log(
            logging.ERROR if consequence.alarm else logging.WARNING,
            "notices.sender_stopped" if consequence.alarm else "notices.sender_paused",
            extra={"channel": claim.channel.value, "until": until.isoformat(), "reason": answer.detail},
        )


def _composed(session: Session, claims: Sequence[Claim], now: datetime) -> list[Outgoing]:
    notices = queries.deliveries.notices_of(session, claims)
    pushed = [claim for claim in claims if claim.channel is Channel.PUSH]
    phones = queries.deliveries.phones_of(session, pushed) if pushed else {}
    outgoing = []
    for claim in claims:
        notice = notices[claim.notice_id]
        try:
            if claim.channel is Channel.PUSH:
                message: PushMessage | ContactMessage = _push(notice, phones.get(claim.address_key), now)
            else:
                message = _message(session, notice, now)
            outgoing.append(Outgoing(claim, message))
        except (_CannotBeWritten, UnreadableField, KeyError, ValueError) as problem:
            # One notice that cannot be written must not hold up those behind it.
            outgoing.append(Outgoing(claim, None, f"{type(problem).__name__}: {problem}".lstrip("_")))
    return outgoing


class _CannotBeWritten(Exception):
    """There is nobody to write to any more, or nothing to link to."""


def _push(notice: Notice, phone: tuple[Device, Locale] | None, now: datetime) -> PushMessage:
    if phone is None:
        raise _CannotBeWritten("the phone is no longer registered")
    device, locale = phone
    kind = NoticeKind(notice.kind)
    text = render(kind, locale, notice.variables)
    subjects = {"pickup_id": notice.pickup_id, "wait_id": notice.wait_id, "customer_id": notice.customer_id}
    return PushMessage(
        notice_id=notice.id,
        kind=kind.value,
        address=device.push_address,
        address_kind=device.address_kind,
        thread=notice.thread,
        title=text.title,
        body=text.body,
        ids={name: str(value) for name, value in subjects.items() if value is not None},
        urgent=KINDS[kind].priority is Priority.HIGH,
        useful_until=notice.useful_until,
        leaves_at=now,
    )


def _message(session: Session, notice: Notice, now: datetime) -> ContactMessage:
    reader = queries.deliveries.reader_of(session, notice)
    if reader.phone is None and reader.email is None:
        raise _CannotBeWritten("the contact has no address any more")
    if reader.link is None or reader.link.revoked_at is not None:
        raise _CannotBeWritten("the link is not valid any more")
    # Only here, and never in a row, the link's id becomes a URL that opens something.
    url = vault_of(session).links.url(reader.link.id, reader.link.key_id)
    kind = NoticeKind(notice.kind)
    text = render(kind, reader.locale, {**notice.variables, "branch": reader.branch_name, "url": url})
    return ContactMessage(
        notice_id=notice.id,
        kind=kind.value,
        phone=reader.phone,
        email=reader.email,
        text=text.body,
        useful_until=notice.useful_until,
        leaves_at=now,
    )
