"""Transfers: all that one person holds goes to others; looked at before, briefed, and undone for a week."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.staff import AboveYourRank
from api.domain.transfers import (
    FormerOwnerGone,
    NothingToTransfer,
    ReceiverImpossible,
    TransferTooOld,
    TransferUndone,
)
from api.domain.vocabulary import Role
from api.schemas.base import PageQuerySchema
from api.schemas.transfers import (
    HandoverBriefPageSchema,
    TransferPageSchema,
    TransferPreviewSchema,
    TransferSchema,
    TransferWishSchema,
    UndoneTransferSchema,
)
from api.services.transfers import Wish
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("transfers", __name__, url_prefix="/v1", description="Handing customers over to others.")

LEADS = (Role.MANAGER, Role.ADMIN)
REFUSALS = (NotFound, AboveYourRank, NothingToTransfer, ReceiverImpossible)


@blp.post("/staff/<uuid:staff_id>/transfer/preview")
@blp.requires(*LEADS)
@blp.arguments(TransferWishSchema)
@blp.response(200, TransferPreviewSchema)
@blp.raises(*REFUSALS)
def preview_transfer(receivers, staff_id):
    """Show what a transfer would do: who gets how much, and how full their days become. Nothing is done."""
    return services.transfers.preview(session(), wish=Wish(staff_id, receivers), by=principal(), now=now())


@blp.post("/staff/<uuid:staff_id>/transfer")
@blp.requires(*LEADS)
@blp.repeatable
@blp.arguments(TransferWishSchema)
@blp.response(201, TransferSchema)
@blp.raises(*REFUSALS)
def make_transfer(receivers, staff_id):
    """Hand over all that somebody holds, and plan an introduction visit for each customer."""
    return services.transfers.make(session(), wish=Wish(staff_id, receivers), by=principal(), now=now())


@blp.get("/transfers")
@blp.requires(*LEADS)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, TransferPageSchema)
def list_transfers(query):
    """List transfers, the newest first."""
    page = page_request(query)
    return as_page(queries.transfers.listed(session(), by=principal(), page=page))


@blp.get("/transfers/<uuid:transfer_id>")
@blp.requires(*LEADS)
@blp.response(200, TransferSchema)
@blp.raises(NotFound)
def get_transfer(transfer_id):
    """Show a transfer."""
    return queries.transfers.by_id(session(), transfer_id, by=principal())


@blp.get("/transfers/<uuid:transfer_id>/briefs")
@blp.requires(*LEADS, Role.SALES_REP)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, HandoverBriefPageSchema)
@blp.raises(NotFound)
def list_handover_briefs(query, transfer_id):
    """List what matters of each customer that was handed over; a rep reads about those that are his now."""
    page = page_request(query)
    return as_page(
        queries.handover_briefs.of_transfer(session(), transfer_id, by=principal(), page=page, now=now())
    )


@blp.post("/transfers/<uuid:transfer_id>/undo")
@blp.requires(*LEADS)
@blp.response(200, UndoneTransferSchema)
@blp.raises(NotFound, TransferUndone, TransferTooOld, FormerOwnerGone)
def undo_transfer(transfer_id):
    """Give everything back that is still where the transfer put it, within 7 days."""
    return services.transfers.undo(session(), transfer_id=transfer_id, by=principal(), now=now())
