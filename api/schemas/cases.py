"""Cases as staff see them, and what they do with them."""

import marshmallow as ma

from api.domain.cases import LONGEST_TEXT
from api.domain.vocabulary import CaseCategory, CaseKind, CaseSaying, CaseState
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Instant, Text, Word


class CaseListedSchema(Schema):
    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(
        required=True, metadata={"description": "Unique within the branch: what people call it."}
    )
    kind = Word(CaseKind, required=True)
    category = Word(CaseCategory, required=True)
    state = Word(CaseState, required=True)
    customer_id = ma.fields.UUID(required=True)
    customer_code = ma.fields.String(required=True)
    customer_name = ma.fields.String(required=True)
    contact_id = ma.fields.UUID(required=True, allow_none=True)
    pickup_id = ma.fields.UUID(required=True, allow_none=True)
    owner_id = ma.fields.UUID(required=True, allow_none=True)
    respond_by_at = Instant(required=True)
    overdue = ma.fields.Boolean(required=True)
    opened_at = Instant(required=True)
    opened_by_id = ma.fields.UUID(required=True, allow_none=True)
    answered_at = Instant(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)
    changed_at = Instant(required=True)
    version = ma.fields.Integer(required=True)


class CaseMessageSchema(Schema):
    saying = Word(CaseSaying, required=True)
    by_contact = ma.fields.Boolean(required=True)
    staff_id = ma.fields.UUID(required=True, allow_none=True)
    text = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Null once its time is over."}
    )
    said_at = Instant(required=True)


class CaseSchema(CaseListedSchema):
    messages = ma.fields.List(ma.fields.Nested(CaseMessageSchema), required=True)


CasePageSchema = page_of(CaseListedSchema)


class CaseQuerySchema(PageQuerySchema):
    state = Word(CaseState, metadata={"description": "Without it, those that are not closed."})
    kind = Word(CaseKind)
    owner_id = ma.fields.UUID()
    customer_id = ma.fields.UUID()
    overdue = ma.fields.Boolean()


class OpenCaseSchema(Schema):
    customer_id = ma.fields.UUID(required=True)
    kind = Word(CaseKind, required=True)
    category = Word(CaseCategory, required=True)
    text = Text(min_length=1, max_length=LONGEST_TEXT, lines=True, required=True)
    contact_id = ma.fields.UUID(load_default=None, allow_none=True)
    pickup_id = ma.fields.UUID(load_default=None, allow_none=True)
    owner_id = ma.fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Without one, the customer's rep, else whoever is on duty."},
    )


class AnswerCaseSchema(Schema):
    text = Text(min_length=1, max_length=LONGEST_TEXT, lines=True, required=True)


class CloseCaseSchema(Schema):
    outcome = Text(
        min_length=1,
        max_length=LONGEST_TEXT,
        lines=True,
        required=True,
        metadata={"description": "Told to the contact, as it stands."},
    )


class AssignCaseSchema(Schema):
    owner_id = ma.fields.UUID(required=True)
