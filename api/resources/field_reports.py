"""Field reports: what was noticed at a customer, for his owner to know."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.field_reports import ReportNotOpen
from api.domain.vocabulary import Role
from api.schemas.field_reports import FieldReportPageSchema, FieldReportQuerySchema, FieldReportSchema
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint(
    "field_reports", __name__, url_prefix="/v1/field-reports", description="What was noticed at customers."
)

READERS = (Role.SALES_REP, Role.SERVICE_AGENT, Role.DISPATCHER, Role.MANAGER, Role.ADMIN)
WORKERS = (Role.SALES_REP, Role.MANAGER)


@blp.get("")
@blp.requires(*READERS)
@blp.arguments(FieldReportQuerySchema, location="query")
@blp.response(200, FieldReportPageSchema)
def list_field_reports(query):
    """List field reports, the newest first; a rep's are those about his customers."""
    page = page_request(query)
    return as_page(queries.field_reports.listed(session(), **query, by=principal(), page=page))


@blp.post("/<uuid:report_id>/acknowledgement")
@blp.requires(*WORKERS)
@blp.response(200, FieldReportSchema)
@blp.raises(NotFound, ReportNotOpen)
@blp.versioned
def acknowledge_field_report(report_id):
    """Take note of a field report."""
    return services.field_reports.acknowledge(session(), report_id=report_id, by=principal(), now=now())
