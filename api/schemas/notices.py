"""A person's inbox."""

import marshmallow as ma

from api.domain.notice_kinds import NoticeKind
from api.domain.notice_timing import SNOOZE_MINUTES
from api.domain.vocabulary import NoticeState
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Instant, Whole, Word


class NoticeSchema(Schema):
    id = ma.fields.UUID(required=True, metadata={"description": "Show each id once, however it arrives."})
    kind = Word(NoticeKind, required=True)
    title = ma.fields.String(required=True)
    body = ma.fields.String(required=True)
    thread = ma.fields.String(
        required=True,
        metadata={"description": "On a screen, a newer notice of a thread replaces the older one."},
    )
    pickup_id = ma.fields.UUID(required=True, allow_none=True)
    wait_id = ma.fields.UUID(required=True, allow_none=True)
    customer_id = ma.fields.UUID(required=True, allow_none=True)
    case_id = ma.fields.UUID(required=True, allow_none=True)
    state = Word(NoticeState, required=True)
    decided_at = Instant(required=True)
    useful_until = Instant(required=True)
    seen_at = Instant(required=True, allow_none=True)
    acknowledged_at = Instant(required=True, allow_none=True)
    needs_acknowledgement = ma.fields.Boolean(
        required=True,
        metadata={"description": "Nobody has said yet that he takes care of it: others are told in time."},
    )
    held_until = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "It was put off or came at a quiet hour: not before then it is pushed."},
    )
    snoozes = ma.fields.Integer(required=True, metadata={"description": "How often you have put it off."})


class SnoozeNoticeSchema(Schema):
    minutes = Whole(
        min(SNOOZE_MINUTES),
        max(SNOOZE_MINUTES),
        required=True,
        validate=[ma.validate.OneOf(SNOOZE_MINUTES)],
    )


class InboxQuerySchema(PageQuerySchema):
    unread = ma.fields.Boolean(load_default=False, metadata={"description": "Only what was never seen."})


class InboxSchema(page_of(NoticeSchema)):  # type: ignore[misc]  # made by a function
    unread = ma.fields.Integer(required=True, metadata={"description": "How many notices were never seen."})
