"""How the channels' senders stand: read where it matters, written only when it changes."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.domain.sender_breaker import Standing
from api.domain.vocabulary import Channel, DeliveryState
from api.models import Delivery, SenderState
from api.queries.insertion import insert_missing

MAX_REASON = 200


def standing(session: Session, channel: Channel) -> Standing:
    """Return how a channel's sender stands; like a free one when nothing was ever the matter with it."""
    state = session.get(SenderState, channel)
    return Standing() if state is None else _standing_of(state)


def trouble(session: Session, channel: Channel, *, now: datetime) -> Standing | None:
    """Return how a sender stands that may not send all it wants; None for one that is free.

    It stays locked: whoever else wants to send on this channel is told in turn, and counts what we send.
    """
    limited = or_(SenderState.slots.is_not(None), SenderState.paused_until > now)
    mine = select(SenderState).where(SenderState.channel == channel, limited).with_for_update()
    found = session.scalar(mine.execution_options(populate_existing=True))
    return None if found is None else _standing_of(found)


def under_way(session: Session, channel: Channel, *, now: datetime) -> int:
    """Count what is being sent on a channel, by whatever process. What a dead one left behind is not."""
    leased = select(func.count()).where(
        Delivery.state == DeliveryState.LEASED, Delivery.lease_until > now, Delivery.channel == channel
    )
    return session.scalars(leased).one()


def locked(session: Session, channel: Channel, *, now: datetime) -> Standing:
    """Return how a sender stands, locked until the end of the transaction so that it can be changed."""
    row = {"channel": channel, "changed_at": now}
    insert_missing(session, SenderState, [row], unique=("channel",), told=SenderState.channel)
    state = session.get_one(SenderState, channel, with_for_update=True, populate_existing=True)
    return _standing_of(state)


def write(session: Session, channel: Channel, changed: Standing, *, now: datetime) -> None:
    """Note how a sender stands that is `locked`."""
    state = session.get_one(SenderState, channel)
    for name, value in asdict(changed).items():
        setattr(state, name, value)
    state.reason = changed.reason and changed.reason[:MAX_REASON]
    state.changed_at = now
    session.flush()


def _standing_of(state: SenderState) -> Standing:
    return Standing(
        slots=state.slots,
        failures=state.failures or 0,
        refused_at=state.refused_at,
        paused_until=state.paused_until,
        reason=state.reason,
    )
