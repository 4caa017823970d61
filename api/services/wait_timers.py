"""Arming the timers of waits, and acting on those that are due. The rungs are in `domain.wait_ladder`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api import queries
from api.domain.notice_kinds import NoticeKind, Telling, Variable
from api.domain.vocabulary import TimerKind, TimerState, WaitState
from api.domain.wait_ladder import Rung, climb, loading_rung, rung_to_arm
from api.models import Wait
from api.queries.wait_timers import DueTimer, TimerRow
from api.services import events, notices, wait_notices
from api.services.wait_notices import Dispatchers, Occasion

_TOLD_AS = {
    TimerKind.WARN: NoticeKind.WAIT_WARN,
    TimerKind.EXPIRE: NoticeKind.WAIT_EXPIRED,
    TimerKind.UNDECIDED: NoticeKind.WAIT_UNDECIDED,
    TimerKind.LOADING: NoticeKind.WAIT_LOADING,
}
_COURIER_IS_TOLD = frozenset({TimerKind.WARN, TimerKind.EXPIRE, TimerKind.LOADING})
_DISPATCHERS_ARE_TOLD = frozenset({TimerKind.WARN, TimerKind.UNDECIDED, TimerKind.LOADING})


@dataclass(slots=True)
class _Sweep:
    """What one batch of due timers comes to, written set by set at its end."""

    rows: list[TimerRow] = field(default_factory=list)
    acted: list[tuple[DueTimer, Rung]] = field(default_factory=list)


def rearm(session: Session, waits: Iterable[Wait], *, loading_limit: timedelta, now: datetime) -> None:
    """Cancel what is armed for these waits and arm what each of them waits for now."""
    waits = list(waits)
    queries.wait_timers.cancel_armed(session, [wait.id for wait in waits])
    arm(session, waits, loading_limit=loading_limit, now=now)


def rearm_ladder(session: Session, wait: Wait, *, now: datetime) -> None:
    """Cancel what is armed for an open wait whose clock has moved, and arm its next rung."""
    session.flush()
    rearm(session, [wait], loading_limit=timedelta(), now=now)


def arm(session: Session, waits: Iterable[Wait], *, loading_limit: timedelta, now: datetime) -> None:
    """Arm the one timer that each wait waits for; a closed wait waits for none."""
    rows = [
        TimerRow(wait.id, wait.generation, rung, TimerState.ARMED)
        for wait in waits
        if (rung := _awaited(wait, loading_limit, now)) is not None
    ]
    queries.wait_timers.write(session, rows)


def fire_due(session: Session, *, limit: int, now: datetime) -> int:
    """Act on at most `limit` due timers, oldest first, and arm what comes next; return how many there were.

    After downtime a wait acts only on the highest rung it has passed: the others become `superseded`.
    """
    due = queries.wait_timers.claim_due(session, limit=limit, now=now)
    if not due:
        return 0
    sweep = _Sweep()
    for timer in due:
        _climb(sweep, timer, now)
    queries.wait_timers.write(session, sweep.rows)
    _close_abandoned(session, sweep, now)
    notices.tell_all(session, _tellings(session, sweep, now), now=now)
    return len(due)


def _awaited(wait: Wait, loading_limit: timedelta, now: datetime) -> Rung | None:
    if wait.state is WaitState.HANDING_OVER and wait.handover_started_at is not None:
        return loading_rung(wait.handover_started_at, limit=loading_limit)
    if wait.state is WaitState.OPEN:
        return rung_to_arm(queries.waits.clock_of(wait), now=now)
    return None


def _climb(sweep: _Sweep, timer: DueTimer, now: datetime) -> None:
    if timer.kind is TimerKind.LOADING:
        if timer.has_fired and timer.wait_state is WaitState.HANDING_OVER:
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
    for timer in abandoned:
        events.record(
            session,
            "wait.abandoned",
            subject_type="wait",
            subject_id=timer.wait_id,
            branch_id=timer.branch_id,
            now=now,
        )


def _tellings(session: Session, sweep: _Sweep, now: datetime) -> list[Telling]:
    dispatchers = Dispatchers(session)
    told: list[Telling] = []
    due_nudges = []
    for timer, rung in sweep.acted:
        occasion = Occasion(timer.branch_id, timer.pickup_id, timer.wait_id, timer.clock.generation, rung.at)
        if rung.kind is TimerKind.NUDGE:
            due_nudges.append((occasion, timer.clock.deadline_at))
        elif rung.kind in _TOLD_AS:
            recipients = [timer.courier_id] if rung.kind in _COURIER_IS_TOLD else []
            if rung.kind in _DISPATCHERS_ARE_TOLD:
                recipients += dispatchers.of(timer.branch_id)
            told += wait_notices.to_staff(
                _TOLD_AS[rung.kind], occasion, recipients, variables=_variables(timer, rung), now=now
            )
    return told + wait_notices.nudges(session, due_nudges, now=now)


def _variables(timer: DueTimer, rung: Rung) -> dict[str, Variable]:
    return {"deadline_at": timer.clock.deadline_at} if rung.kind is TimerKind.WARN else {}
