"""Promises made on visits: by id, and as a list by the day they are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.business_hours import local_day
from api.domain.errors import NotFound
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.models import Branch, Customer, VisitTask
from api.queries import scope
from api.queries.paging import paginate


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What a list of promises is narrowed to."""

    done: bool | None = None
    customer_id: UUID | None = None
    rep_id: UUID | None = None
    due_to: date | None = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """A promise with its customer; it is overdue from the day after it was due."""

    task: VisitTask
    customer_code: str
    customer_name: str
    is_overdue: bool

    @property
    def version(self) -> int:
        return self.task.version


def by_id(session: Session, task_id: UUID, *, by: Principal) -> VisitTask:
    found = session.scalar(select(VisitTask).where(VisitTask.id == task_id, scope.visit_tasks(by)))
    if found is None:
        raise NotFound()
    return found


def listed(
    session: Session, *, by: Principal, only: TaskFilter, page: PageRequest, now: datetime
) -> Page[TaskView]:
    """List promises by the day they are due."""
    exact = {VisitTask.customer_id: only.customer_id, VisitTask.rep_id: only.rep_id}
    statement = select(VisitTask).where(
        scope.visit_tasks(by), *[column == wanted for column, wanted in exact.items() if wanted is not None]
    )
    if only.done is not None:
        is_done = VisitTask.done_at.is_not(None)
        statement = statement.where(is_done if only.done else ~is_done)
    if only.due_to is not None:
        statement = statement.where(VisitTask.due_on <= only.due_to)
    found = paginate(session, statement, [VisitTask.due_on, VisitTask.id], page)
    return Page(views(session, found.items, branch_id=by.branch_id, now=now), found.next_cursor)


def view_of(session: Session, task: VisitTask, *, now: datetime) -> TaskView:
    return views(session, [task], branch_id=task.branch_id, now=now)[0]


def views(session: Session, tasks: Sequence[VisitTask], *, branch_id: UUID, now: datetime) -> list[TaskView]:
    """Look at promises of one branch; the customers are read in one statement."""
    today = local_day(now, ZoneInfo(session.get_one(Branch, branch_id).timezone))
    wanted = {task.customer_id for task in tasks}
    customers = {one.id: one for one in session.scalars(select(Customer).where(Customer.id.in_(wanted)))}
    return [
        TaskView(
            task,
            customers[task.customer_id].code,
            customers[task.customer_id].name,
            is_overdue=task.done_at is None and task.due_on < today,
        )
        for task in tasks
    ]
