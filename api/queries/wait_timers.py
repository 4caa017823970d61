"""Rows of the wait timers: armed, cancelled, claimed when due, all set-based. Who is told is not here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, insert, select, update
from sqlalchemy.orm import Session

from api.domain.vocabulary import TimerKind, TimerState, WaitState
from api.domain.wait_ladder import Rung
from api.domain.wait_policy import WaitClock
from api.models import Wait, WaitTimer

WRITE = insert(WaitTimer).execution_options(render_nulls=True)


@dataclass(frozen=True, slots=True)
class TimerRow:
    """A row to be written: one rung of one wait in the state it has from now on."""

    wait_id: UUID
    generation: int
    rung: Rung
    state: TimerState
    fired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A claimed timer with what it takes to act on it."""

    wait_id: UUID
    pickup_id: UUID
    branch_id: UUID
    courier_id: UUID
    kind: TimerKind
    generation: int
    due_at: datetime
    expires_at: datetime
    has_fired: bool
    """False when it became `superseded`: a later rung holds by now."""
    wait_state: WaitState
    clock: WaitClock


def write(session: Session, rows: Sequence[TimerRow]) -> None:
    if not rows:
        return
    session.execute(
        WRITE,
        [
            {
                "wait_id": row.wait_id,
                "kind": row.rung.kind,
                "generation": row.generation,
                "due_at": row.rung.at,
                "expires_at": row.rung.expires_at,
                "state": row.state,
                "fired_at": row.fired_at,
            }
            for row in rows
        ],
    )


def cancel_armed(session: Session, wait_ids: Collection[UUID]) -> None:
    if wait_ids:
        session.execute(
            update(WaitTimer)
            .where(WaitTimer.wait_id.in_(wait_ids), WaitTimer.state == TimerState.ARMED)
            .values(state=TimerState.CANCELLED)
            .execution_options(synchronize_session=False)
        )


def claim_due(session: Session, *, limit: int, now: datetime) -> list[DueTimer]:
    """Take the timers that are due, oldest first, and their waits: nobody else acts on either meanwhile.

    A timer in use becomes `fired`, one whose use is over `superseded`. A wait that a request holds just now
    is passed over until the next sweep, so that neither ever waits for the other.
    """
    due = (
        select(WaitTimer.id)
        .join(Wait, Wait.id == WaitTimer.wait_id)
        .where(WaitTimer.state == TimerState.ARMED, WaitTimer.due_at <= now)
        .order_by(WaitTimer.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
        .cte("due")
    )
    claimed = session.execute(
        update(WaitTimer)
        .where(WaitTimer.id.in_(select(due.c.id)))
        .values(
            state=case((WaitTimer.expires_at <= now, TimerState.SUPERSEDED), else_=TimerState.FIRED),
            fired_at=now,
        )
        .returning(WaitTimer.id)
        .execution_options(synchronize_session=False)
    ).scalars()
    return _with_their_waits(session, list(claimed))


def _with_their_waits(session: Session, timer_ids: Sequence[UUID]) -> list[DueTimer]:
    if not timer_ids:
        return []
    # Columns instead of entities: after an outage there may be fifty thousand of them.
    rows = session.execute(
        select(
            Wait.id,
            Wait.pickup_id,
            Wait.branch_id,
            Wait.courier_id,
            Wait.state,
            Wait.clock_started_at,
            Wait.limit_seconds,
            Wait.deadline_at,
            Wait.generation,
            WaitTimer.kind,
            WaitTimer.generation.label("timer_generation"),
            WaitTimer.due_at,
            WaitTimer.expires_at,
            WaitTimer.state.label("timer_state"),
        )
        .join(Wait, Wait.id == WaitTimer.wait_id)
        .where(WaitTimer.id.in_(timer_ids))
        .order_by(WaitTimer.due_at)
    )
    return [
        DueTimer(
            wait_id=row.id,
            pickup_id=row.pickup_id,
            branch_id=row.branch_id,
            courier_id=row.courier_id,
            kind=row.kind,
            generation=row.timer_generation,
            due_at=row.due_at,
            expires_at=row.expires_at,
            has_fired=row.timer_state is TimerState.FIRED,
            wait_state=row.state,
            clock=WaitClock(
                row.clock_started_at, timedelta(seconds=row.limit_seconds), row.deadline_at, row.generation
            ),
        )
        for row in rows
    ]
