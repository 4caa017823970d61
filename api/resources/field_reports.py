"""Field reports: what was noticed at a customer, for his owner to know and to settle."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.field_reports import ReportNotOpen
from api.domain.vocabulary import Role
from api.queries.field_reports import FieldReportFilter
from api.schemas.base import PageQuerySchema
from api.schemas.field_reports import (
    FieldReportPageSchema,
    FieldReportQuerySchema,
    FieldReportSchema,
    GiveOutcomeSchema,
    OwnSightingSchema,
    ReportSightingSchema,
    SightingPageSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint(
    "field_reports", __name__, url_prefix="/v1/field-reports", description="What was noticed at customers."
)

REPORTERS = (Role.COURIER, Role.SALES_REP, Role.SERVICE_AGENT, Role.DISPATCHER, Role.MANAGER)
READERS = (Role.SALES_REP, Role.SERVICE_AGENT, Role.DISPATCHER, Role.MANAGER, Role.ADMIN)
WORKERS = (Role.SALES_REP, Role.MANAGER)


@blp.get("")
@blp.requires(*READERS)
@blp.arguments(FieldReportQuerySchema, location="query")
@blp.response(200, FieldReportPageSchema)
def list_field_reports(query):
    """List field reports, the newest first; a rep's are those about his customers."""
    page = page_request(query)
    only = FieldReportFilter(**query)
    return as_page(queries.field_reports.listed(session(), only=only, by=principal(), page=page))


@blp.post("")
@blp.requires(*REPORTERS)
@blp.repeatable
@blp.arguments(ReportSightingSchema)
@blp.response(201, OwnSightingSchema)
@blp.raises(NotFound)
def report_sighting(seen):
    """Report what you noticed at a pickup or a site; the same within 7 days confirms what was reported."""
    return services.field_reports.report(session(), seen, by=principal(), now=now())


@blp.get("/<uuid:report_id>")
@blp.requires(*READERS)
@blp.response(200, FieldReportSchema)
@blp.raises(NotFound)
@blp.versioned
def get_field_report(report_id):
    """Show a field report."""
    return queries.field_reports.by_id(session(), report_id, by=principal())


@blp.get("/<uuid:report_id>/sightings")
@blp.requires(*READERS)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, SightingPageSchema)
@blp.raises(NotFound)
def list_sightings(query, report_id):
    """List who noticed it, in turn, with notes and photos."""
    page = page_request(query)
    return as_page(queries.field_reports.sightings(session(), report_id, by=principal(), page=page))


@blp.post("/<uuid:report_id>/acknowledgement")
@blp.requires(*WORKERS)
@blp.response(200, FieldReportSchema)
@blp.raises(NotFound, ReportNotOpen)
@blp.versioned
def acknowledge_field_report(report_id):
    """Take note of a field report."""
    return services.field_reports.acknowledge(session(), report_id=report_id, by=principal(), now=now())


@blp.post("/<uuid:report_id>/outcome")
@blp.requires(*WORKERS)
@blp.arguments(GiveOutcomeSchema)
@blp.response(200, FieldReportSchema)
@blp.raises(NotFound, ReportNotOpen)
@blp.versioned
def give_outcome_of_field_report(outcome, report_id):
    """Close a field report with what became of it; those who reported it are told."""
    return services.field_reports.give_outcome(
        session(), report_id=report_id, outcome=outcome, by=principal(), now=now()
    )
