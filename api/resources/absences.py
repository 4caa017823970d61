"""Absences of sales reps: who is away when, and who stands in."""

from api import queries, services
from api.domain.absences import (
    AbsenceImpossible,
    AbsenceIsOver,
    AbsenceNotYours,
    AbsentAlready,
    StandInImpossible,
)
from api.domain.errors import NotFound
from api.domain.vocabulary import Role
from api.schemas.absences import AbsencePageSchema, AbsenceQuerySchema, AbsenceSchema, EnterAbsenceSchema
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("absences", __name__, url_prefix="/v1/absences", description="Who stands in for whom.")

PLANNERS = (Role.SALES_REP, Role.MANAGER, Role.ADMIN)


@blp.get("")
@blp.requires(*PLANNERS)
@blp.arguments(AbsenceQuerySchema, location="query")
@blp.response(200, AbsencePageSchema)
def list_absences(query):
    """List absences, the latest first; a rep's are his own and those in which he stands in."""
    page = page_request(query)
    return as_page(queries.absences.listed(session(), by=principal(), page=page, **query))


@blp.post("")
@blp.requires(*PLANNERS)
@blp.repeatable
@blp.arguments(EnterAbsenceSchema)
@blp.response(201, AbsenceSchema)
@blp.raises(NotFound, AbsenceNotYours, AbsenceImpossible, AbsentAlready, StandInImpossible)
def enter_absence(new):
    """Enter that a rep will be away; who stands in sees his customers and gets what he would be told."""
    return services.absences.enter(session(), new=new, by=principal(), now=now())


@blp.post("/<uuid:absence_id>/end")
@blp.requires(*PLANNERS)
@blp.response(200, AbsenceSchema)
@blp.raises(NotFound, AbsenceNotYours, AbsenceIsOver)
def end_absence(absence_id):
    """End an absence now, or call one off that has not begun."""
    return services.absences.end(session(), absence_id=absence_id, by=principal(), now=now())
