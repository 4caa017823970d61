"""What others than the courier's phone do to a wait: the pickup is called off, goods are ready, more time.

The courier's own steps arrive as field events (`door_steps`).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.vocabulary import WaitOutcome, WaitState
from api.domain.wait_policy import started_now
from api.services import changes, notices, wait_timers
from api.services.wait_extensions import (
    decide_extension,
    refuse_silent_extensions,
    request_extension,
)
from api.services.wait_reviews import review

__all__ = [
    "cancel_running",
    "decide_extension",
    "refuse_silent_extensions",
    "request_extension",
    "restart_clock_when_ready",
    "review",
]


def cancel_running(session: Session, *, pickup_id: UUID, now: datetime) -> None:
    """Close the wait that runs at a pickup which is called off or given to another courier.

    It has no durations and no verdict; its timers are cancelled, and what was to be told of it is over.
    """
    wait = queries.waits.lock_running(session, pickup_id)
    if wait is None:
        return
    wait.state, wait.outcome, wait.departed_at = WaitState.CLOSED, WaitOutcome.CANCELLED, now
    session.flush()
    changes.note(session, [wait], now=now)
    queries.wait_timers.cancel_armed(session, [wait.id])
    notices.supersede_thread(session, f"wait:{wait.id}", now=now)


def restart_clock_when_ready(session: Session, *, pickup_id: UUID, now: datetime) -> None:
    """Start the clock of an early courier at once: the contact has just said that the goods are ready."""
    wait = queries.waits.lock_running(session, pickup_id)
    if wait is None or wait.state is not WaitState.OPEN:
        return
    clock = queries.wait_views.clock_of(wait)
    started = started_now(clock, now=now)
    if started != clock:
        queries.wait_views.set_clock(wait, started)
        wait_timers.rearm_ladder(session, wait, now=now)
        changes.note(session, [wait], now=now)
