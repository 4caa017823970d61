"""The shipping history, as other systems report it."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.vocabulary import Role
from api.resources.customers import READERS
from api.schemas.base import PageQuerySchema
from api.schemas.shipments import ReportShipmentsSchema, ShipmentPageSchema, VerdictsSchema
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("shipments", __name__, url_prefix="/v1", description="The customers' shipping history.")


@blp.post("/shipments")
@blp.requires(Role.INTEGRATION, Role.MANAGER, Role.ADMIN)
@blp.arguments(ReportShipmentsSchema)
@blp.response(200, VerdictsSchema)
def report_shipments(body):
    """Report up to 1,000 shipments; each has an outcome of its own, and a waybill counts once.

    A report that is sent again is a `duplicate`; other values under a known waybill are a `conflict`;
    what cannot be (an unknown customer, negative revenue) is `rejected`. The other shipments are stored.
    """
    by = principal()
    verdicts = services.shipments.record_reports(
        session(), body["shipments"], branch_id=by.branch_id, actor_id=by.staff_id, now=now()
    )
    return {"results": verdicts}


@blp.get("/customers/<uuid:customer_id>/shipments")
@blp.requires(*READERS)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, ShipmentPageSchema)
@blp.raises(NotFound)
def list_shipments(query, customer_id):
    """List a customer's shipments, newest first."""
    page = page_request(query)
    return as_page(queries.shipments.of_customer(session(), customer_id, by=principal(), page=page))
