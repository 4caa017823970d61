"""The ladder of a wait: which decision falls at which instant, counted from the clock's start.

Pure: which rung is armed or has fired is stored in rows, and the sweep alone makes it happen.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from api.domain.vocabulary import TimerKind
from api.domain.wait_policy import WaitClock

LONGEST_WARNING = timedelta(seconds=60)
LONGEST_INDECISION = timedelta(seconds=120)
SHORTEST_LIFE = timedelta(minutes=30)
LEAST_PATIENCE = timedelta(minutes=15)
LOADING_ALARM_IS_OF_USE = timedelta(minutes=30)
NEVER = timedelta(days=366)  # A wait must be closed whenever we learn that it was abandoned.


class Rung(NamedTuple):
    """One decision at one instant; from `expires_at` on it is of no more use, the next one holds."""

    kind: TimerKind
    at: datetime
    expires_at: datetime


def ladder(clock: WaitClock) -> tuple[Rung, ...]:
    """Return the rungs in order of time, for any limit L from a second up.

    Nudge at 0.4 L, warn min(60 s, 0.2 L) before the deadline, expire at it, undecided
    min(120 s, 0.4 L) after it, abandon at max(30 min, L + 15 min). An extension moves all rungs with the
    deadline, and leaves out the nudge: the contact knows by then.
    """
    return tuple(_ladder_from(clock, TimerKind.WARN if clock.is_extended else TimerKind.NUDGE))


def _ladder_from(clock: WaitClock, lowest: TimerKind) -> Iterator[Rung]:
    deadline_at, is_reached = clock.deadline_at, False
    for kind, at, end in _steps(clock.limit):
        is_reached = is_reached or kind is lowest
        if is_reached:
            yield Rung(kind, deadline_at + at, deadline_at + end)


@cache
def _steps(limit: timedelta) -> tuple[tuple[TimerKind, timedelta, timedelta], ...]:
    """Return when each rung comes, counted from the deadline, and when the next one does."""
    nudge = limit * 2 / 5 - limit
    warn = -min(LONGEST_WARNING, limit / 5)
    expire = timedelta()
    undecided = min(LONGEST_INDECISION, limit * 2 / 5)
    abandon = max(SHORTEST_LIFE - limit, LEAST_PATIENCE)
    return (
        (TimerKind.NUDGE, nudge, warn),
        (TimerKind.WARN, warn, expire),
        (TimerKind.EXPIRE, expire, undecided),
        (TimerKind.UNDECIDED, undecided, abandon),
        (TimerKind.ABANDON, abandon, abandon + NEVER),
    )


def loading_rung(handover_started_at: datetime, *, limit: timedelta) -> Rung:
    """Return the one rung of a handover: loading takes longer than its own limit."""
    at = handover_started_at + limit
    return Rung(TimerKind.LOADING, at, at + LOADING_ALARM_IS_OF_USE)


def next_rung(clock: WaitClock, *, after: datetime) -> Rung | None:
    """Return the first rung later than `after`; None past the last."""
    return next((rung for rung in ladder(clock) if rung.at > after), None)


def passed_rungs(clock: WaitClock, *, now: datetime) -> tuple[Rung, ...]:
    """Return the rungs whose time has come, the highest last. A rung's own instant counts as come."""
    return tuple(rung for rung in ladder(clock) if rung.at <= now)


class Climb(NamedTuple):
    """What a due rung leads to: `missed` are never told, `acts_on` holds now, `next` comes after it."""

    missed: tuple[Rung, ...]
    acts_on: Rung
    next: Rung | None


def climb(clock: WaitClock, kind: TimerKind, *, now: datetime) -> Climb:
    """Return what follows when the rung `kind`, which is due, is acted upon now.

    After downtime several rungs may have passed: only the highest acts, the others were missed.
    """
    passed: list[Rung] = []
    coming = None
    for rung in _ladder_from(clock, kind):
        if passed and rung.at > now:
            coming = rung
            break
        passed.append(rung)
    return Climb(tuple(passed[:-1]), passed[-1], coming)


def abandoned_at(clock: WaitClock) -> datetime:
    """Return when a wait that nobody ended counts as abandoned: at its last rung."""
    return ladder(clock)[-1].at


def rung_to_arm_again(clock: WaitClock, earlier: WaitClock, *, now: datetime) -> Rung | None:
    """Return what a wait waits for whose clock was corrected: no rung is told twice that had come by now."""
    due = rung_to_arm(clock, now=now)
    known = {rung.kind for rung in passed_rungs(earlier, now=now)}
    if due is not None and due.at <= now and due.kind in known:
        return next_rung(clock, after=now)
    return due


def rung_to_arm(clock: WaitClock, *, now: datetime) -> Rung | None:
    """Return what a wait we just learned of waits for: the highest rung passed, else the next one."""
    passed = passed_rungs(clock, now=now)
    return passed[-1] if passed else next_rung(clock, after=now)
