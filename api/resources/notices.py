"""The caller's inbox."""

from api import queries, services
from api.domain.errors import NotFound
from api.schemas.base import PageQuerySchema
from api.schemas.notices import InboxSchema
from api.web.blueprint import PEOPLE, Blueprint
from api.web.context import locale, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("notices", __name__, url_prefix="/v1/me/notices", description="What you were told.")


@blp.get("")
@blp.requires(*PEOPLE)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, InboxSchema)
def list_my_notices(query):
    """List what you were told, newest first, in the language of Accept-Language."""
    page = page_request(query)
    inbox = queries.notices.inbox(session(), by=principal(), locale=locale(), page=page)
    return {**as_page(inbox), "unread": queries.notices.unread_count(session(), by=principal())}


@blp.post("/<uuid:notice_id>/seen")
@blp.requires(*PEOPLE)
@blp.response(204)
@blp.raises(NotFound)
def mark_notice_seen(notice_id):
    """Say that you have read a notice. Saying it again changes nothing."""
    services.notices.mark_seen(session(), notice_id=notice_id, by=principal(), now=now())
