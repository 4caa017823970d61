"""Rows around visits: promises made on them, plans of a week, and customers spread over a city."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.domain.geofence import Place
from api.domain.vocabulary import Role, VisitState
from api.models import StaffMember, Visit, VisitTask, WeekPlan
from tests.factories import make_staff, make_visit
from tests.fakes import NOW

CENTURY_AVENUE = Place(31.2335, 121.5055)
ONE_KM = 1 / 111.2  # Degrees of latitude.


def north_of(place: Place, km: float) -> Place:
    """Return the place so many kilometres north."""
    return Place(place.latitude + km * ONE_KM, place.longitude)


def make_visit_task(session: Session, visit: Visit | None = None, **overrides: Any) -> VisitTask:
    """A promise made on a completed visit, to be kept tomorrow."""
    visit = visit or make_visit(session, state=VisitState.COMPLETED, completed_at=NOW)
    task = VisitTask(
        **{
            "branch_id": visit.branch_id,
            "customer_id": visit.customer_id,
            "visit_id": visit.id,
            "rep_id": visit.rep_id,
            "what": "把新报价单发过去",
            "due_on": NOW.date() + timedelta(days=1),
            "created_at": NOW,
            **overrides,
        }
    )
    session.add(task)
    session.flush()
    return task


def make_week_plan(session: Session, rep: StaffMember | None = None, **overrides: Any) -> WeekPlan:
    """The plan of this week, made by the house, without a visit in it."""
    rep = rep or make_staff(session, role=Role.SALES_REP)
    plan = WeekPlan(
        **{
            "branch_id": rep.branch_id,
            "rep_id": rep.id,
            "week_starts_on": NOW.date() - timedelta(days=NOW.date().weekday()),
            "left_out": [],
            "made_at": NOW,
            **overrides,
        }
    )
    session.add(plan)
    session.flush()
    return plan
