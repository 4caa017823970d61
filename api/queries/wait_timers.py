"""Rows of the wait timers: armed, cancelled, claimed when due, all set-based. Who is told is not here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from api.domain.vocabulary import TimerKind, TimerState, WaitState
from api.domain.wait_ladder import Rung
from api.domain.wait_policy import WaitClock
from api.models import Wait, WaitTimer
from api.queries.among import among
from api.queries.insertion import insert_rows


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
    insert_rows(
        session,
        WaitTimer,
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


def claim_due(session: Session, *, limit: int, but: Collection[UUID] = (), now: datetime) -> list[DueTimer]:
    """Take the timers that are due, oldest first, and their waits: nobody else acts on either meanwhile.

    A timer in use becomes `fired`, one whose use is over `superseded`. A wait that a request holds just now
    is passed over until the next sweep, so that neither ever waits for the other; so are the waits in `but`.
    """
    # Columns instead of entities: after an outage there may be fifty thousand of them.
    others = [WaitTimer.wait_id.not_in(but)] if but else []
    due = (
        select(
            WaitTimer.id,
            WaitTimer.wait_id,
            WaitTimer.kind,
            WaitTimer.generation,
            WaitTimer.due_at,
            WaitTimer.expires_at,
            Wait.pickup_id,
            Wait.branch_id,
            Wait.courier_id,
            Wait.state,
            Wait.clock_started_at,
            Wait.limit_seconds,
            Wait.deadline_at,
            Wait.generation,
        )
        .join(Wait, Wait.id == WaitTimer.wait_id)
        .where(WaitTimer.state == TimerState.ARMED, WaitTimer.due_at <= now, *others)
        .order_by(WaitTimer.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    session.flush()
    # Past the session, which would take each row apart once more.
    rows = session.connection().execute(due).all()
    if rows:
        _mark_fired(session, [timer_id for timer_id, *_ in rows], now)
    return [_due_timer(row, now) for row in rows]


def next_due(session: Session, *, but: Collection[UUID], now: datetime) -> UUID | None:
    """Return the wait of which a claim of one timer would take it; None when nothing is due."""
    return session.scalar(
        select(WaitTimer.wait_id)
        .where(WaitTimer.state == TimerState.ARMED, WaitTimer.due_at <= now, WaitTimer.wait_id.not_in(but))
        .order_by(WaitTimer.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )


def _mark_fired(session: Session, timer_ids: Sequence[UUID], now: datetime) -> None:
    session.execute(
        update(WaitTimer)
        .where(among(session, WaitTimer.id, timer_ids))
        .values(
            state=case((WaitTimer.expires_at <= now, TimerState.SUPERSEDED), else_=TimerState.FIRED),
            fired_at=now,
        )
        .execution_options(synchronize_session=False)
    )


def _due_timer(row: Sequence[Any], now: datetime) -> DueTimer:
    # Taken apart in one step: each look-up by name costs as much as reading the column.
    _, wait_id, kind, generation, due_at, expires_at, *of_wait = row
    pickup_id, branch_id, courier_id, wait_state, *of_clock = of_wait
    started_at, limit_seconds, deadline_at, clock_generation = of_clock
    return DueTimer(
        wait_id=wait_id,
        pickup_id=pickup_id,
        branch_id=branch_id,
        courier_id=courier_id,
        kind=kind,
        generation=generation,
        due_at=due_at,
        expires_at=expires_at,
        has_fired=now < expires_at,
        wait_state=wait_state,
        clock=WaitClock(started_at, timedelta(seconds=limit_seconds), deadline_at, clock_generation),
    )
