"""Proposed orders of a courier's next stops: shown, accepted, declined."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.stop_order import ProposalNotOpen, ProposalOutOfDate
from api.domain.vocabulary import Role
from api.schemas.stop_order import StopProposalSchema
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session

blp = Blueprint("stop_order", __name__, url_prefix="/v1/pickups", description="Which stop to do first.")


@blp.get("/<uuid:pickup_id>/proposal")
@blp.requires(Role.COURIER, Role.DISPATCHER, Role.MANAGER)
@blp.response(200, StopProposalSchema)
@blp.raises(NotFound)
def get_proposal(pickup_id):
    """Show the newest order of stops that was proposed because of a pickup."""
    found = queries.stop_order.newest(session(), pickup_id, by=principal())
    return queries.stop_order.view_of(found, now=now())


@blp.post("/<uuid:pickup_id>/proposal/acceptance")
@blp.requires(Role.COURIER, Role.DISPATCHER)
@blp.response(200, StopProposalSchema)
@blp.raises(NotFound, ProposalNotOpen, ProposalOutOfDate)
def accept_proposal(pickup_id):
    """Put the proposed order into force: its stops get their new ETAs."""
    return services.stop_decisions.accept(session(), pickup_id=pickup_id, by=principal(), now=now())


@blp.post("/<uuid:pickup_id>/proposal/decline")
@blp.requires(Role.COURIER, Role.DISPATCHER)
@blp.response(200, StopProposalSchema)
@blp.raises(NotFound, ProposalNotOpen)
def decline_proposal(pickup_id):
    """Leave the stops in the order they have."""
    return services.stop_decisions.decline(session(), pickup_id=pickup_id, by=principal(), now=now())
