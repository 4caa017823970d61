"""The caller's phones."""

from api import services
from api.domain.devices import TooManyMoves
from api.domain.errors import NotFound
from api.schemas.devices import DeviceSchema, RegisterDeviceSchema
from api.web.blueprint import PEOPLE, Blueprint
from api.web.context import now, principal, session

blp = Blueprint("devices", __name__, url_prefix="/v1/me/devices", description="Phones that get your pushes.")


@blp.put("/<string:installation_id>")
@blp.requires(*PEOPLE)
@blp.arguments(RegisterDeviceSchema)
@blp.response(200, DeviceSchema)
@blp.raises(NotFound, TooManyMoves)
def register_device(body, installation_id):
    """Let this phone get your pushes; do it at every start of the app.

    The installation must be the one you signed in with. An address that another account had moves here, and
    that account is told.
    """
    return services.devices.register(
        session(), installation_id=installation_id, by=principal(), now=now(), **body
    )


@blp.delete("/<string:installation_id>")
@blp.requires(*PEOPLE)
@blp.response(204)
@blp.raises(NotFound)
def forget_device(installation_id):
    """Push nothing more to this phone. Signing out does it, too."""
    services.devices.forget(session(), installation_id=installation_id, by=principal())
