"""The caller's inbox."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.notice_timing import LiveNotice, NoticeIsOver, NoUseByThen, SnoozedEnough
from api.schemas.notices import InboxQuerySchema, InboxSchema, NoticeSchema, SnoozeNoticeSchema
from api.web.blueprint import PEOPLE, Blueprint
from api.web.context import locale, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("notices", __name__, url_prefix="/v1/me/notices", description="What you were told.")


@blp.get("")
@blp.requires(*PEOPLE)
@blp.arguments(InboxQuerySchema, location="query")
@blp.response(200, InboxSchema)
def list_my_notices(query):
    """List what you were told, newest first, in the language of Accept-Language."""
    page = page_request(query)
    inbox = queries.notices.inbox(session(), by=principal(), locale=locale(), page=page, **query)
    return {**as_page(inbox), "unread": queries.notices.unread_count(session(), by=principal())}


@blp.post("/<uuid:notice_id>/seen")
@blp.requires(*PEOPLE)
@blp.response(204)
@blp.raises(NotFound)
def mark_notice_seen(notice_id):
    """Say that you have read a notice. Saying it again changes nothing."""
    services.notices.mark_seen(session(), notice_id=notice_id, by=principal(), now=now())


@blp.post("/<uuid:notice_id>/snooze")
@blp.requires(*PEOPLE)
@blp.repeatable
@blp.arguments(SnoozeNoticeSchema)
@blp.response(200, NoticeSchema)
@blp.raises(NotFound, LiveNotice, NoticeIsOver, SnoozedEnough, NoUseByThen)
def snooze_notice(body, notice_id):
    """Put a notice off by 10, 30, 60 or 180 minutes, at most twice; it is pushed again then.

    The push has `shown_again`, 1 or 2, in its data: show it, although its id was shown before.
    """
    snoozed = services.held_notices.snooze(session(), notice_id=notice_id, **body, by=principal(), now=now())
    return queries.notices.NoticeView.of(snoozed, locale())


@blp.post("/<uuid:notice_id>/acknowledgement")
@blp.requires(*PEOPLE)
@blp.response(204)
@blp.raises(NotFound)
def acknowledge_notice(notice_id):
    """Say that you take care of what a notice is about: nobody else is told that nobody does.

    It counts as read. Saying it again changes nothing.
    """
    services.climbing.acknowledge(session(), notice_id=notice_id, by=principal(), now=now())
