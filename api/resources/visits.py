"""Visits: a rep's calls on customers, planned, made and reported. Managers see the branch's."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.visit_cadence import (
    CustomerHasNoOwner,
    MetSomebodyElse,
    VisitAlreadyPlanned,
    VisitInThePast,
    VisitNotOpen,
    VisitNotYetDue,
    VisitStartsOnAnotherDay,
    VisitTimesOverlap,
)
from api.domain.visit_tasks import TaskInThePast
from api.domain.vocabulary import Role
from api.queries.visits import VisitFilter
from api.schemas.visit_briefs import VisitBriefSchema
from api.schemas.visits import (
    CancelVisitSchema,
    CheckInSchema,
    MissVisitSchema,
    PlanVisitSchema,
    ReportVisitSchema,
    RescheduleVisitSchema,
    VisitPageSchema,
    VisitQuerySchema,
    VisitSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import locale, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("visits", __name__, url_prefix="/v1/visits", description="Calls on customers.")

READERS = (Role.SALES_REP, Role.MANAGER, Role.ADMIN)
PLANNERS = (Role.SALES_REP, Role.MANAGER)


@blp.get("")
@blp.requires(*READERS)
@blp.arguments(VisitQuerySchema, location="query")
@blp.response(200, VisitPageSchema)
def list_visits(query):
    """List visits by day; a rep's are his own. Proposed ones wait for his yes."""
    page = page_request(query)
    only = VisitFilter(**query)
    return as_page(queries.visits.listed(session(), by=principal(), only=only, page=page, now=now()))


@blp.post("")
@blp.requires(*PLANNERS)
@blp.repeatable
@blp.arguments(PlanVisitSchema)
@blp.response(201, VisitSchema)
@blp.raises(
    NotFound,
    CustomerHasNoOwner,
    VisitAlreadyPlanned,
    VisitInThePast,
    VisitStartsOnAnotherDay,
    VisitTimesOverlap,
)
@blp.versioned
def plan_visit(body):
    """Plan a visit; a proposal for the customer is thereby accepted."""
    return services.visits.plan_visit(session(), **body, by=principal(), now=now())


@blp.get("/<uuid:visit_id>")
@blp.requires(*READERS)
@blp.response(200, VisitSchema)
@blp.raises(NotFound)
@blp.versioned
def get_visit(visit_id):
    """Show a visit."""
    return queries.visits.view_by_id(session(), visit_id, by=principal(), now=now())


@blp.get("/<uuid:visit_id>/brief")
@blp.requires(*READERS)
@blp.response(200, VisitBriefSchema)
@blp.raises(NotFound)
def get_visit_brief(visit_id):
    """Show what matters of the customer before you ring the bell."""
    visit = queries.visits.by_id(session(), visit_id, by=principal())
    return queries.visit_briefs.of_customer(session(), visit.customer_id, locale=locale(), now=now())


@blp.post("/<uuid:visit_id>/acceptance")
@blp.requires(*PLANNERS)
@blp.response(200, VisitSchema)
@blp.raises(NotFound, VisitNotOpen)
@blp.versioned
def accept_visit(visit_id):
    """Say yes to a proposed visit. Once is enough."""
    return services.visits.accept(session(), visit_id=visit_id, by=principal(), now=now())


@blp.post("/<uuid:visit_id>/check-in")
@blp.requires(Role.SALES_REP)
@blp.arguments(CheckInSchema)
@blp.response(200, VisitSchema)
@blp.raises(NotFound, VisitNotOpen)
@blp.versioned
def check_in_to_visit(place, visit_id):
    """Say that you are there; the distance to the nearest site is noted, and nobody is sent away."""
    return services.visits.check_in(session(), visit_id=visit_id, place=place, by=principal(), now=now())


@blp.post("/<uuid:visit_id>/report")
@blp.requires(*PLANNERS)
@blp.arguments(ReportVisitSchema)
@blp.response(200, VisitSchema)
@blp.raises(
    NotFound,
    VisitNotOpen,
    VisitInThePast,
    VisitAlreadyPlanned,
    CustomerHasNoOwner,
    MetSomebodyElse,
    TaskInThePast,
)
@blp.versioned
def report_visit(report, visit_id):
    """Complete a visit with its report. Next steps become tasks; the next visit is planned, or offered."""
    return services.visit_reports.complete(
        session(), visit_id=visit_id, report=report, by=principal(), now=now()
    )


@blp.post("/<uuid:visit_id>/failure")
@blp.requires(*PLANNERS)
@blp.arguments(MissVisitSchema)
@blp.response(200, VisitSchema)
@blp.raises(NotFound, VisitNotOpen, VisitNotYetDue)
@blp.versioned
def miss_visit(body, visit_id):
    """Note that a visit did not happen, and why; the customer is proposed anew."""
    return services.visits.miss(session(), visit_id=visit_id, **body, by=principal(), now=now())


@blp.post("/<uuid:visit_id>/rescheduling")
@blp.requires(*PLANNERS)
@blp.arguments(RescheduleVisitSchema)
@blp.response(200, VisitSchema)
@blp.raises(
    NotFound, VisitNotOpen, VisitAlreadyPlanned, VisitInThePast, VisitStartsOnAnotherDay, VisitTimesOverlap
)
@blp.versioned
def reschedule_visit(plan, visit_id):
    """Move a visit to another day; a proposed one is thereby planned."""
    return services.visits.reschedule(session(), visit_id=visit_id, plan=plan, by=principal(), now=now())


@blp.post("/<uuid:visit_id>/cancellation")
@blp.requires(*PLANNERS)
@blp.arguments(CancelVisitSchema)
@blp.response(200, VisitSchema)
@blp.raises(NotFound, VisitNotOpen)
@blp.versioned
def cancel_visit(body, visit_id):
    """Call a visit off, or skip a proposed one."""
    return services.visits.cancel(session(), visit_id=visit_id, **body, by=principal(), now=now())
