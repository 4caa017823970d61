"""A rep's week: proposed by the house, each visit with its reason, and accepted by the rep."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.visit_cadence import VisitNotOpen
from api.domain.visit_planning import WeekOutOfReach
from api.domain.vocabulary import Role
from api.schemas.visit_plans import (
    AcceptVisitPlanSchema,
    MakeVisitPlanSchema,
    VisitPlanPageSchema,
    VisitPlanQuerySchema,
    VisitPlanSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import locale, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("visit_plans", __name__, url_prefix="/v1/visit-plans", description="A rep's week, proposed.")

READERS = (Role.SALES_REP, Role.MANAGER, Role.ADMIN)
PLANNERS = (Role.SALES_REP, Role.MANAGER)


@blp.get("")
@blp.requires(*READERS)
@blp.arguments(VisitPlanQuerySchema, location="query")
@blp.response(200, VisitPlanPageSchema)
def list_visit_plans(query):
    """List plans, the newest week first; a rep's are his own."""
    page = page_request(query)
    return as_page(queries.week_plans.listed(session(), **query, by=principal(), page=page))


@blp.post("")
@blp.requires(*PLANNERS)
@blp.repeatable
@blp.arguments(MakeVisitPlanSchema)
@blp.response(201, VisitPlanSchema)
@blp.raises(NotFound, WeekOutOfReach)
def make_visit_plan(body):
    """Propose the visits of a week. Asked again, it is planned anew; what was accepted stays where it is."""
    plan = services.visit_plans.make(session(), **body, by=principal(), now=now())
    return queries.week_plans.view_of(session(), plan, locale=locale(), now=now())


@blp.get("/<uuid:plan_id>")
@blp.requires(*READERS)
@blp.response(200, VisitPlanSchema)
@blp.raises(NotFound)
def get_visit_plan(plan_id):
    """Show a plan: what became of its proposals, and whom it leaves out."""
    plan = queries.week_plans.by_id(session(), plan_id, by=principal())
    return queries.week_plans.view_of(session(), plan, locale=locale(), now=now())


@blp.post("/<uuid:plan_id>/acceptance")
@blp.requires(*PLANNERS)
@blp.arguments(AcceptVisitPlanSchema)
@blp.response(200, VisitPlanSchema)
@blp.raises(NotFound, VisitNotOpen)
def accept_visit_plan(body, plan_id):
    """Say yes to the proposals of a plan, to all of them or to some. Move or skip the others one by one."""
    plan = services.visit_plans.accept(session(), plan_id=plan_id, **body, by=principal(), now=now())
    return queries.week_plans.view_of(session(), plan, locale=locale(), now=now())
