"""A rep's day in one list, ordered by what is lost if it is left. Queries bring the pieces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from uuid import UUID

from api.domain.errors import RuleBroken
from api.domain.money import LARGEST_AMOUNT_MINOR
from api.domain.vocabulary import AgendaKind, Grade

DAYS_AHEAD = timedelta(days=31)
_NEVER = "9999"


class DayOutOfReach(RuleBroken):
    """An agenda is for a day from today to 31 days ahead."""

    code = "day_out_of_reach"


class Loss(IntEnum):
    """What is lost if it is left today, the worst first."""

    CUSTOMER = 0
    """A red alert: by tomorrow he may ship with somebody else."""
    APPOINTMENT = 1
    """Somebody waits at a fixed time."""
    PROMISE = 2
    """A deadline has passed, or passes today."""
    DAY = 3
    """It belongs to this day: a birthday, a visit, a step that was promised for today."""
    TIME = 4
    """There are days left."""
    NOTHING = 5
    """A proposal: nobody expects it yet."""


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One thing to do for one customer; `due_at` where there is an hour, else `due_on`."""

    kind: AgendaKind
    subject_id: UUID
    customer_id: UUID
    customer_code: str
    customer_name: str
    grade: Grade | None
    loss: Loss
    due_on: date | None = None
    due_at: datetime | None = None
    value_at_risk_minor: int | None = None
    currency: str | None = None
    text: str | None = None
    """What was promised, for a task; nothing else brings words along."""

    @property
    def key(self) -> tuple[str, ...]:
        """Where it stands: by loss, appointments by the clock, then grade, value at risk, the day it was due.

        Texts that compare like what they say, so that a cursor can carry them.
        """
        hour = self.due_at.isoformat() if self.due_at and self.loss is Loss.APPOINTMENT else _NEVER
        worth = LARGEST_AMOUNT_MINOR - min(self.value_at_risk_minor or 0, LARGEST_AMOUNT_MINOR)
        due = self.due_at.date() if self.due_at else self.due_on or _NEVER
        grade = self.grade.value if self.grade else "D"
        return (
            str(int(self.loss)),
            hour,
            grade,
            f"{worth:020}",
            str(due),
            self.kind.value,
            str(self.subject_id),
        )


def check_day(day: date, today: date) -> None:
    """Refuse a day that is over, or too far off to say anything about. Raises DayOutOfReach."""
    if not today <= day <= today + DAYS_AHEAD:
        raise DayOutOfReach(errors={"day": [DayOutOfReach.__doc__]})


def loss_of_visit(*, is_proposal: bool, has_hour: bool, is_overdue: bool) -> Loss:
    """Say what is lost if a visit is left: nothing while it is a proposal."""
    if is_proposal:
        return Loss.NOTHING
    if is_overdue:
        return Loss.PROMISE
    return Loss.APPOINTMENT if has_hour else Loss.DAY


def loss_by_deadline(deadline: datetime | None, day_ends_at: datetime) -> Loss:
    """Say what is lost if something with a deadline is left until tomorrow."""
    return Loss.PROMISE if deadline is not None and deadline < day_ends_at else Loss.TIME
