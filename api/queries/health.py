"""What an operator must know: is the database there and at the right revision, and is anything overdue."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, inspect, select, text
from sqlalchemy.orm import Session

from api.domain.vocabulary import DeliveryState, TimerState
from api.models import Delivery, WaitTimer


@dataclass(frozen=True, slots=True)
class WorkView:
    """Seconds by which the oldest due timer and delivery are late; 0.0 when nothing is overdue."""

    oldest_overdue_timer_seconds: float
    oldest_overdue_notice_seconds: float


def revision(session: Session) -> str | None:
    """Return the migration the database is at; None for a database that was never migrated."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def work(session: Session, *, now: datetime) -> WorkView:
    timer = session.scalar(select(func.min(WaitTimer.due_at)).where(WaitTimer.state == TimerState.ARMED))
    waiting_since = case(
        (Delivery.state == DeliveryState.LEASED, Delivery.lease_until), else_=Delivery.next_at
    )
    delivery = session.scalar(
        select(func.min(waiting_since)).where(
            Delivery.state.in_([DeliveryState.PENDING, DeliveryState.LEASED])
        )
    )
    return WorkView(_late(timer, now), _late(delivery, now))


def _late(due_at: datetime | None, now: datetime) -> float:
    return 0.0 if due_at is None else max(0.0, (now - due_at).total_seconds())
