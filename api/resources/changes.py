"""The feed of changes: what a phone that was away, or asleep, has missed."""

from api import queries
from api.domain.changes import CursorTooOld
from api.domain.vocabulary import Role
from api.schemas.changes import ChangesQuerySchema, ChangesSchema
from api.web.blueprint import Blueprint
from api.web.context import locale, now, principal, session

blp = Blueprint(
    "changes", __name__, url_prefix="/v1/changes", description="What changed since a phone last asked."
)


@blp.get("")
@blp.requires(Role.COURIER, Role.DISPATCHER, Role.MANAGER)
@blp.arguments(ChangesQuerySchema, location="query")
@blp.response(200, ChangesSchema)
@blp.raises(CursorTooOld)
def list_changes(query):
    """Get everything that changed for you since a cursor, and the next cursor.

    Without a cursor: your pickups of today, each followed by its newest wait. Couriers hear of their own
    pickups, the others of their branch's. A cursor is good for 30 days; then start over.
    """
    cursor, limit = query.get("cursor"), query["limit"]
    return queries.changes.feed(
        session(), cursor=cursor, by=principal(), locale=locale(), limit=limit, now=now()
    )
