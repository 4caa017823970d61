"""Customers over HTTP."""

from typing import Any

import marshmallow as ma

from api.domain.customers import CustomerDraft, CustomerSort
from api.domain.vocabulary import Band, CustomerState, Grade
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Instant, Text, WaitLimit, Word

FOUNDED_ON = {"description": "The company's own birthday: its contacts are congratulated on the day."}


class CreateCustomerSchema(Schema):
    code = Text(min_length=1, max_length=64, required=True, metadata={"example": "SH-0042"})
    name = Text(min_length=1, max_length=200, required=True)
    industry = Text(max_length=80, allow_none=True)
    grade = Word(Grade, allow_none=True)
    founded_on = Day(allow_none=True, metadata=FOUNDED_ON)
    owner_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "The sales rep. A rep who creates a customer owns it."}
    )
    wait_limit_seconds = WaitLimit(
        metadata={"description": "At this customer's sites; the limit of grade or branch, unless given."}
    )

    @ma.post_load
    def to_draft(self, values: dict[str, Any], **_: Any) -> CustomerDraft:
        return CustomerDraft(**values)


class ChangeCustomerSchema(Schema):
    name = Text(min_length=1, max_length=200)
    industry = Text(max_length=80, allow_none=True)
    grade = Word(Grade, allow_none=True)
    founded_on = Day(allow_none=True, metadata=FOUNDED_ON)
    owner_id = ma.fields.UUID(allow_none=True)
    wait_limit_seconds = WaitLimit()


class CustomerQuerySchema(PageQuerySchema):
    q = Text(min_length=1, max_length=100, metadata={"description": "Part of the name or code."})
    grade = Word(Grade)
    owner_id = ma.fields.UUID()
    code = Text(min_length=1, max_length=64)
    sort = Word(
        CustomerSort,
        load_default=CustomerSort.CODE,
        metadata={"description": "By value at risk: only those scored last night. For sales people."},
    )
    band = Word(Band, metadata={"description": "Of last night's churn risk. For sales people."})


class ExportCustomersSchema(Schema):
    """A rep takes away his own customers, whatever he names; without anything, all of them."""

    grade = Word(Grade)
    owner_id = ma.fields.UUID()


class CustomerSchema(Schema):
    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    industry = ma.fields.String(required=True, allow_none=True)
    grade = Word(Grade, required=True, allow_none=True)
    owner_id = ma.fields.UUID(required=True, allow_none=True)
    state = Word(CustomerState, required=True)
    founded_on = Day(required=True, allow_none=True, metadata=FOUNDED_ON)
    wait_limit_seconds = ma.fields.Integer(required=True, allow_none=True)
    created_at = Instant(required=True)
    version = ma.fields.Integer(required=True)


class CustomerStandingSchema(Schema):
    """Last night's churn risk in short; reasons and history are under `/risk`."""

    scored_on = Day(required=True)
    band = Word(Band, required=True)
    p_ships = ma.fields.Float(required=True, allow_none=True)
    value_at_risk_minor = ma.fields.Integer(required=True)
    currency = ma.fields.String(required=True)


class ListedCustomerSchema(CustomerSchema):
    risk = ma.fields.Nested(
        CustomerStandingSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null to who is not in sales, and for customers not scored last night."},
    )


CustomerPageSchema = page_of(ListedCustomerSchema)
