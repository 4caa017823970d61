"""The other way to staff: who has not seen the push of what is live is written to by his own number.

Which notices that are, and how long a push has to be seen, is decided in `domain.fall_back`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.delivery_policy import Answer
from api.domain.fall_back import OWN_NUMBER, channel_of, written
from api.domain.notice_kinds import NoticeKind
from api.domain.notice_texts import render
from api.domain.outgoing import ContactMessage
from api.domain.vocabulary import Channel, ContactChannel, DeliveryState
from api.models import Notice
from api.queries.fall_back import Unseen


def fall_back(session: Session, *, limit: int, now: datetime) -> int:
    """Take another way for at most `limit` notices that were not seen in time; return how many there were.

    What was seen meanwhile, is of no more use, or has no other way, stays in the inbox.
    """
    unseen = queries.fall_back.claim(session, limit=limit, now=now)
    if not unseen:
        return 0
    going = [one for one in unseen if one.may_go]
    gone = queries.fall_back.put_on_their_way(session, _deliveries(session, going, now)) if going else set()
    staying = [one.notice_id for one in unseen if one.notice_id not in gone]
    if staying:
        queries.fall_back.end_in_the_inbox(session, staying, now=now)
    return len(unseen)


def message_for(
    session: Session, notice: Notice, channel: ContactChannel, *, now: datetime
) -> ContactMessage | Answer:
    """Write what goes to a member of staff by his own number, or say why nothing does."""
    assert notice.staff_id is not None, "only staff fall back"
    reader = queries.fall_back.reader_of(session, notice.staff_id)
    if reader is None:
        return Answer.dead("the reader has no number, or works here no more")
    kind = NoticeKind(notice.kind)
    return ContactMessage(
        notice_id=notice.id,
        kind=kind.value,
        channel=channel,
        address=reader.phone,
        locale=reader.locale,
        sender=reader.branch_name,
        subject=render(kind, reader.locale, notice.variables).title,
        text=written(kind, reader.locale, notice.variables),
        url=None,
        preferences_url=None,
        useful_until=notice.useful_until,
        leaves_at=now,
    )


def _deliveries(session: Session, unseen: Sequence[Unseen], now: datetime) -> list[dict[str, Any]]:
    channels = _channels(session, {one.branch_id for one in unseen})
    readers = queries.fall_back.with_a_number(session, {one.staff_id for one in unseen})
    return [
        {
            "notice_id": one.notice_id,
            "channel": channel,
            "address_key": OWN_NUMBER,
            "state": DeliveryState.PENDING,
            "next_at": now,
            "expires_at": one.useful_until,
        }
        for one in sorted(unseen, key=lambda one: one.notice_id)
        if (channel := channels[one.branch_id]) is not None and one.staff_id in readers
    ]


def _channels(session: Session, branch_ids: set[UUID]) -> dict[UUID, Channel | None]:
    ways = queries.deliveries.ways(session)
    return {
        branch_id: channel_of(known.policy.staff_fallback, ways)
        for branch_id, known in queries.branches.ways_of_working(session, branch_ids).items()
    }
