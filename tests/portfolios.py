"""What a leaving rep holds, in all its states, and looks at it before and after it has changed hands."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.db import Database
from api.domain.vocabulary import AlertState, CaseState, Grade, Mood, VisitState
from api.models import (
    Base,
    Branch,
    Case,
    ChurnAlert,
    Customer,
    FieldReport,
    LoggedContact,
    Shipment,
    StaffMember,
    Visit,
    VisitTask,
)
from tests import factories
from tests.fakes import NOW
from tests.rounds import rows

MOVING = (Customer, ChurnAlert, Visit, VisitTask, Case)
STAYING = (Shipment, FieldReport, LoggedContact)


def fill(session: Session, branch: Branch, rep: StaffMember, count: int) -> None:
    """Give a rep so many customers of all grades, with open and finished work of every kind."""
    for number in range(count):
        grade = (Grade.A, Grade.B, Grade.C, None)[number % 4]
        customer = factories.make_customer(session, branch, owner_id=rep.id, grade=grade)
        factories.make_contact(session, customer, birthday=date(1980, 11, 25) if number % 5 == 0 else None)
        factories.make_shipment(session, customer)
        done = {
            "state": VisitState.COMPLETED,
            "completed_at": NOW - timedelta(days=9),
            "findings": "一切顺利",
        }
        visit = factories.make_visit(session, customer, rep=rep, report={"mood": Mood.PLEASED}, **done)
        over = {"state": AlertState.RESOLVED, "resolved_at": NOW}
        factories.make_churn_alert(session, customer, spell_started_on=date(2026, 1, 1), **over)
        factories.make_case(session, customer, owner_id=rep.id, state=CaseState.CLOSED)
        if number % 2:
            factories.make_churn_alert(session, customer)
            factories.make_case(session, customer, owner_id=rep.id)
            task = {"what": "带报价单", "due_on": NOW.date(), "created_at": NOW}
            session.add(_task(visit, done_at=None, **task))
            session.add(_task(visit, done_at=NOW, **task))
        if number % 3 == 0:
            planned_on = NOW.date() + timedelta(days=1 + number % 30)
            factories.make_visit(session, customer, rep=rep, planned_on=planned_on)
    session.flush()


def _task(visit: Visit, **columns: Any) -> VisitTask:
    return VisitTask(
        branch_id=visit.branch_id,
        customer_id=visit.customer_id,
        visit_id=visit.id,
        rep_id=visit.rep_id,
        **columns,
    )


def snapshot(database: Database, *models: type[Base]) -> dict[str, list[dict[str, Any]]]:
    """All rows of tables, but for their version: an ETag must never come a second time."""
    return {
        model.__tablename__: [
            {name: value for name, value in row.items() if name != "version"} for row in rows(database, model)
        ]
        for model in models
    }


def held_by(
    database: Database, model: type[Base], column: InstrumentedAttribute[Any], staff: StaffMember
) -> int:
    with database.unit_of_work(read_only=True) as session:
        held = select(func.count()).select_from(model).where(column == staff.id)
        return session.scalar(held) or 0
