"""What an operator must know: is the database there and at the right revision, and is the work done."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from api.domain.vocabulary import Channel, DeliveryState, TimerState
from api.models import Delivery, WaitTimer
from api.queries import heartbeats, outbox


@dataclass(frozen=True, slots=True)
class WorkView:
    """Seconds by which the oldest due timer and delivery are late; 0.0 when nothing is overdue.

    What waits on a paused channel is not overdue. `jobs_silent_seconds` is None when no job ever ran.
    """

    oldest_overdue_timer_seconds: float
    oldest_overdue_notice_seconds: float
    jobs_silent_seconds: float | None
    paused_channels: tuple[Channel, ...]


def revision(session: Session) -> str | None:
    """Return the migration the database is at; None for a database that was never migrated."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def work(session: Session, *, now: datetime) -> WorkView:
    timer = session.scalar(select(func.min(WaitTimer.due_at)).where(WaitTimer.state == TimerState.ARMED))
    paused = tuple(sender.channel for sender in outbox.paused_senders(session, now=now))
    beaten_at = heartbeats.last(session, heartbeats.JOBS)
    return WorkView(
        oldest_overdue_timer_seconds=_late(timer, now),
        oldest_overdue_notice_seconds=oldest_delivery(session, but=paused, now=now),
        jobs_silent_seconds=None if beaten_at is None else _late(beaten_at, now),
        paused_channels=paused,
    )


def oldest_delivery(session: Session, *, but: Collection[Channel] = (), now: datetime) -> float:
    """Return by how many seconds the oldest open delivery is late, leaving out those channels."""
    # Each half is the first entry of a partial index: finished rows, be they millions, are not looked at.
    waiting = _first(session, Delivery.next_at, DeliveryState.PENDING, but)
    leased = _first(session, Delivery.lease_until, DeliveryState.LEASED, but)
    return max(_late(waiting, now), _late(leased, now))


def _first(session: Session, instant: Any, state: DeliveryState, but: Collection[Channel]) -> datetime | None:
    others = [Delivery.channel.not_in(but)] if but else []
    statement = select(instant).where(Delivery.state == state, *others).order_by(instant).limit(1)
    found: datetime | None = session.scalar(statement)
    return found


def _late(due_at: datetime | None, now: datetime) -> float:
    return 0.0 if due_at is None else max(0.0, (now - due_at).total_seconds())
