"""The wait slip of a pickup: as JSON, as a PDF to hand out, and signed at the door."""

from flask import Response

from api import queries, services
from api.domain.errors import NotFound
from api.domain.vocabulary import Role
from api.domain.wait_slip import AlreadyAcknowledged, WaitGoesOn
from api.schemas.wait_slips import AcknowledgeWaitSlipSchema, WaitSlipSchema
from api.web.blueprint import Blueprint
from api.web.context import locale, now, principal, session

blp = Blueprint("wait_slips", __name__, url_prefix="/v1/pickups", description="What both sides can keep.")

READERS = (Role.COURIER, Role.DISPATCHER, Role.MANAGER, Role.SERVICE_AGENT, Role.SALES_REP)
PDF = "application/pdf"


@blp.get("/<uuid:pickup_id>/wait-slip")
@blp.requires(*READERS)
@blp.response(200, WaitSlipSchema)
@blp.raises(NotFound)
def get_wait_slip(pickup_id):
    """Show when the courier came, what was promised, how long he waited, and who has signed for it."""
    return queries.wait_slips.of_pickup(session(), pickup_id, by=principal(), now=now())


@blp.get("/<uuid:pickup_id>/wait-slip.pdf")
@blp.requires(*READERS)
@blp.response(200, {"type": "string", "format": "binary"}, content_type=PDF)
@blp.raises(NotFound)
def get_wait_slip_pdf(pickup_id):
    """Show the wait slip as a page to print or to send on, in Chinese or English by Accept-Language."""
    from api.rendering import wait_slip  # Its library takes a fifth of a second to load.

    slip = queries.wait_slips.of_pickup(session(), pickup_id, by=principal(), now=now())
    return _page(wait_slip.pdf(slip, locale()), f"wait-slip-{slip.pickup_id}.pdf")


@blp.post("/<uuid:pickup_id>/wait-slip/acknowledgement")
@blp.requires(Role.COURIER)
@blp.arguments(AcknowledgeWaitSlipSchema)
@blp.response(200, WaitSlipSchema)
@blp.raises(NotFound, WaitGoesOn, AlreadyAcknowledged)
def acknowledge_wait_slip(body, pickup_id):
    """Note who signed for the newest wait, once the handover has begun. The same again changes nothing."""
    return services.wait_slips.acknowledge(session(), pickup_id=pickup_id, **body, by=principal(), now=now())


def _page(data: bytes, name: str) -> Response:
    response = Response(data, mimetype=PDF)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Content-Language"] = locale().value
    response.headers["Vary"] = "Accept-Language"
    return response
