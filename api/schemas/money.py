"""Money over HTTP: whole minor units and their currency."""

import marshmallow as ma

from api.domain.money import LARGEST_AMOUNT_MINOR
from api.schemas.base import Schema
from api.schemas.fields import Text, Whole


class GiveMoneySchema(Schema):
    amount_minor = Whole(
        -LARGEST_AMOUNT_MINOR,
        LARGEST_AMOUNT_MINOR,
        required=True,
        metadata={"description": "Minor units: 1250 is 12.50 yuan.", "example": 1250},
    )
    currency = Text(
        max_length=3,
        validate=[ma.validate.Regexp("[A-Z]{3}$", error="Three capital letters.")],
        metadata={"description": "ISO 4217; the branch's own, unless given.", "example": "CNY"},
    )


class MoneySchema(Schema):
    amount_minor = ma.fields.Integer(required=True)
    currency = ma.fields.String(required=True)
