"""The audit trail over HTTP: each entry with its fact. Nobody writes to it."""

from typing import Any

import marshmallow as ma

from api.domain.audit import AUDITED, Via
from api.domain.vocabulary import Role
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Instant, Word


class AuditTrailQuerySchema(PageQuerySchema):
    about = ma.fields.UUID(metadata={"description": "Whom or what it is about."})
    by = ma.fields.UUID(metadata={"description": "Who did it."})
    name = ma.fields.String(validate=ma.validate.OneOf(AUDITED))


class AuditEntrySchema(Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, metadata={"example": "contact.unmasked"})
    subject_type = ma.fields.String(required=True, attribute="event.subject_type")
    subject_id = ma.fields.UUID(required=True, attribute="event.subject_id")
    about_id = ma.fields.UUID(
        required=True, metadata={"description": "The subject; of a session the member who has it."}
    )
    actor_id = ma.fields.UUID(required=True, allow_none=True)
    data: ma.fields.Field[Any] = ma.fields.Dict(
        keys=ma.fields.String(),
        required=True,
        attribute="event.data",
        metadata={"description": "Ids, codes and numbers."},
    )
    occurred_at = Instant(required=True, attribute="event.occurred_at")
    via = Word(Via, required=True)
    address = ma.fields.String(required=True, allow_none=True)
    session_id = ma.fields.UUID(required=True, allow_none=True)
    role = Word(Role, required=True, allow_none=True)
    reason = ma.fields.String(required=True, allow_none=True)
    position = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Its place in the chain; null within the first second."},
    )


AuditEntryPageSchema = page_of(AuditEntrySchema)
