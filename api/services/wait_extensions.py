"""More time at the door: asked for by contact or courier, granted from slack or by a dispatcher.

The rules are in `domain.wait_extension`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.errors import NotFound
from api.domain.notice_kinds import NoticeKind
from api.domain.principal import Principal
from api.domain.vocabulary import ExtensionState, WaitState
from api.domain.wait_extension import (
    SILENCE_MEANS_NO,
    after_silence,
    check_may_ask,
    check_may_decide,
    slack_allows,
)
from api.domain.wait_policy import WaitNotRunning, colour, extended
from api.models import Pickup, Wait
from api.queries.wait_views import WaitView
from api.services import changes, climbing, events, notices, wait_notices, wait_timers


def request_extension(
    session: Session,
    *,
    pickup_id: UUID,
    minutes: int,
    asked_by: Literal["contact", "courier"],
    by_staff_id: UUID | None = None,
    now: datetime,
) -> WaitView:
    """Ask for more time: granted at once when the courier's next stop allows it, else a dispatcher decides.

    Raises WaitNotRunning, ExtensionAlreadyAsked, ExtensionTooLong, and NotFound to a courier whose
    pickup it is not.
    """
    pickup = queries.waits.lock_pickup(session, pickup_id)
    if by_staff_id is not None and pickup.courier_id != by_staff_id:
        raise NotFound()
    wait = _running(session, pickup)
    clock = queries.wait_views.clock_of(wait)
    drawn = colour(clock, wait.state, now=now)
    asked_before = after_silence(queries.wait_views.extension_of(wait), now=now)
    check_may_ask(asked_before, drawn, minutes=minutes, longest=queries.wait_views.longest_extension_of(wait))
    wait.extension_state, wait.extension_minutes = ExtensionState.REQUESTED, minutes
    wait.extension_asked_at, wait.extension_asked_by = now, asked_by
    here, next_stop = (
        queries.waits.place_of(session, pickup),
        queries.waits.next_stop(session, pickup, now=now),
    )
    if slack_allows(extended(clock, minutes, now=now).deadline_at, here, next_stop):
        _settle(session, wait, granted=True, decided_by=None, now=now)
    else:
        _ask_dispatchers(session, wait, minutes, now)
    return queries.wait_views.view_of(wait, now=now)


def decide_extension(
    session: Session, *, pickup_id: UUID, granted: bool, by: Principal, now: datetime
) -> WaitView:
    """Grant or refuse what slack did not allow. Raises ExtensionNotOpen after 60 s of silence."""
    pickup = queries.pickups.by_id(session, pickup_id, by=by)
    wait = _running(session, queries.waits.lock_pickup(session, pickup.id))
    drawn = colour(queries.wait_views.clock_of(wait), wait.state, now=now)
    check_may_decide(queries.wait_views.extension_of(wait), drawn, now=now)
    _settle(session, wait, granted=granted, decided_by=by.staff_id, now=now)
    return queries.wait_views.view_of(wait, now=now)


def refuse_silent_extensions(session: Session, *, limit: int, now: datetime) -> int:
    """Refuse what nobody decided within 60 s, as every view has shown it since; return how many.

    A courier who still waits is told, unless it was so long ago that he has long acted upon it.
    """
    silent = queries.waits.claim_silent_extensions(session, asked_by=now - SILENCE_MEANS_NO, limit=limit)
    for wait in silent:
        assert wait.extension_asked_at is not None, "a request has an instant"
        wait.extension_state = ExtensionState.REFUSED
        wait.extension_decided_at = wait.extension_asked_at + SILENCE_MEANS_NO
    session.flush()
    changes.note(session, silent, now=now)
    for wait in silent:
        _record(session, wait, None, now)
        if wait.state is WaitState.OPEN:
            _tell_courier(session, wait, wait.extension_decided_at or now, now)
    return len(silent)


def _running(session: Session, pickup: Pickup) -> Wait:
    wait = queries.waits.lock_running(session, pickup.id)
    if wait is None:
        raise WaitNotRunning(state=pickup.state.value)
    return wait


def _settle(session: Session, wait: Wait, *, granted: bool, decided_by: UUID | None, now: datetime) -> None:
    wait.extension_state = ExtensionState.GRANTED if granted else ExtensionState.REFUSED
    wait.extension_decided_at = now
    # Whoever decided looks after it; where slack decided, its time to be undecided begins anew.
    climbing.stop_climbing(session, [f"wait:{wait.id}"], now=now)
    if granted:
        longer = extended(queries.wait_views.clock_of(wait), wait.extension_minutes or 0, now=now)
        queries.wait_views.set_clock(wait, longer)
        wait_timers.rearm_ladder(session, wait, now=now)
    session.flush()
    changes.note(session, [wait], now=now)
    _record(session, wait, decided_by, now)
    _tell_courier(session, wait, now, now)


def _record(session: Session, wait: Wait, decided_by: UUID | None, now: datetime) -> None:
    granted = wait.extension_state is ExtensionState.GRANTED
    events.record(
        session,
        "wait.extension_decided",
        subject_type="wait",
        subject_id=wait.id,
        branch_id=wait.branch_id,
        actor_id=decided_by,
        data={"granted": granted, "minutes": wait.extension_minutes, "asked_by": wait.extension_asked_by},
        now=now,
    )


def _tell_courier(session: Session, wait: Wait, decided_at: datetime, now: datetime) -> None:
    """Tell the courier what became of it, unless he has just asked and reads it in the answer."""
    if wait.extension_asked_by == "courier" and wait.extension_asked_at == now:
        return
    assert wait.extension_state is not None, "it has just been decided"
    told = wait_notices.to_staff(
        NoticeKind.EXTENSION_DECIDED,
        wait_notices.occasion_of(wait, at=decided_at),
        [wait.courier_id],
        variables={"decision": wait.extension_state},
        now=now,
    )
    notices.tell_all(session, told, now=now)


def _ask_dispatchers(session: Session, wait: Wait, minutes: int, now: datetime) -> None:
    session.flush()
    changes.note(session, [wait], now=now)
    told = wait_notices.to_staff(
        NoticeKind.EXTENSION_REQUESTED,
        wait_notices.occasion_of(wait, at=now),
        queries.staff.dispatchers_on_duty(session, wait.branch_id, now=now),
        variables={"minutes": minutes},
        now=now,
    )
    notices.tell_all(session, told, now=now)
