"""Rows of the wait timers: armed, cancelled, claimed when due, all set-based. Who is told is not here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from api.domain.vocabulary import TimerKind, TimerState, WaitState
from api.domain.wait_ladder import Rung
from api.domain.wait_policy import WaitClock
from api.models import Wait, WaitTimer
from api.queries import driver
from api.queries.among import among
from api.queries.insertion import insert_rows


class TimerRow(NamedTuple):
    """A row to be written: one rung of one wait in the state it has from now on."""

    wait_id: UUID
    generation: int
    rung: Rung
    state: TimerState
    fired_at: datetime | None = None


class DueTimer(NamedTuple):
    """A claimed timer with what it takes to act on it."""

    id: UUID
    wait_id: UUID
    kind: TimerKind
    generation: int
    due_at: datetime
    expires_at: datetime
    """If that is past, it became `superseded` instead of `fired`: a later rung holds by now."""
    pickup_id: UUID
    branch_id: UUID
    courier_id: UUID
    wait_state: WaitState
    clock: WaitClock


_OF_CLOCK = (Wait.clock_started_at, Wait.limit_seconds, Wait.deadline_at, Wait.generation)

DUE = (
    select(
        *(WaitTimer.id, WaitTimer.wait_id, WaitTimer.kind, WaitTimer.generation),
        *(WaitTimer.due_at, WaitTimer.expires_at),
        *(Wait.pickup_id, Wait.branch_id, Wait.courier_id, Wait.state),
        *_OF_CLOCK,
    )
    .join(Wait, Wait.id == WaitTimer.wait_id)
    .where(
        WaitTimer.state == TimerState.ARMED,
        WaitTimer.due_at <= bindparam("now"),
        WaitTimer.wait_id.not_in(bindparam("but", expanding=True)),
    )
    .order_by(WaitTimer.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
)

MARK_FIRED = (
    update(WaitTimer)
    .where(among(WaitTimer.id, "timer_ids"))
    .values(
        state=case((WaitTimer.expires_at <= bindparam("now"), TimerState.SUPERSEDED), else_=TimerState.FIRED),
        fired_at=bindparam("now"),
    )
)


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
    session.flush()
    rows = driver.rows(session, DUE, {"now": now, "but": list(but), "limit": limit})
    if rows:
        driver.change(session, MARK_FIRED, {"timer_ids": [timer_id for timer_id, *_ in rows], "now": now})
    return [_due_timer(row) for row in rows]


def next_due(session: Session, *, but: Collection[UUID], now: datetime) -> UUID | None:
    """Return the wait of which a claim of one timer would take it; None when nothing is due."""
    return session.scalar(
        select(WaitTimer.wait_id)
        .where(WaitTimer.state == TimerState.ARMED, WaitTimer.due_at <= now, WaitTimer.wait_id.not_in(but))
        .order_by(WaitTimer.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )


def _due_timer(row: Sequence[Any]) -> DueTimer:
    started_at, limit_seconds, deadline_at, generation = row[-len(_OF_CLOCK) :]
    clock = WaitClock(started_at, timedelta(seconds=limit_seconds), deadline_at, generation)
    return DueTimer._make([*row[: -len(_OF_CLOCK)], clock])
