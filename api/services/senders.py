"""The channels' senders: what they are allowed, what answers make of them, and pauses that operators wish.

The rules are in `domain.sender_breaker`. Where a sender is free nothing is locked and nothing written.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.domain.delivery_policy import UNTIL_RESUMED, Answer, Consequence
from api.domain.sender_breaker import Standing, most_slots
from api.domain.vocabulary import Channel

log = logging.getLogger("doorstep.notices")


def allowance(session: Session, channel: Channel, *, wanted: int, now: datetime) -> int:
    """Return how many of the sends that are wanted may begin now, whatever other processes send as well."""
    standing = queries.senders.trouble(session, channel, now=now)
    if standing is None:
        return wanted
    may_send = standing.may_send(queries.senders.under_way(session, channel, now=now), now)
    return wanted if may_send is None else min(wanted, may_send)


def heed(
    session: Session, channel: Channel, said: Sequence[tuple[Answer, Consequence]], *, now: datetime
) -> None:
    """Let a sender stand as the answers of the other side make it stand."""

    def decide(standing: Standing) -> Standing:
        return standing.after(said, most=most_slots(channel), now=now)

    before = queries.senders.standing(session, channel)
    if decide(before) != before:
        before, after = _change(session, channel, decide, now)
        _say_what_changed(channel, before, after, now)


def pause(
    session: Session, channel: Channel, *, until: datetime = UNTIL_RESUMED, reason: str, now: datetime
) -> None:
    """Send nothing more on a channel until then. What is being sent goes on; nothing is lost."""
    _change(session, channel, lambda standing: standing.paused(until, reason), now)
    log.warning("notices.sender_paused", extra={"channel": channel.value, "reason": reason})


def resume(session: Session, channel: Channel, *, now: datetime) -> None:
    """Send again on a channel, whoever paused it: one message first, and more with each good answer.

    What is of no more use by now is superseded, not sent.
    """
    _change(session, channel, Standing.resumed, now)
    log.warning("notices.sender_resumed", extra={"channel": channel.value})


def _change(
    session: Session, channel: Channel, decide: Callable[[Standing], Standing], now: datetime
) -> tuple[Standing, Standing]:
    before = queries.senders.locked(session, channel, now=now)
    after = decide(before)
    if after != before:
        queries.senders.write(session, channel, after, now=now)
    return before, after


def _say_what_changed(channel: Channel, before: Standing, after: Standing, now: datetime) -> None:
    until = after.paused_until.isoformat() if after.paused_until else None
    facts = {"channel": channel.value, "until": until, "reason": after.reason}
    if after.is_open(now) and after.paused_until != before.paused_until:
        if after.refused_at is not None:
            log.error("notices.sender_stopped", extra=facts)
        else:
            log.warning("notices.sender_paused", extra=facts)
    elif before.slots is None and after.slots is not None:
        log.warning("notices.sender_slowed", extra={"channel": channel.value, "failures": after.failures})
    elif before.slots is not None and after.slots is None:
        log.warning("notices.sender_recovered", extra={"channel": channel.value})
