"""Bringing notices out: taking what is due, writing each message at the last moment, settling the answers.

Nothing here touches the network: a job sends between `take_due` and `settle`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.domain.contact_texts import Letterhead, write
from api.domain.delivery_policy import Answer, what_follows
from api.domain.notice_kinds import KINDS, NoticeKind
from api.domain.notice_rules import Priority
from api.domain.notice_texts import render
from api.domain.outgoing import Claim, ContactMessage, Outgoing, PushMessage
from api.domain.vocabulary import Channel, ContactChannel, Locale
from api.models import Device, Notice
from api.queries.deliveries import Settlement
from api.security import UnreadableField
from api.services import contact_reach, fall_back, links, senders

STALE_AT_ONCE = 1_000


def take_due(session: Session, channel: Channel, *, limit: int, now: datetime) -> list[Outgoing]:
    """Claim what is due on a channel, as much as its sender may send, and write what each will say.

    What is of no more use ends here. After an outage that comes by the thousand, and stands in front.
    """
    limit = senders.allowance(session, channel, wanted=limit, now=now)
    if limit <= 0:
        return []
    claims, met_stale = _claimed(session, channel, limit, now)
    if met_stale:
        stale = queries.deliveries.end_stale(session, channel, limit=STALE_AT_ONCE, now=now)
        queries.notices.settle(session, stale, now=now)
    if met_stale and not claims:
        claims, _ = _claimed(session, channel, limit, now)
    return _composed(session, claims, now) if claims else []


def settle(session: Session, answers: Sequence[tuple[Outgoing, Answer]], *, now: datetime) -> int:
    """Write down what became of each attempt; return how many still held their lease.

    An answer that comes after its lease has run out changes nothing of the delivery, but what it says of the
    address or the sender is true all the same.
    """
    settlements = [
        Settlement(sent.claim, answer, what_follows(answer, sent.claim.attempt, now))
        for sent, answer in answers
    ]
    sent = [(outgoing, one) for (outgoing, _), one in zip(answers, settlements, strict=True)]
    # The sender before its deliveries, as a claim does it: two processes never wait for each other.
    _heed(session, sent, now)
    held = queries.deliveries.settle(session, settlements, now=now)
    for outgoing, settlement in sent:
        if settlement.consequence.forget_address:
            _forget_address(session, outgoing, now)
    queries.notices.settle(session, [one.claim.notice_id for one in settlements], now=now)
    return held


def _heed(session: Session, sent: Sequence[tuple[Outgoing, Settlement]], now: datetime) -> None:
    """Let the senders heed what the other sides said; what never left the house says nothing of them."""
    for channel in Channel:
        said = [
            (one.answer, one.consequence)
            for outgoing, one in sent
            if one.claim.channel is channel and not isinstance(outgoing.message, Answer)
        ]
        if said:
            senders.heed(session, channel, said, now=now)


def _forget_address(session: Session, sent: Outgoing, now: datetime) -> None:
    match sent.message:
        case PushMessage(address=address):
            queries.devices.forget_address(session, address)
        case ContactMessage(channel=channel, address=address):
            contact_id = session.get_one(Notice, sent.claim.notice_id).contact_id
            if contact_id is None:  # The number of a member of staff is his to sign in with: it stays.
                return
            contact_reach.mark_failed(
                session, contact_id=contact_id, channel=channel, address=address, now=now
            )


def _claimed(session: Session, channel: Channel, limit: int, now: datetime) -> tuple[Sequence[Claim], bool]:
    taken = queries.deliveries.claim(session, channel, limit=limit, now=now)
    if taken.ended_notice_ids:
        queries.notices.settle(session, taken.ended_notice_ids, now=now)
    return taken.claims, bool(taken.ended_notice_ids)


def _composed(session: Session, claims: Sequence[Claim], now: datetime) -> list[Outgoing]:
    notices = queries.deliveries.notices_of(session, claims)
    _count_anew(session, [one for one in notices.values() if one.kind == NoticeKind.DIGEST])
    pushed = [claim for claim in claims if claim.channel is Channel.PUSH]
    phones = queries.readers.phones_of(session, pushed) if pushed else {}
    outgoing = []
    for claim in claims:
        notice = notices[claim.notice_id]
        try:
            if claim.channel is Channel.PUSH:
                message: PushMessage | ContactMessage | Answer = _push(
                    notice, phones.get(claim.address_key), now
                )
            else:
                message = _written(session, notice, ContactChannel(claim.channel), now)
            outgoing.append(Outgoing(claim, message))
        except _NotWanted as wish:
            outgoing.append(Outgoing(claim, Answer.suppressed(str(wish))))
        except _CannotBeWritten as problem:
            outgoing.append(Outgoing(claim, Answer.dead(str(problem))))
        except (UnreadableField, KeyError, ValueError) as mistake:
            # One notice that cannot be written must not hold up those behind it.
            outgoing.append(Outgoing(claim, Answer.dead(f"{type(mistake).__name__}: {mistake}")))
    return outgoing


def _count_anew(session: Session, digests: Collection[Notice]) -> None:
    """Let digests say how many of their notices are unread by now: they may have waited for long."""
    unread = queries.notices.unread_of_digests(session, {one.id for one in digests}) if digests else {}
    for digest in digests:
        digest.variables = {"count": unread.get(digest.id, 0)}


class _CannotBeWritten(Exception):
    """There is nobody to write to any more, or nothing to link to."""


class _NotWanted(Exception):
    """It was decided, and then the contact wanted no messages, or all that a digest tells of was read."""


def _push(notice: Notice, phone: tuple[Device, Locale] | None, now: datetime) -> PushMessage:
    if phone is None:
        raise _CannotBeWritten("the phone is no longer registered")
    device, locale = phone
    kind = NoticeKind(notice.kind)
    if kind is NoticeKind.DIGEST and not notice.variables["count"]:
        raise _NotWanted("everything was read")
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
        shown_again=notice.snoozes,
    )


def _written(
    session: Session, notice: Notice, channel: ContactChannel, now: datetime
) -> ContactMessage | Answer:
    if notice.staff_id is not None:
        return fall_back.message_for(session, notice, channel, now=now)
    return _message(session, notice, channel, now)


def _message(session: Session, notice: Notice, channel: ContactChannel, now: datetime) -> ContactMessage:
    reader = queries.readers.reader_of(session, notice)
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
