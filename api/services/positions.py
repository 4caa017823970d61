"""Taking in where couriers are, what follows for the next stop, and showing it to whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.domain.eta import eta, has_moved
from api.domain.positions import SeenPosition, counted, telling
from api.domain.principal import Principal
from api.domain.shifts import NotOnShift, ShiftSpan
from api.queries.positions import CourierSeen
from api.services import etas, events


@dataclass(frozen=True, slots=True)
class PositionsTaken:
    """How many positions of a batch count; the others lie outside the shift, or ahead of our clock."""

    accepted: int
    ignored: int
    server_now: datetime


def take_in(
    session: Session, *, seen: Sequence[SeenPosition], by: Principal, now: datetime
) -> PositionsTaken:
    """Keep the positions of the caller's running shift, as often as they are sent; raises NotOnShift.

    The newest one moves the ETA of his next stop when it is over 2 min off.
    """
    shift = queries.shifts.find_running(session, by.staff_id, now=now)
    if shift is None:
        raise NotOnShift()
    kept = counted(seen, ShiftSpan(shift.started_at), now=now)
    queries.positions.add(session, by.staff_id, kept, now=now)
    newest = telling(kept, now=now)
    if newest is not None:
        _follow(session, newest, by, now)
    return PositionsTaken(len(kept), len(seen) - len(kept), now)


def view(session: Session, *, by: Principal, now: datetime) -> list[CourierSeen]:
    """Show where the couriers on shift are; who looked, at whom and when, is kept."""
    shown = queries.positions.newest_on_shift(session, by=by, now=now)
    events.record(
        session,
        "positions.viewed",
        subject_type="branch",
        subject_id=by.branch_id,
        branch_id=by.branch_id,
        actor_id=by.staff_id,
        data={"courier_ids": [str(one.courier_id) for one in shown]},
        now=now,
    )
    return shown


def _follow(session: Session, seen: SeenPosition, by: Principal, now: datetime) -> None:
    """Move the ETA of the courier's next stop."""
    found = queries.pickups.next_stop_of(session, by.staff_id, now=now)
    if found is None:
        return
    pickup, place = found
    estimated = eta(seen.position.place, place, seen_at=seen.taken_at)
    if has_moved(pickup.eta_at, estimated):
        etas.move(session, pickup, estimated, now=now)
