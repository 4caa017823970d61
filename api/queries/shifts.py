"""Shifts: whether somebody is at work now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from api.domain.principal import Principal
from api.domain.shifts import AT_WORK, SHIFTS_FORGOTTEN, runs_since
from api.models import Shift, StaffMember, StaffSession


@dataclass(frozen=True, slots=True)
class ShiftView:
    """Whether somebody is on shift at `server_now`, and since when."""

    on: bool
    started_at: datetime | None
    server_now: datetime


def view_of(running: Shift | None, *, now: datetime) -> ShiftView:
    return ShiftView(running is not None, None if running is None else running.started_at, now)


def mine(session: Session, *, by: Principal, now: datetime) -> ShiftView:
    return view_of(find_running(session, by.staff_id, now=now), now=now)


def find_open(session: Session, staff_id: UUID) -> Shift | None:
    """Return the shift that nobody has ended, locked; it may have run out all the same."""
    return session.scalar(
        select(Shift).where(Shift.staff_id == staff_id, Shift.ended_at.is_(None)).with_for_update()
    )


def find_running(session: Session, staff_id: UUID, *, now: datetime) -> Shift | None:
    return session.scalar(select(Shift).where(Shift.staff_id == staff_id, runs(now)))


def runs(now: datetime) -> ColumnElement[bool]:
    """A shift that has begun, that nobody has ended, and that has not run out."""
    return Shift.ended_at.is_(None) & (Shift.started_at > runs_since(now)) & (Shift.started_at <= now)


def of_these_on_shift(session: Session, staff_ids: Collection[UUID], *, now: datetime) -> Sequence[UUID]:
    """Return those of these staff members who are on shift.

    Who keeps no shifts counts as on shift while he works: while a phone of his renews its session.
    """
    begun = exists(select(Shift.id).where(Shift.staff_id == StaffMember.id, runs(now)))
    since = now - SHIFTS_FORGOTTEN
    keeps_shifts = exists(select(Shift.id).where(Shift.staff_id == StaffMember.id, Shift.started_at > since))
    works = exists(
        select(StaffSession.id).where(
            StaffSession.staff_id == StaffMember.id,
            StaffSession.ended_at.is_(None),
            StaffSession.token_epoch == StaffMember.token_epoch,
            StaffSession.refreshed_at > now - AT_WORK,
        )
    )
    at_work = or_(begun, and_(~keeps_shifts, works))
    return session.scalars(select(StaffMember.id).where(StaffMember.id.in_(staff_ids), at_work)).all()
