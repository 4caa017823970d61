"""Whether customers are visited as often as promised: who is due, the totals, and how plans are kept."""

from api import queries
from api.domain.report_period import PeriodNotAllowed
from api.domain.vocabulary import Role
from api.queries.visit_coverage import CoverageFilter
from api.schemas.reports import PeriodSchema
from api.schemas.visit_coverage import (
    ComplianceListSchema,
    CoveragePageSchema,
    CoverageQuerySchema,
    CoverageTotalsSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint(
    "visit_coverage", __name__, url_prefix="/v1/visit-coverage", description="Visits as promised?"
)

READERS = (Role.SALES_REP, Role.MANAGER, Role.ADMIN)


@blp.get("")
@blp.requires(*READERS)
@blp.arguments(CoverageQuerySchema, location="query")
@blp.response(200, CoveragePageSchema)
def list_visit_coverage(query):
    """List customers by code with their due days; `standing=overdue` shows who waits too long."""
    page = page_request(query)
    only = CoverageFilter(**query)
    return as_page(queries.visit_coverage.listed(session(), by=principal(), only=only, page=page, now=now()))


@blp.get("/totals")
@blp.requires(*READERS)
@blp.response(200, CoverageTotalsSchema)
def get_visit_coverage_totals():
    """Count customers by rep, grade and how they stand against their cadence."""
    return {"items": queries.visit_coverage.totals(session(), by=principal(), now=now())}


@blp.get("/compliance")
@blp.requires(*READERS)
@blp.arguments(PeriodSchema, location="query")
@blp.response(200, ComplianceListSchema)
@blp.raises(PeriodNotAllowed)
def get_visit_compliance(query):
    """Count how each rep kept the visits that were planned for a period."""
    return {"items": queries.visit_coverage.kept_by_rep(session(), **query, by=principal(), now=now())}
