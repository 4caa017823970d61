"""Occasions over HTTP."""

import marshmallow as ma

from api.domain.vocabulary import Grade, OccasionKind
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Instant, Word

HELD_BACK = {"description": "While a case of the customer is open nobody is congratulated."}
GREETING = {"description": "What a greeting says, in the contact's language."}


class OccasionQuerySchema(PageQuerySchema):
    day = Day(required=True, metadata={"description": "A day of the branch; greetings go out on it only."})


class OccasionSchema(Schema):
    id = ma.fields.UUID(required=True, attribute="occasion.id")
    kind = Word(OccasionKind, required=True, attribute="occasion.kind")
    falls_on = Day(required=True, attribute="occasion.falls_on")
    contact_id = ma.fields.UUID(required=True, attribute="occasion.contact_id")
    contact_name = ma.fields.String(required=True)
    customer_id = ma.fields.UUID(required=True, attribute="occasion.customer_id")
    customer_code = ma.fields.String(required=True)
    customer_name = ma.fields.String(required=True)
    grade = Word(Grade, required=True, allow_none=True)
    owner_id = ma.fields.UUID(required=True, allow_none=True)
    greeting = ma.fields.String(required=True, metadata=GREETING)
    is_held_back = ma.fields.Boolean(required=True, metadata=HELD_BACK)
    greeted_at = Instant(required=True, allow_none=True, attribute="occasion.greeted_at")
    greeted_by_id = ma.fields.UUID(required=True, allow_none=True, attribute="occasion.greeted_by_id")
    version = ma.fields.Integer(required=True)


OccasionPageSchema = page_of(OccasionSchema)
