"""Promises made on visits, over HTTP."""

import marshmallow as ma

from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Instant


class VisitTaskQuerySchema(PageQuerySchema):
    done = ma.fields.Boolean(metadata={"description": "Without it, both."})
    customer_id = ma.fields.UUID()
    rep_id = ma.fields.UUID()
    due_to = Day()


class PostponeTaskSchema(Schema):
    due_on = Day(required=True, metadata={"description": "Today or later."})


class VisitTaskSchema(Schema):
    id = ma.fields.UUID(required=True, attribute="task.id")
    customer_id = ma.fields.UUID(required=True, attribute="task.customer_id")
    customer_code = ma.fields.String(required=True)
    customer_name = ma.fields.String(required=True)
    visit_id = ma.fields.UUID(required=True, attribute="task.visit_id")
    rep_id = ma.fields.UUID(required=True, attribute="task.rep_id")
    what = ma.fields.String(required=True, attribute="task.what")
    due_on = Day(required=True, attribute="task.due_on")
    done_at = Instant(required=True, allow_none=True, attribute="task.done_at")
    is_overdue = ma.fields.Boolean(required=True)
    version = ma.fields.Integer(required=True)


VisitTaskPageSchema = page_of(VisitTaskSchema)
