"""A rep's day over HTTP."""

import marshmallow as ma

from api.domain.agenda import Loss
from api.domain.vocabulary import AgendaKind, Grade
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Instant, Word


class AgendaQuerySchema(PageQuerySchema):
    day = Day(load_default=None, metadata={"description": "Today unless given; at most 31 days ahead."})


class AgendaItemSchema(Schema):
    kind = Word(AgendaKind, required=True)
    subject_id = ma.fields.UUID(
        required=True, metadata={"description": "Of the visit, alert, report, task or occasion."}
    )
    customer_id = ma.fields.UUID(required=True)
    customer_code = ma.fields.String(required=True)
    customer_name = ma.fields.String(required=True)
    grade = Word(Grade, required=True, allow_none=True)
    loss = ma.fields.Function(
        lambda item: item.loss.name.lower(),
        required=True,
        metadata={
            "type": "string",
            "enum": [loss.name.lower() for loss in Loss],
            "description": "What is lost if it is left today, the worst first.",
        },
    )
    due_on = Day(required=True, allow_none=True)
    due_at = Instant(required=True, allow_none=True)
    value_at_risk_minor = ma.fields.Integer(required=True, allow_none=True)
    currency = ma.fields.String(required=True, allow_none=True)
    text = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "What was promised, for a task."}
    )


AgendaPageSchema = page_of(AgendaItemSchema)
