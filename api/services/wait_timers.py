"""Arming the timers of waits, and acting on those that are due. The rungs are in `domain.wait_ladder`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.notice_kinds import Telling, Variable
from api.domain.rung_notices import COURIER_IS_TOLD, DISPATCHERS_ARE_TOLD, TOLD_AS
from api.domain.vocabulary import TimerKind, TimerState, WaitState
from api.domain.wait_ladder import Rung, climb, loading_rung, rung_to_arm, rung_to_arm_again
from api.domain.wait_policy import WaitClock
from api.models import Wait
from api.queries.door_steps import AnyWait
from api.queries.wait_timers import DueTimer, TimerRow
from api.services import changes, events, notices, wait_notices
from api.services.wait_notices import Dispatchers, Occasion


@dataclass(slots=True)
class _Sweep:
    """What one batch of due timers comes to, written set by set at its end."""

    rows: list[TimerRow] = field(default_factory=list)
    acted: list[tuple[DueTimer, Rung]] = field(default_factory=list)


def rearm(
    session: Session,
    waits: Iterable[AnyWait],
    *,
    earlier: Mapping[UUID, WaitClock] = MappingProxyType({}),
    now: datetime,
) -> None:
    """Cancel what is armed for these waits and arm what each of them waits for now.

    Where a clock was corrected, `earlier` is the one by which rungs have been told already.
    """
    waits = list(waits)
    queries.wait_timers.cancel_armed(session, [wait.id for wait in waits])
    arm(session, waits, earlier=earlier, now=now)


def rearm_ladder(session: Session, wait: Wait, *, now: datetime) -> None:
    """Cancel what is armed for an open wait whose clock has moved, and arm its next rung."""
    session.flush()
    rearm(session, [wait], now=now)


def arm(
    session: Session,
    waits: Iterable[AnyWait],
    *,
    earlier: Mapping[UUID, WaitClock] = MappingProxyType({}),
    now: datetime,
) -> None:
    """Arm the one timer that each wait waits for; a closed wait waits for none."""
    rows = [
        TimerRow(wait.id, wait.generation, rung, TimerState.ARMED)
        for wait in waits
        if (rung := _awaited(wait, earlier.get(wait.id), now)) is not None
    ]
    queries.wait_timers.write(session, rows)


def fire_due(session: Session, *, limit: int, but: Collection[UUID] = (), now: datetime) -> int:
    """Act on at most `limit` due timers, oldest first, and arm what comes next; return how many there were.

    After downtime a wait acts only on the highest rung it has passed: the others become `superseded`. The
    timers of the waits in `but` are left alone.
    """
    due = queries.wait_timers.claim_due(session, limit=limit, but=but, now=now)
    if not due:
        return 0
    sweep = _Sweep()
    for timer in due:
        _climb(sweep, timer, now)
    queries.wait_timers.write(session, sweep.rows)
    _close_abandoned(session, sweep, now)
    notices.tell_all(session, _tellings(session, sweep, now), now=now)
    return len(due)


def _awaited(wait: AnyWait, earlier: WaitClock | None, now: datetime) -> Rung | None:
    if wait.state is WaitState.HANDING_OVER and wait.handover_started_at is not None:
        return loading_rung(wait.handover_started_at, limit=queries.wait_views.loading_limit_of(wait))
    if wait.state is not WaitState.OPEN:
        return None
    clock = queries.wait_views.clock_of(wait)
    return rung_to_arm(clock, now=now) if earlier is None else rung_to_arm_again(clock, earlier, now=now)


def record_abandoned(session: Session, waits: Iterable[AnyWait], *, now: datetime) -> None:
    """Keep the fact that these waits were closed because nobody ended them in time."""
    for wait in waits:
        _record_abandoned(session, wait.id, wait.branch_id, now)


def _climb(sweep: _Sweep, timer: DueTimer, now: datetime) -> None:
    if timer.kind is TimerKind.LOADING:
        if now < timer.expires_at and timer.wait_state is WaitState.HANDING_OVER:
            sweep.acted.append((timer, Rung(timer.kind, timer.due_at, timer.expires_at)))
        return
    if timer.generation != timer.clock.generation or timer.wait_state is not WaitState.OPEN:
        return  # Cancelled with its wait in one transaction, so this never is; were it, nobody may be told.
    climbed = climb(timer.clock, timer.kind, now=now)
    later = (*climbed.missed, climbed.acts_on)[1:]
    for rung in later:
        state = TimerState.FIRED if rung is climbed.acts_on else TimerState.SUPERSEDED
        sweep.rows.append(TimerRow(timer.wait_id, timer.generation, rung, state, fired_at=now))
    sweep.acted.append((timer, climbed.acts_on))
    if climbed.next is not None:
        sweep.rows.append(TimerRow(timer.wait_id, timer.generation, climbed.next, TimerState.ARMED))


def _close_abandoned(session: Session, sweep: _Sweep, now: datetime) -> None:
    abandoned = [timer for timer, rung in sweep.acted if rung.kind is TimerKind.ABANDON]
    if not abandoned:
        return
    queries.waits.close_abandoned(session, [timer.wait_id for timer in abandoned])
    changes.note_waits(session, [timer.wait_id for timer in abandoned], now=now)
    for timer in abandoned:
        _record_abandoned(session, timer.wait_id, timer.branch_id, now)


def _record_abandoned(session: Session, wait_id: UUID, branch_id: UUID, now: datetime) -> None:
    events.record(
        session,
        "wait.abandoned",
        subject_type="wait",
        subject_id=wait_id,
        branch_id=branch_id,
        now=now,
    )


def _tellings(session: Session, sweep: _Sweep, now: datetime) -> list[Telling]:
    dispatchers = Dispatchers(session, now=now)
    told: list[Telling] = []
    due_nudges = []
    for timer, rung in sweep.acted:
        occasion = Occasion(timer.branch_id, timer.pickup_id, timer.wait_id, timer.clock.generation, rung.at)
        if rung.kind is TimerKind.NUDGE:
            due_nudges.append((occasion, timer.clock.deadline_at))
        elif rung.kind in TOLD_AS:
            recipients = [timer.courier_id] if rung.kind in COURIER_IS_TOLD else []
            if rung.kind in DISPATCHERS_ARE_TOLD:
                recipients += dispatchers.of(timer.branch_id)
            told += wait_notices.to_staff(
                TOLD_AS[rung.kind], occasion, recipients, variables=_variables(timer, rung), now=now
            )
    return told + wait_notices.nudges(session, due_nudges, now=now)


def _variables(timer: DueTimer, rung: Rung) -> dict[str, Variable]:
    return {"deadline_at": timer.clock.deadline_at} if rung.kind is TimerKind.WARN else {}
