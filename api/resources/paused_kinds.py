"""What floods people is pushed no more, until a manager lets it go on."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.vocabulary import Role
from api.schemas.paused_kinds import PausedKindsSchema
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session

blp = Blueprint(
    "paused_kinds",
    __name__,
    url_prefix="/v1/branches/<uuid:branch_id>/paused-kinds",
    description="Kinds of notices that flooded somebody and go to the inbox only.",
)


@blp.get("")
@blp.requires(Role.MANAGER, Role.ADMIN)
@blp.response(200, PausedKindsSchema)
@blp.raises(NotFound)
def list_paused_kinds(branch_id):
    """List what is pushed to nobody in your branch at present, and why."""
    return {"items": queries.paused_kinds.listed(session(), branch_id, by=principal())}


@blp.post("/<string:kind>/resumption")
@blp.requires(Role.MANAGER, Role.ADMIN)
@blp.response(204)
@blp.raises(NotFound)
def resume_kind(branch_id, kind):
    """Let a kind be pushed again. What came meanwhile stays in the inbox and is not pushed any more."""
    services.paused_kinds.resume(session(), branch_id=branch_id, kind=kind, by=principal(), now=now())
