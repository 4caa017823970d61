"""How a branch keeps its cadence of visits, over HTTP."""

import marshmallow as ma

from api.domain.vocabulary import Grade, VisitDue
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Word


class CoverageQuerySchema(PageQuerySchema):
    standing = Word(VisitDue)
    rep_id = ma.fields.UUID()
    grade = Word(Grade)


class CoverageSchema(Schema):
    customer_id = ma.fields.UUID(required=True)
    customer_code = ma.fields.String(required=True)
    customer_name = ma.fields.String(required=True)
    grade = Word(Grade, required=True, allow_none=True)
    rep_id = ma.fields.UUID(required=True, allow_none=True)
    standing = Word(VisitDue, required=True)
    last_visited_on = Day(required=True, allow_none=True)
    due_on = Day(required=True)
    next_visit_on = Day(
        required=True, allow_none=True, metadata={"description": "The first open visit, be it only proposed."}
    )


CoveragePageSchema = page_of(CoverageSchema)


class CoverageTotalSchema(Schema):
    rep_id = ma.fields.UUID(required=True, allow_none=True)
    grade = Word(Grade, required=True, allow_none=True)
    never = ma.fields.Integer(required=True)
    on_track = ma.fields.Integer(required=True)
    due_soon = ma.fields.Integer(required=True)
    overdue = ma.fields.Integer(required=True)


class CoverageTotalsSchema(Schema):
    """A line for each rep and grade of the branch: a few dozen, so this needs no pages."""

    items = ma.fields.List(ma.fields.Nested(CoverageTotalSchema), required=True)


class ComplianceSchema(Schema):
    rep_id = ma.fields.UUID(required=True)
    kept = ma.fields.Float(
        required=True, allow_none=True, metadata={"description": "Share of promised visits made, 0 to 1."}
    )
    completed = ma.fields.Integer(required=True)
    on_the_day = ma.fields.Integer(required=True)
    missed = ma.fields.Integer(required=True)
    cancelled = ma.fields.Integer(required=True)
    overdue = ma.fields.Integer(required=True)
    ahead = ma.fields.Integer(required=True)
    skipped = ma.fields.Integer(required=True)
    without_check_in = ma.fields.Integer(required=True)
    far_check_ins = ma.fields.Integer(required=True)


class ComplianceListSchema(Schema):
    """A line for each rep with visits in the period, so this needs no pages."""

    items = ma.fields.List(ma.fields.Nested(ComplianceSchema), required=True)
