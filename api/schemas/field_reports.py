"""Field reports over HTTP."""

from marshmallow import fields

from api.domain.vocabulary import FieldReportKind, FieldReportState, HouseFinding
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Instant, Word


class FieldReportQuerySchema(PageQuerySchema):
    state = Word(FieldReportState, load_default=None)


class FieldReportSchema(Schema):
    id = fields.UUID(required=True, attribute="report.id")
    kind = Word(FieldReportKind, required=True, attribute="report.kind")
    state = Word(FieldReportState, required=True, attribute="report.state")
    customer_id = fields.UUID(required=True, attribute="report.customer_id")
    customer_name = fields.String(required=True)
    site_id = fields.UUID(required=True, allow_none=True, attribute="report.site_id")
    site_name = fields.String(required=True, allow_none=True)
    reported_by_id = fields.UUID(
        required=True,
        allow_none=True,
        attribute="report.reported_by_id",
        metadata={"description": "Null: the house itself, because of `finding`."},
    )
    finding = Word(HouseFinding, required=True, allow_none=True, attribute="report.finding")
    figures = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        allow_none=True,
        attribute="report.figures",
        metadata={"description": "The numbers behind a finding, e.g. `promised` and `kept`."},
    )
    reported_at = Instant(required=True, attribute="report.reported_at")
    acknowledged_at = Instant(required=True, allow_none=True, attribute="report.acknowledged_at")
    acknowledged_by_id = fields.UUID(required=True, allow_none=True, attribute="report.acknowledged_by_id")
    closed_at = Instant(required=True, allow_none=True, attribute="report.closed_at")
    version = fields.Integer(required=True)


FieldReportPageSchema = page_of(FieldReportSchema)
