"""Where couriers are while on shift: sent by their phones, looked at by dispatchers."""

from api import services
from api.domain.rate_limits import FIELD_WORK
from api.domain.shifts import NotOnShift
from api.domain.vocabulary import Role
from api.schemas.positions import CouriersSeenSchema, PositionsTakenSchema, SendPositionsSchema
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session

blp = Blueprint("positions", __name__, url_prefix="/v1", description="Where couriers on shift are.")


@blp.post("/me/positions")
@blp.requires(Role.COURIER)
@blp.within(FIELD_WORK)
@blp.arguments(SendPositionsSchema)
@blp.response(200, PositionsTakenSchema)
@blp.raises(NotOnShift)
def send_my_positions(body):
    """Send where you were, up to 200 positions, as often as you like. On shift only; kept for 30 days."""
    return services.positions.take_in(session(), seen=body["positions"], by=principal(), now=now())


@blp.post("/positions/viewing")
@blp.requires(Role.DISPATCHER, Role.MANAGER)
@blp.response(200, CouriersSeenSchema)
def view_positions():
    """Show where the couriers on shift were last; that you looked is recorded."""
    return {"items": services.positions.view(session(), by=principal(), now=now()), "server_now": now()}
