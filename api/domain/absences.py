"""Absences: which can be entered, and who stands in for whom when several are away at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from api.domain.business_hours import local_day, local_instant
from api.domain.errors import Conflict, Forbidden, RuleBroken
from api.domain.principal import Principal
from api.domain.vocabulary import Role

LONGEST = timedelta(days=366)


class AbsenceImpossible(RuleBroken):
    """An absence ends on or after its first day, not before today, and within a year."""

    code = "absence_impossible"


class AbsentAlready(Conflict):
    """An absence of this person is entered for some of these days."""

    code = "absent_already"


class StandInImpossible(RuleBroken):
    """Another active sales rep of the branch stands in, one who is not away himself in that time."""

    code = "stand_in_impossible"


class AbsenceIsOver(Conflict):
    """This absence has ended."""

    code = "absence_is_over"


class AbsenceNotYours(Forbidden):
    """A sales rep enters his own absences; a manager those of others."""

    code = "absence_not_yours"


@dataclass(frozen=True, slots=True)
class NewAbsence:
    """Who is away on which days, both included, and who stands in."""

    staff_id: UUID
    stand_in_id: UUID
    first_on: date
    last_on: date

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return its beginning and its end (exclusive) as instants: midnights of the branch."""
        after = self.last_on + timedelta(days=1)
        return local_instant(self.first_on, time.min, zone), local_instant(after, time.min, zone)


def check_days(new: NewAbsence, *, zone: ZoneInfo, now: datetime) -> None:
    """Refuse days in the wrong order, an absence that is over, and one that never ends.

    One that has begun is fine: people fall ill in the morning.
    """
    in_order = new.first_on <= new.last_on <= new.first_on + LONGEST
    if not in_order or new.last_on < local_day(now.astimezone(UTC), zone):
        raise AbsenceImpossible()


def check_may_enter(by: Principal, staff_id: UUID) -> None:
    """Let reps enter their own absences only."""
    if by.role is Role.SALES_REP and staff_id != by.staff_id:
        raise AbsenceNotYours()


def present(staff_id: UUID, running: Mapping[UUID, UUID]) -> UUID:
    """Return who answers for somebody now: himself, or at the end of the chain whoever is there.

    `running` maps who is absent to who stands in. A ring cannot be entered, for nobody who is away can be
    chosen to stand in; should there be one all the same, it ends where it began.
    """
    seen = {staff_id}
    holder = staff_id
    while holder in running:
        holder = running[holder]
        if holder in seen:
            return staff_id
        seen.add(holder)
    return holder


def stood_in_for(staff_id: UUID, running: Mapping[UUID, UUID]) -> tuple[UUID, ...]:
    """Return those whose work is somebody's now, besides his own; nobody's while he is away himself."""
    return tuple(sorted(absent for absent in running if present(absent, running) == staff_id != absent))


def overlap(first: tuple[datetime, datetime], second: tuple[datetime, datetime]) -> bool:
    """Tell whether two spans share an instant; the ends are exclusive."""
    return first[0] < second[1] and second[0] < first[1]


def any_overlap(span: tuple[datetime, datetime], others: Iterable[tuple[datetime, datetime]]) -> bool:
    """Tell whether a span shares an instant with one of the others."""
    return any(overlap(span, other) for other in others)
