"""Messages to contacts, as those see them who wonder why a customer heard nothing."""

import marshmallow as ma

from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import ContactChannel, NoticeState
from api.schemas.base import Schema, page_of
from api.schemas.fields import Instant, Word


class MessageSchema(Schema):
    id = ma.fields.UUID(required=True)
    kind = Word(NoticeKind, required=True)
    contact_id = ma.fields.UUID(required=True)
    state = Word(
        NoticeState,
        required=True,
        metadata={
            "description": "`suppressed`: not wanted, or nobody to be reached. `dead`: it did not arrive."
        },
    )
    channel = Word(
        ContactChannel, required=True, allow_none=True, metadata={"description": "Null: it never set out."}
    )
    address = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Where this channel leads today, masked.", "example": "l***@example.com"},
    )
    attempts = ma.fields.Integer(required=True)
    last_error = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Why the last attempt failed.",
            "example": "mail server answered 550 5.1.1",
        },
    )
    decided_at = Instant(required=True)
    useful_until = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)


MessagePageSchema = page_of(MessageSchema)
