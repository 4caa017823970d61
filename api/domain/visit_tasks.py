"""Promises made on a visit: when one may still be moved, and to which day."""

from datetime import date, datetime

from api.domain.errors import Conflict, RuleBroken


class TaskIsDone(Conflict):
    """This promise has been kept already."""

    code = "task_is_done"


class TaskInThePast(RuleBroken):
    """A promise is kept today or later."""

    code = "task_in_the_past"


def check_task_open(done_at: datetime | None) -> None:
    """Refuse to change what is done. Raises TaskIsDone."""
    if done_at is not None:
        raise TaskIsDone()


def check_task_day(due_on: date, today: date) -> None:
    """Refuse a day gone by. Raises TaskInThePast."""
    if due_on < today:
        raise TaskInThePast()
