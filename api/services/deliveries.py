"""Bringing notices out: taking what is due, writing each message at the last moment, settling the answers.

Nothing here touches the network: a job sends between `take_due` and `settle`.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.domain.contact_texts import Letterhead, write
from api.domain.delivery_policy import UNTIL_RESUMED, Answer, what_follows
from api.domain.notice_kinds import KINDS, NoticeKind, Priority
from api.domain.notice_texts import render
from api.domain.outgoing import Claim, ContactMessage, Outgoing, PushMessage
from api.domain.vocabulary import Channel, ContactChannel, Locale
from api.models import Device, Notice
from api.queries.deliveries import Settlement
from api.security import UnreadableField
from api.services import contact_reach, links

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


def pause(
    session: Session, channel: Channel, *, until: datetime = UNTIL_RESUMED, reason: str, now: datetime
) -> None:
    """Send nothing more on a channel until then. What is being sent goes on; nothing is lost."""
    queries.deliveries.pause(session, channel, until=until, reason=reason, now=now)
    log.warning("notices.sender_paused", extra={"channel": channel.value, "reason": reason})


def resume(session: Session, channel: Channel, *, now: datetime) -> None:
    """Send again on a channel, whoever paused it. What is of no more use by now is superseded, not sent."""
    queries.deliveries.resume(session, channel, now=now)
    log.warning("notices.sender_resumed", extra={"channel": channel.value})


def _act_on(session: Session, sent: Outgoing, settlement: Settlement, now: datetime) -> None:
    claim, answer, consequence = settlement.claim, settlement.answer, settlement.consequence
    if consequence.forget_address:
        _forget_address(session, sent, now)
    if consequence.pause_sender is not None:
        until = now + consequence.pause_sender
        queries.deliveries.pause(session, claim.channel, until=until, reason=answer.detail, now=now)
        log.log(
            logging.ERROR if consequence.alarm else logging.WARNING,
            "notices.sender_stopped" if consequence.alarm else "notices.sender_paused",
            extra={"channel": claim.channel.value, "until": until.isoformat(), "reason": answer.detail},
        )


def _forget_address(session: Session, sent: Outgoing, now: datetime) -> None:
    match sent.message:
        case PushMessage(address=address):
            queries.devices.forget_address(session, address)
        case ContactMessage(channel=channel, address=address):
            contact_id = session.get_one(Notice, sent.claim.notice_id).contact_id
            assert contact_id is not None, "a message is for a contact"
            contact_reach.mark_failed(
                session, contact_id=contact_id, channel=channel, address=address, now=now
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
                message = _message(session, notice, ContactChannel(claim.channel), now)
            outgoing.append(Outgoing(claim, message))
        except _NotWanted as wish:
            outgoing.append(Outgoing(claim, Answer.suppressed(str(wish))))
        except _CannotBeWritten as problem:
            outgoing.append(Outgoing(claim, Answer.dead(str(problem))))
        except (UnreadableField, KeyError, ValueError) as mistake:
            # One notice that cannot be written must not hold up those behind it.
            outgoing.append(Outgoing(claim, Answer.dead(f"{type(mistake).__name__}: {mistake}")))
    return outgoing


class _CannotBeWritten(Exception):
    """There is nobody to write to any more, or nothing to link to."""


class _NotWanted(Exception):
    """The contact has said that he wants no messages, after this one was decided."""


def _push(notice: Notice, phone: tuple[Device, Locale] | None, now: datetime) -> PushMessage:
    if phone is None:
        raise _CannotBeWritten("the phone is no longer registered")
    device, locale = phone
    kind = NoticeKind(notice.kind)
    text = render(kind, locale, notice.variables)
    subjects = {
        "pickup_id": notice.pickup_id,
        "wait_id": notice.wait_id,
        "customer_id": notice.customer_id,
        "case_id": notice.case_id,
    }
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


def _message(session: Session, notice: Notice, channel: ContactChannel, now: datetime) -> ContactMessage:
    reader = queries.deliveries.reader_of(session, notice)
    address = reader.email if channel is ContactChannel.EMAIL else reader.phone
    if reader.opted_out_at is not None:
        raise _NotWanted("the contact wants no messages any more")
    if address is None:
        raise _CannotBeWritten(f"the contact has no address for {channel} any more")
    if reader.link is None or reader.link.revoked_at is not None:
        raise _CannotBeWritten("the link is not valid any more")
    # Only here, and never in a row, the links' ids become URLs that open something.
    letterhead = Letterhead(
        branch=reader.branch_name,
        hotline=reader.hotline,
        url=links.url(session, reader.link),
        preferences_url=links.preferences_url(session, reader.contact_id, now=now),
    )
    kind = NoticeKind(notice.kind)
    written = write(kind, channel, reader.locale, notice.variables, letterhead)
    return ContactMessage(
        notice_id=notice.id,
        kind=kind.value,
        channel=channel,
        address=address,
        locale=reader.locale,
        sender=reader.branch_name,
        subject=written.subject,
        text=written.text,
        url=letterhead.url,
        preferences_url=letterhead.preferences_url,
        useful_until=notice.useful_until,
        leaves_at=now,
    )
