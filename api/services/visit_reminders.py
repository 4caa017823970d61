"""Reminding reps of their visits, and managers of those that nobody made. When: `domain.visit_reminders`.

Who is away is reminded of nothing; his stand-in finds the visits among his own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.absences import stood_in_for
from api.domain.business_hours import day_once_past
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.visit_reminders import (
    BEFORE_A_FIXED_TIME,
    MORNING,
    DayList,
    climbs_on,
    lists_due,
    soon_at,
    useful_until,
)
from api.domain.vocabulary import Role
from api.models import Branch, Visit
from api.queries.staff import FieldRep
from api.services import absences, notices

JOB = "remind_of_visits"
KINDS = {DayList.EVENING: NoticeKind.VISITS_TOMORROW, DayList.MORNING: NoticeKind.VISIT_REMINDER}


@dataclass(frozen=True, slots=True)
class DueList:
    """A list that a rep should have by now; `reps` are he himself and those he stands in for."""

    rep: FieldRep
    reps: tuple[UUID, ...]
    which: DayList
    day: date

    @property
    def slot(self) -> str:
        return f"{self.which}:{self.rep.staff_id}:{self.day.isoformat()}"


@dataclass(frozen=True, slots=True)
class DueLook:
    """A branch whose overdue visits are to be looked for on a day."""

    branch_id: UUID
    day: date

    @property
    def slot(self) -> str:
        return f"climb:{self.branch_id}:{self.day.isoformat()}"


def due_lists(session: Session, *, now: datetime) -> list[DueList]:
    """Return the lists of this moment that nobody has dealt with yet, in a fixed number of statements."""
    reps = queries.staff.field_reps(session)
    away = queries.absences.running(session, {rep.branch_id for rep in reps}, now=now)
    due = [
        DueList(rep, (rep.staff_id, *stood_in_for(rep.staff_id, away)), which, day)
        for rep in reps
        if rep.staff_id not in away
        for which, day in lists_due(now, rep.zone)
    ]
    dealt_with = queries.job_slots.taken(session, JOB, [one.slot for one in due])
    return [one for one in due if one.slot not in dealt_with]


def tell_list(session: Session, due: DueList, *, now: datetime) -> bool:
    """Tell a rep how many visits are on his list; whoever has none is left in peace. False: nothing told.

    The claim of the list commits together with the notice: a process that dies leaves both undone.
    """
    if not queries.job_slots.claim(session, JOB, due.slot, now=now):
        return False
    count = _count(session, due, now)
    if not count:
        return False
    kind, rep = KINDS[due.which], due.rep
    telling = Telling(
        kind,
        branch_id=rep.branch_id,
        dedupe_key=f"{kind}:{rep.branch_id}:{due.day.isoformat()}:{rep.staff_id}",
        staff_id=rep.staff_id,
        variables={"count": count},
        useful_until=useful_until(due.which, due.day, rep.zone),
    )
    return notices.tell(session, telling, now=now) is not None


def due_times(session: Session, *, now: datetime) -> list[Telling]:
    """Return the reminders of fixed times within the hour, whether they have been told or not.

    A visit that is moved has another time, and so another reminder; that it is told once is its key's doing.
    """
    upcoming = queries.visits.starting_between(session, now, now + BEFORE_A_FIXED_TIME)
    instead = absences.stand_ins(session, {visit.rep_id for visit in upcoming}, now=now)
    tellings = (_of_time(session, visit, instead.get(visit.rep_id, visit.rep_id), now) for visit in upcoming)
    return [telling for telling in tellings if telling is not None]


def due_looks(session: Session, *, now: datetime) -> list[DueLook]:
    """Return the branches where it is past 08:30 and nobody has looked for overdue visits today."""
    due = [
        DueLook(branch.id, today)
        for branch in queries.branches.every(session)
        if (today := day_once_past(now, MORNING, ZoneInfo(branch.timezone))) is not None
    ]
    looked_at = queries.job_slots.taken(session, JOB, [one.slot for one in due])
    return [one for one in due if one.slot not in looked_at]


def climb(session: Session, due: DueLook, *, now: datetime) -> bool:
    """Tell a branch's managers of visits that are overdue for three working days; False when there are none.

    They are told one number for each rep, and of each visit once unless it is moved; never on a closed day.
    """
    if not queries.job_slots.claim(session, JOB, due.slot, now=now):
        return False
    branch = session.get_one(Branch, due.branch_id)
    calendar = queries.work_calendars.of_branch(session, branch, around=now)
    late = [
        visit
        for visit in queries.visits.overdue_untold(session, branch.id, before=due.day)
        if calendar.is_working_day(due.day) and climbs_on(visit.planned_on, calendar) <= due.day
    ]
    for visit in late:
        visit.overdue_told_at = now
    session.flush()
    notices.tell_all(session, _to_managers(session, due, late), now=now)
    return bool(late)


def _to_managers(session: Session, due: DueLook, late: Sequence[Visit]) -> list[Telling]:
    kind = NoticeKind.VISITS_OVERDUE
    managers = queries.staff.active_with_role(session, due.branch_id, Role.MANAGER)
    return [
        Telling(
            kind,
            branch_id=due.branch_id,
            dedupe_key=f"{kind}:{rep_id}:{due.day.isoformat()}:{manager_id}",
            staff_id=manager_id,
            variables={"count": count},
        )
        for rep_id, count in Counter(visit.rep_id for visit in late).items()
        for manager_id in managers
    ]


def _count(session: Session, due: DueList, now: datetime) -> int:
    """Count the visits of the day; in the morning, where it is worked, those left over from before, too."""
    planned = queries.visits.loads_of(session, due.reps, None, due.day)
    if due.which is DayList.EVENING or len(planned) == (due.day in planned):
        return planned.get(due.day, 0)
    branch = session.get_one(Branch, due.rep.branch_id)
    calendar = queries.work_calendars.of_branch(session, branch, around=now)
    return sum(planned.values()) if calendar.is_working_day(due.day) else planned.get(due.day, 0)


def _of_time(session: Session, visit: Visit, staff_id: UUID, now: datetime) -> Telling | None:
    starts_at, kind = visit.starts_at, NoticeKind.VISIT_SOON
    assert starts_at is not None, "only visits with a fixed time begin soon"
    policy = queries.branches.policy(session, visit.branch_id)
    quiet = policy.quiet_hours_start, policy.quiet_hours_end
    at = soon_at(starts_at, quiet, queries.staff.zone_of(session, staff_id))
    if at is None or now < at:
        return None
    return Telling(
        kind,
        branch_id=visit.branch_id,
        dedupe_key=f"{kind}:{visit.id}:{int(starts_at.timestamp())}:{staff_id}",
        staff_id=staff_id,
        customer_id=visit.customer_id,
        variables={"minutes": ceil((starts_at - now) / timedelta(minutes=1))},
        useful_until=starts_at,
    )
