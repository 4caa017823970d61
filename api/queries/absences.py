"""Absences: by id, listed, those of a person to come, and who is away at an instant."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.domain.absences import stood_in_for
from api.domain.errors import NotFound
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.models import Absence, StaffMember
from api.queries import scope
from api.queries.paging import paginate


def by_id(session: Session, absence_id: UUID, *, by: Principal) -> Absence:
    found = session.scalar(select(Absence).where(Absence.id == absence_id, scope.absences(by)))
    if found is None:
        raise NotFound()
    return found


def listed(session: Session, *, by: Principal, staff_id: UUID | None, page: PageRequest) -> Page[Absence]:
    """List absences, the latest first; a rep's are his own and those in which he stands in."""
    statement = select(Absence).where(scope.absences(by))
    if staff_id is not None:
        statement = statement.where(Absence.staff_id == staff_id)
    return paginate(session, statement, [Absence.begins_at, Absence.id], page, descending=True)


def not_over(session: Session, staff_ids: Collection[UUID], *, now: datetime) -> Sequence[Absence]:
    """Return the running and coming absences of these people."""
    return session.scalars(
        select(Absence)
        .where(Absence.staff_id.in_(staff_ids), Absence.ends_at > now)
        .order_by(Absence.begins_at, Absence.id)
    ).all()


def with_stand_in(session: Session, staff_id: UUID, *, now: datetime) -> Sequence[Absence]:
    """Return the running and coming absences in which somebody stands in."""
    return session.scalars(
        select(Absence)
        .where(Absence.stand_in_id == staff_id, Absence.ends_at > now)
        .order_by(Absence.begins_at, Absence.id)
    ).all()


def running(session: Session, branch_ids: Collection[UUID], *, now: datetime) -> dict[UUID, UUID]:
    """Return who is absent now in these branches, and who stands in; chains are not followed."""
    return _pairs(session, Absence.branch_id.in_(branch_ids), now)


def running_beside(session: Session, staff_ids: Collection[UUID], *, now: datetime) -> dict[UUID, UUID]:
    """Return the same for the branches of these people, in one statement."""
    their_branches = select(StaffMember.branch_id).where(StaffMember.id.in_(staff_ids))
    return _pairs(session, Absence.branch_id.in_(their_branches), now)


def stands_in_for(session: Session, staff_id: UUID, branch_id: UUID, *, now: datetime) -> tuple[UUID, ...]:
    """Return whose customers are this rep's for the time being, besides his own."""
    return stood_in_for(staff_id, running(session, [branch_id], now=now))


def _pairs(session: Session, whose: ColumnElement[bool], now: datetime) -> dict[UUID, UUID]:
    away = select(Absence.staff_id, Absence.stand_in_id).where(
        whose, Absence.begins_at <= now, Absence.ends_at > now
    )
    # Columns only, so the connection is asked: this runs before every request of a rep.
    return {row.staff_id: row.stand_in_id for row in session.connection().execute(away)}
