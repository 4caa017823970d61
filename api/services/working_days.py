"""A branch's own exceptions to its working days: a day off to move house, a Sunday before a festival."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.principal import Principal
from api.models import CalendarDay
from api.services import events


def set_day(
    session: Session,
    *,
    branch_id: UUID,
    day_on: date,
    is_worked: bool | None,
    note: str | None,
    by: Principal,
    now: datetime,
) -> None:
    """Say that the branch works on a day or does not, whatever week and holidays say; None: as they say.

    Visits that are planned stay where they are: moving them is for whoever agreed on them.
    """
    branch = queries.branches.by_id(session, branch_id, by=by)
    day = queries.work_calendars.find_exception(session, branch.id, day_on)
    if is_worked is None:
        if day is None:
            return
        session.delete(day)
    else:
        day = day or CalendarDay(branch_id=branch.id, day_on=day_on)
        day.is_worked, day.note, day.set_by_id, day.set_at = is_worked, note, by.staff_id, now
        session.add(day)
    session.flush()
    events.record(
        session,
        "branch.day_set",
        subject_type="branch",
        subject_id=branch_id,
        branch_id=branch_id,
        actor_id=by.staff_id,
        data={"day_on": day_on.isoformat(), "is_worked": is_worked},
        now=now,
    )
