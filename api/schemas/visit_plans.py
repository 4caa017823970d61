"""Plans of a rep's week over HTTP."""

import marshmallow as ma

from api.domain.vocabulary import Grade, LeftOutReason
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Instant, Word
from api.schemas.visits import VisitSchema

WEEK = {"description": "A Monday, of this week or one of the next four."}


class MakeVisitPlanSchema(Schema):
    week_starts_on = Day(required=True, metadata=WEEK)
    rep_id = ma.fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Yourself, unless you are a manager."}
    )


class AcceptVisitPlanSchema(Schema):
    visit_ids = ma.fields.List(
        ma.fields.UUID(),
        load_default=None,
        allow_none=True,
        validate=ma.validate.Length(1, 100),
        metadata={"description": "All proposals of the plan, unless you name some."},
    )


class VisitPlanQuerySchema(PageQuerySchema):
    rep_id = ma.fields.UUID(load_default=None)
    week_starts_on = Day(load_default=None)


class PlannedVisitSchema(Schema):
    visit = ma.fields.Nested(VisitSchema, required=True, attribute="view")
    explanation = ma.fields.String(
        required=True, metadata={"description": "Why it was proposed, in the language asked for."}
    )


class NotPlannedSchema(Schema):
    """A customer who ought to be visited and stands in no plan."""

    customer_id = ma.fields.UUID(required=True)
    customer_code = ma.fields.String(required=True)
    customer_name = ma.fields.String(required=True)
    grade = Word(Grade, required=True, allow_none=True)
    reason = Word(LeftOutReason, required=True)
    text = ma.fields.String(required=True, metadata={"description": "In the language asked for."})


class _PlanHeadSchema(Schema):
    id = ma.fields.UUID(required=True, attribute="plan.id")
    rep_id = ma.fields.UUID(required=True, attribute="plan.rep_id")
    week_starts_on = Day(required=True, attribute="plan.week_starts_on")
    made_at = Instant(required=True, attribute="plan.made_at")
    made_by_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        attribute="plan.made_by_id",
        metadata={"description": "null: the house planned by itself."},
    )


class VisitPlanSchema(_PlanHeadSchema):
    """What became of its proposals, by day, and whom it leaves out, the most urgent first."""

    visits = ma.fields.List(ma.fields.Nested(PlannedVisitSchema), required=True)
    left_out = ma.fields.List(ma.fields.Nested(NotPlannedSchema), required=True)
    version = ma.fields.Integer(required=True)


class VisitPlanSummarySchema(_PlanHeadSchema):
    proposed = ma.fields.Integer(required=True, metadata={"description": "Visits that wait for a yes."})
    left_out = ma.fields.Integer(required=True, metadata={"description": "Customers left out."})


VisitPlanPageSchema = page_of(VisitPlanSummarySchema)
