"""What a rep brings home from a visit: the report, the promises in it as tasks, and keeping those."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.business_hours import local_day
from api.domain.principal import Principal
from api.domain.visit_cadence import VisitPlan, VisitReport, check_met, check_open
from api.domain.visit_tasks import check_task_day, check_task_open
from api.domain.vocabulary import VisitState
from api.models import Visit, VisitTask
from api.queries.visit_tasks import TaskView
from api.queries.visits import VisitView
from api.services import events, visits


def complete(
    session: Session, *, visit_id: UUID, report: VisitReport, by: Principal, now: datetime
) -> VisitView:
    """Complete a visit with its report; the next steps become tasks.

    A date for the next visit plans it; without one the next is offered near its due day. Raises NotFound,
    VisitNotOpen, MetSomebodyElse, TaskInThePast, VisitInThePast, VisitAlreadyPlanned.
    """
    visit = queries.visits.by_id(session, visit_id, by=by)
    check_open(visit.state)
    check_met(report.met, queries.contacts.ids_of(session, visit.customer_id))
    _keep(visit, report, now)
    _add_tasks(session, visit, report, now)
    session.flush()
    visits.forget_reminder(session, visit, now=now)
    codes = {"mood": report.mood, "competitor_seen": report.competitor_seen}
    visits.record(session, "visit.completed", visit, by, now, {**codes, "tasks": len(report.next_steps)})
    if report.next_visit_on is not None:
        next_visit = VisitPlan(report.next_visit_on)
        visits.plan_visit(session, customer_id=visit.customer_id, plan=next_visit, by=by, now=now)
    else:
        visits.offer_next(session, visit, now=now)
    return queries.visits.view_of(session, visit, now=now)


def finish_task(session: Session, *, task_id: UUID, by: Principal, now: datetime) -> TaskView:
    """Note that a promise has been kept. Once is enough: the first time stays. Raises NotFound."""
    task = queries.visit_tasks.by_id(session, task_id, by=by)
    if task.done_at is None:
        task.done_at = now
        session.flush()
        _record(session, "visit_task.done", task, by, now)
    return queries.visit_tasks.view_of(session, task, now=now)


def postpone_task(session: Session, *, task_id: UUID, due_on: date, by: Principal, now: datetime) -> TaskView:
    """Give a promise another day. Raises NotFound, TaskIsDone, TaskInThePast."""
    task = queries.visit_tasks.by_id(session, task_id, by=by)
    check_task_open(task.done_at)
    check_task_day(due_on, local_day(now, queries.staff.zone_of(session, task.rep_id)))
    task.due_on = due_on
    session.flush()
    _record(session, "visit_task.postponed", task, by, now)
    return queries.visit_tasks.view_of(session, task, now=now)


def _keep(visit: Visit, report: VisitReport, now: datetime) -> None:
    visit.state, visit.completed_at, visit.findings = VisitState.COMPLETED, now, report.findings
    visit.needs, visit.competitor = report.needs, report.competitor
    visit.report = {
        "mood": report.mood,
        "competitor_seen": report.competitor_seen or report.competitor is not None,
        "met": [str(contact_id) for contact_id in report.met],
    }


def _add_tasks(session: Session, visit: Visit, report: VisitReport, now: datetime) -> None:
    today = local_day(now, queries.staff.zone_of(session, visit.rep_id))
    for step in report.next_steps:
        check_task_day(step.due_on, today)
        session.add(
            VisitTask(
                branch_id=visit.branch_id,
                customer_id=visit.customer_id,
                visit_id=visit.id,
                rep_id=visit.rep_id,
                what=step.what,
                due_on=step.due_on,
                created_at=now,
            )
        )


def _record(session: Session, name: str, task: VisitTask, by: Principal, now: datetime) -> None:
    events.record(
        session,
        name,
        subject_type="visit_task",
        subject_id=task.id,
        branch_id=task.branch_id,
        actor_id=by.staff_id,
        data={"due_on": task.due_on.isoformat(), "customer_id": str(task.customer_id)},
        now=now,
    )
