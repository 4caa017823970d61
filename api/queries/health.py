"""What an operator must know: is the database there and at the right revision, and is the work done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, inspect, select, text, union_all
from sqlalchemy.orm import Session

from api.domain.vocabulary import Channel, DeliveryState, TimerState
from api.models import Delivery, ServedRevision, WaitTimer
from api.queries import heartbeats, held_notices, outbox


@dataclass(frozen=True, slots=True)
class WorkView:
    """Seconds by which the oldest due timer and delivery are late; 0.0 when nothing is overdue.

    What waits on a paused channel is not overdue. `jobs_silent_seconds` is None when no job ever ran.
    """

    oldest_overdue_timer_seconds: float
    oldest_overdue_notice_seconds: float
    jobs_silent_seconds: float | None
    paused_channels: tuple[Channel, ...]
    refused_channels: tuple[Channel, ...]
    """Channels whose other side refuses our credentials, until it has taken a message again."""


@dataclass(frozen=True, slots=True)
class SchemaView:
    """The migration the database is at, None when it was never migrated; and whose code may serve it."""

    revision: str | None
    served: frozenset[str]


def schema(session: Session) -> SchemaView:
    found = inspect(session.connection())
    if not found.has_table("alembic_version"):
        return SchemaView(None, frozenset())
    revision: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    served = session.scalars(select(ServedRevision.revision)) if found.has_table("served_revisions") else ()
    return SchemaView(revision, frozenset(served))


def work(session: Session, *, now: datetime) -> WorkView:
    timer = session.scalar(select(func.min(WaitTimer.due_at)).where(WaitTimer.state == TimerState.ARMED))
    paused = tuple(sender.channel for sender in outbox.paused_senders(session, now=now))
    beaten_at = heartbeats.last(session, heartbeats.JOBS)
    return WorkView(
        oldest_overdue_timer_seconds=_late(timer, now),
        oldest_overdue_notice_seconds=max(
            oldest_delivery(session, but=paused, now=now), _late(held_notices.earliest(session), now)
        ),
        jobs_silent_seconds=None if beaten_at is None else _late(beaten_at, now),
        paused_channels=paused,
        refused_channels=tuple(outbox.refused_senders(session)),
    )


def oldest_delivery(session: Session, *, but: Collection[Channel] = (), now: datetime) -> float:
    """Return by how many seconds the oldest open delivery is late, leaving out those channels."""
    # Each part is the first entry of a partial index: finished rows, be they millions, are not looked at.
    parts = [
        select(func.min(instant)).where(Delivery.state == state, Delivery.channel == channel)
        for instant, state in (
            (Delivery.next_at, DeliveryState.PENDING),
            (Delivery.lease_until, DeliveryState.LEASED),
        )
        for channel in Channel
        if channel not in but
    ]
    return max((_late(due_at, now) for due_at in _instants(session, parts)), default=0.0)


def _instants(session: Session, parts: Sequence[Select[Any]]) -> Sequence[datetime | None]:
    return session.scalars(union_all(*parts)).all() if parts else []


def _late(due_at: datetime | None, now: datetime) -> float:
    return 0.0 if due_at is None else max(0.0, (now - due_at).total_seconds())
