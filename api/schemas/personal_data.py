"""Forgetting people, and telling them what is held about them."""

import marshmallow as ma

from api.domain.vocabulary import PersonalDataReason
from api.schemas.base import Schema
from api.schemas.contacts import ContactSchema
from api.schemas.fields import Instant, Word


class PersonalDataReasonSchema(Schema):
    reason = Word(PersonalDataReason, required=True)


class ErasureSchema(Schema):
    contact = ma.fields.Nested(ContactSchema, required=True)
    same_phone = ma.fields.List(
        ma.fields.UUID(),
        required=True,
        metadata={"description": "Contacts with his number, perhaps the same person: they are as they were."},
    )


class HeldRowsSchema(Schema):
    what = ma.fields.String(required=True, metadata={"example": "case_messages"})
    items = ma.fields.List(ma.fields.Dict(keys=ma.fields.String()), required=True)
    is_cut = ma.fields.Boolean(
        required=True, metadata={"description": "There is more than these, the newest."}
    )


class DataReportSchema(Schema):
    """What is held about a person, in full. Free texts about his company may name him, too."""

    contact_id = ma.fields.UUID(required=True)
    customer_id = ma.fields.UUID(required=True)
    person = ma.fields.Dict(keys=ma.fields.String(), required=True)
    held = ma.fields.List(ma.fields.Nested(HeldRowsSchema), required=True)
    made_at = Instant(required=True)
