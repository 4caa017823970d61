"""The caller's own shift."""

from api import queries, services
from api.schemas.shifts import ShiftSchema, SwitchShiftSchema
from api.web.blueprint import PEOPLE, Blueprint
from api.web.context import now, principal, session

blp = Blueprint("shifts", __name__, url_prefix="/v1/me/shift", description="Whether you are at work.")


@blp.get("")
@blp.requires(*PEOPLE)
@blp.response(200, ShiftSchema)
def get_my_shift():
    """Tell whether you are on shift."""
    return queries.shifts.mine(session(), by=principal(), now=now())


@blp.post("")
@blp.requires(*PEOPLE)
@blp.arguments(SwitchShiftSchema)
@blp.response(200, ShiftSchema)
def switch_my_shift(body):
    """Begin or end your shift. Saying it again changes nothing."""
    return services.shifts.switch(session(), **body, by=principal(), now=now())
