"""Absences: entering and ending them, and who is told meanwhile instead of whoever is away."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain import absences as rules
from api.domain.absences import AbsenceIsOver, AbsentAlready, NewAbsence, StandInImpossible
from api.domain.principal import Principal
from api.domain.vocabulary import Role
from api.models import Absence, Branch
from api.services import events


def enter(session: Session, *, new: NewAbsence, by: Principal, now: datetime) -> Absence:
    """Enter that a rep will be away and who stands in.

    Raises AbsenceNotYours, NotFound, AbsenceImpossible, AbsentAlready and StandInImpossible.
    """
    rules.check_may_enter(by, new.staff_id)
    member = queries.staff.by_id(session, new.staff_id, by=by)
    zone = ZoneInfo(session.get_one(Branch, member.branch_id).timezone)
    rules.check_days(new, zone=zone, now=now)
    span = new.span(zone)
    _check_people(session, new, member.branch_id, span, now)
    absence = Absence(
        branch_id=member.branch_id,
        staff_id=new.staff_id,
        stand_in_id=new.stand_in_id,
        first_on=new.first_on,
        last_on=new.last_on,
        begins_at=span[0],
        ends_at=span[1],
        entered_by_id=by.staff_id,
        entered_at=now,
    )
    session.add(absence)
    session.flush()
    _record(session, "absence.entered", absence, by, now)
    return absence


def end(session: Session, *, absence_id: UUID, by: Principal, now: datetime) -> Absence:
    """End an absence now, or call off one that has not begun.

    Raises NotFound, AbsenceNotYours and AbsenceIsOver.
    """
    absence = queries.absences.by_id(session, absence_id, by=by)
    rules.check_may_enter(by, absence.staff_id)
    if absence.ends_at <= now:
        raise AbsenceIsOver()
    absence.ends_at = max(now, absence.begins_at)
    absence.ended_early_at = now
    session.flush()
    _record(session, "absence.ended", absence, by, now)
    return absence


def stand_ins(session: Session, staff_ids: Collection[UUID], *, now: datetime) -> dict[UUID, UUID]:
    """Return who answers for those of these people who are away now; whoever is there is not named.

    Where a stand-in is away as well, it is his.
    """
    if not staff_ids:
        return {}
    running = queries.absences.running_beside(session, staff_ids, now=now)
    found = {staff_id: rules.present(staff_id, running) for staff_id in staff_ids if staff_id in running}
    return {absent: holder for absent, holder in found.items() if holder != absent}


def present(session: Session, staff_ids: Iterable[UUID], *, now: datetime) -> list[UUID]:
    """Return whom to tell what is for these people: each who is there, else who stands in, nobody twice."""
    wanted = list(staff_ids)
    instead = stand_ins(session, wanted, now=now)
    return list(dict.fromkeys(instead.get(staff_id, staff_id) for staff_id in wanted))


def _check_people(
    session: Session, new: NewAbsence, branch_id: UUID, span: tuple[datetime, datetime], now: datetime
) -> None:
    both = [new.staff_id, new.stand_in_id]
    are_reps = all(
        queries.staff.is_active_with_role(session, one, branch_id=branch_id, role=Role.SALES_REP)
        for one in both
    )
    if not are_reps or new.staff_id == new.stand_in_id:
        raise StandInImpossible()
    queries.staff.lock(session, both)
    known = queries.absences.not_over(session, both, now=now)
    away = {one: [(a.begins_at, a.ends_at) for a in known if a.staff_id == one] for one in both}
    if rules.any_overlap(span, away[new.staff_id]):
        raise AbsentAlready()
    if rules.any_overlap(span, away[new.stand_in_id]):
        raise StandInImpossible()


def _record(session: Session, name: str, absence: Absence, by: Principal, now: datetime) -> None:
    days = {"first_on": absence.first_on.isoformat(), "last_on": absence.last_on.isoformat()}
    events.record(
        session,
        name,
        subject_type="absence",
        subject_id=absence.id,
        branch_id=absence.branch_id,
        actor_id=by.staff_id,
        data={"staff_id": str(absence.staff_id), "stand_in_id": str(absence.stand_in_id), **days},
        now=now,
    )
