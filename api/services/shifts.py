"""Beginning and ending one's shift. What it allows is up to positions and notices."""

from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.domain.principal import Principal
from api.domain.shifts import ShiftSpan
from api.models import Shift
from api.queries.shifts import ShiftView
from api.services import events, held_notices


def switch(session: Session, *, on: bool, by: Principal, now: datetime) -> ShiftView:
    """Begin or end the caller's shift. Saying it again changes nothing."""
    known = queries.shifts.find_open(session, by.staff_id)
    if known is not None:
        over_at = ShiftSpan(known.started_at).over_at
        if on and now < over_at:
            return queries.shifts.view_of(known, now=now)
        # What ran out by itself was over then, however late the phone says so.
        _end(session, known, min(now, over_at), by, now)
    return queries.shifts.view_of(_begin(session, by, now) if on else None, now=now)


def _begin(session: Session, by: Principal, now: datetime) -> Shift:
    shift = Shift(branch_id=by.branch_id, staff_id=by.staff_id, started_at=now)
    session.add(shift)
    session.flush()
    _record(session, "shift.started", shift, by, now)
    held_notices.wake(session, by.staff_id, now=now)
    return shift


def _end(session: Session, shift: Shift, ended_at: datetime, by: Principal, now: datetime) -> None:
    shift.ended_at = ended_at
    session.flush()
    _record(session, "shift.ended", shift, by, now)


def _record(session: Session, name: str, shift: Shift, by: Principal, now: datetime) -> None:
    events.record(
        session,
        name,
        subject_type="shift",
        subject_id=shift.id,
        branch_id=shift.branch_id,
        actor_id=by.staff_id,
        now=now,
    )
