"""Tells phones silently that their feed has something new, where nothing visible told of it.

It is never a notice: nothing of it is in an inbox, nothing is sent twice, and what is lost is found by the
next refresh. While the sender of pushes is in trouble it waits.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.domain.delivery_policy import Answer, Attempt, what_follows
from api.domain.outgoing import SilentPush
from api.domain.refreshes import USEFUL_FOR
from api.domain.vocabulary import Channel
from api.models import Device
from api.services import senders


def is_anything_new(session: Session, *, now: datetime) -> bool:
    """Tell whether `read_feed` or `take_due` would find something; it changes nothing."""
    read_to = queries.refreshes.position(session)
    if read_to is None or queries.refreshes.any_due(session, now=now):
        return True
    complete_to = queries.changes.complete_to(session)
    # A database that was restored to an earlier day has a feed that ends before what was read.
    return read_to > complete_to or queries.refreshes.something_between(session, read_to, complete_to)


def read_feed(session: Session, *, now: datetime) -> None:
    """Read the feed from where it was read to, and note whose phones are to be told of it."""
    read_to = queries.refreshes.locked_position(session)
    # After the lock: another process may have read on meanwhile.
    complete_to = queries.changes.complete_to(session)
    if read_to is None:
        queries.refreshes.begin_at(session, complete_to)
        return
    if read_to < complete_to:
        queries.refreshes.want(session, after=read_to, until=complete_to, now=now)
    queries.refreshes.move_to(session, complete_to)


def take_due(session: Session, *, limit: int, now: datetime) -> list[SilentPush]:
    """Return what to send now, to each phone at most once in 30 s."""
    if queries.senders.trouble(session, Channel.PUSH, now=now) is not None:
        return []
    return [_silent(device, now) for device in queries.refreshes.take_due(session, limit=limit, now=now)]


def heed(session: Session, answers: Sequence[tuple[SilentPush, Answer]], *, now: datetime) -> None:
    """Forget the addresses that are gone, and let the sender stand as the answers make it stand."""
    said = [
        (answer, what_follows(answer, Attempt(1, push.useful_until, str(push.device_id)), now))
        for push, answer in answers
    ]
    senders.heed(session, Channel.PUSH, said, now=now)
    for (push, _), (_, consequence) in zip(answers, said, strict=True):
        if consequence.forget_address:
            queries.devices.forget_address(session, push.address)


def _silent(device: Device, now: datetime) -> SilentPush:
    return SilentPush(
        device_id=device.id,
        address=device.push_address,
        address_kind=device.address_kind,
        useful_until=now + USEFUL_FOR,
        leaves_at=now,
    )
