"""Shipments over HTTP: reported many at once, listed one customer at a time."""

from typing import Any

import marshmallow as ma

from api.domain.shipments import LARGEST_BATCH, MOST_PIECES, ShipmentOutcome, ShipmentReport
from api.domain.vocabulary import ShipmentFailure
from api.schemas.base import Schema, page_of
from api.schemas.fields import Instant, Text, Whole, Word
from api.schemas.money import GiveMoneySchema, MoneySchema


class ReportShipmentSchema(Schema):
    waybill = Text(min_length=1, max_length=64, required=True, metadata={"example": "SF1234567890"})
    customer_code = Text(min_length=1, max_length=64, required=True)
    picked_up_at = Instant(required=True)
    revenue = ma.fields.Nested(GiveMoneySchema, required=True)
    pieces = Whole(1, MOST_PIECES, allow_none=True)
    failure = Word(ShipmentFailure, allow_none=True)

    @ma.post_load
    def to_report(self, values: dict[str, Any], **_: Any) -> ShipmentReport:
        revenue = values.pop("revenue")
        return ShipmentReport(
            revenue_minor=revenue["amount_minor"], currency=revenue.get("currency"), **values
        )


class ReportShipmentsSchema(Schema):
    shipments = ma.fields.List(
        ma.fields.Nested(ReportShipmentSchema),
        required=True,
        validate=ma.validate.Length(1, LARGEST_BATCH),
    )


class RefusalSchema(Schema):
    code = ma.fields.String(required=True)
    detail = ma.fields.String(required=True, attribute="message")


class VerdictSchema(Schema):
    waybill = ma.fields.String(required=True)
    outcome = Word(ShipmentOutcome, required=True)
    refusal = ma.fields.Nested(
        RefusalSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Why, when the outcome is conflict or rejected."},
    )


class VerdictsSchema(Schema):
    results = ma.fields.List(
        ma.fields.Nested(VerdictSchema), required=True, metadata={"description": "In the order sent."}
    )


class ShipmentSchema(Schema):
    id = ma.fields.UUID(required=True)
    customer_id = ma.fields.UUID(required=True)
    waybill = ma.fields.String(required=True)
    picked_up_at = Instant(required=True)
    revenue = ma.fields.Nested(MoneySchema, required=True)
    pieces = ma.fields.Integer(required=True, allow_none=True)
    failure = Word(ShipmentFailure, required=True, allow_none=True)


ShipmentPageSchema = page_of(ShipmentSchema)
