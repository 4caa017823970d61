"""Messages to contacts: what was written about a pickup, by which channel, and whether it arrived."""

from api import queries
from api.domain.errors import NotFound
from api.domain.vocabulary import Role
from api.schemas.base import PageQuerySchema
from api.schemas.messages import MessagePageSchema
from api.web.blueprint import Blueprint
from api.web.context import principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("messages", __name__, url_prefix="/v1/pickups", description="Messages to contacts.")

READERS = (Role.DISPATCHER, Role.SERVICE_AGENT, Role.MANAGER, Role.ADMIN)


@blp.get("/<uuid:pickup_id>/messages")
@blp.requires(*READERS)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, MessagePageSchema)
@blp.raises(NotFound)
def list_messages(query, pickup_id):
    """List what was written to contacts about a pickup, newest first, and what became of it."""
    page = page_request(query)
    return as_page(queries.messages.of_pickup(session(), pickup_id, by=principal(), page=page))
