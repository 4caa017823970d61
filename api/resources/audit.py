"""The audit trail, for those who answer for the branch."""

from api import queries
from api.domain.vocabulary import Role
from api.queries.audit import TrailFilter
from api.schemas.audit import AuditEntryPageSchema, AuditTrailQuerySchema
from api.web.blueprint import Blueprint
from api.web.context import principal, session
from api.web.paging import as_page, page_request

blp = Blueprint(
    "audit",
    __name__,
    url_prefix="/v1/audit-trail",
    description="Who changed, exported, unmasked or was refused what, about whom, from where.",
)


@blp.get("")
@blp.requires(Role.MANAGER, Role.ADMIN)
@blp.arguments(AuditTrailQuerySchema, location="query")
@blp.response(200, AuditEntryPageSchema)
def list_audit_trail(query):
    """List your branch's audit trail, newest first."""
    page = page_request(query)
    return as_page(queries.audit.listed(session(), by=principal(), only=TrailFilter(**query), page=page))
