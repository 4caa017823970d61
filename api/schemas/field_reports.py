"""Field reports over HTTP."""

from typing import Any

import marshmallow as ma

from api.domain.field_reports import NewSighting, Outcome
from api.domain.vocabulary import FieldReportKind, FieldReportOutcome, FieldReportState, HouseFinding
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Instant, Sha256, Text, Word

PLACE = "A pickup or a site, one of the two."
HOUSE = {"description": "Null: the house itself, because of `finding`."}
FIGURES = {"description": "The numbers behind a finding, e.g. `promised` and `kept`."}
PHOTO = {"description": "The name of a proof, sent before or after."}


class ReportSightingSchema(Schema):
    kind = Word(FieldReportKind, required=True)
    pickup_id = ma.fields.UUID(metadata={"description": PLACE})
    site_id = ma.fields.UUID(metadata={"description": PLACE})
    note = Text(max_length=1000, lines=True, allow_none=True)
    photo_sha256 = Sha256(allow_none=True, metadata=PHOTO)

    @ma.validates_schema
    def is_somewhere(self, data: dict[str, object], **_: object) -> None:
        if ("pickup_id" in data) == ("site_id" in data):
            raise ma.ValidationError({"site_id": [PLACE]})

    @ma.post_load
    def to_sighting(self, values: dict[str, Any], **_: Any) -> NewSighting:
        return NewSighting(**values)


class GiveOutcomeSchema(Schema):
    outcome = Word(FieldReportOutcome, required=True)
    note = Text(
        max_length=1000,
        lines=True,
        load_default=None,
        allow_none=True,
        metadata={"description": "For those who reported it: they read it."},
    )

    @ma.post_load
    def to_outcome(self, values: dict[str, Any], **_: Any) -> Outcome:
        return Outcome(**values)


class FieldReportQuerySchema(PageQuerySchema):
    state = Word(FieldReportState)
    kind = Word(FieldReportKind)
    customer_id = ma.fields.UUID()


class FieldReportSchema(Schema):
    id = ma.fields.UUID(required=True, attribute="report.id")
    kind = Word(FieldReportKind, required=True, attribute="report.kind")
    state = Word(FieldReportState, required=True, attribute="report.state")
    customer_id = ma.fields.UUID(required=True, attribute="report.customer_id")
    customer_name = ma.fields.String(required=True)
    site_id = ma.fields.UUID(required=True, allow_none=True, attribute="report.site_id")
    site_name = ma.fields.String(required=True, allow_none=True)
    reported_by_id = ma.fields.UUID(
        required=True, allow_none=True, attribute="report.reported_by_id", metadata=HOUSE
    )
    finding = Word(HouseFinding, required=True, allow_none=True, attribute="report.finding")
    figures = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        required=True,
        allow_none=True,
        attribute="report.figures",
        metadata=FIGURES,
    )
    confirmations = ma.fields.Integer(
        required=True, metadata={"description": "How often it was seen again after the first time."}
    )
    reported_at = Instant(required=True, attribute="report.reported_at")
    acknowledge_by_at = Instant(required=True, allow_none=True, attribute="report.acknowledge_by_at")
    acknowledged_at = Instant(required=True, allow_none=True, attribute="report.acknowledged_at")
    acknowledged_by_id = ma.fields.UUID(required=True, allow_none=True, attribute="report.acknowledged_by_id")
    outcome = Word(FieldReportOutcome, required=True, allow_none=True, attribute="report.outcome")
    outcome_note = ma.fields.String(required=True, allow_none=True, attribute="report.outcome_note")
    closed_at = Instant(required=True, allow_none=True, attribute="report.closed_at")
    closed_by_id = ma.fields.UUID(required=True, allow_none=True, attribute="report.closed_by_id")
    version = ma.fields.Integer(required=True)


class SightingSchema(Schema):
    id = ma.fields.UUID(required=True)
    seen_by_id = ma.fields.UUID(required=True)
    site_id = ma.fields.UUID(required=True)
    pickup_id = ma.fields.UUID(required=True, allow_none=True)
    note = ma.fields.String(required=True, allow_none=True)
    photo_sha256 = ma.fields.String(required=True, allow_none=True, metadata=PHOTO)
    seen_at = Instant(required=True)


class OwnSightingSchema(Schema):
    """What a courier sees of what he reported: no more of the customer than its name, and the outcome."""

    id = ma.fields.UUID(required=True, attribute="sighting.id")
    report_id = ma.fields.UUID(required=True, attribute="report.id")
    kind = Word(FieldReportKind, required=True, attribute="report.kind")
    customer_name = ma.fields.String(required=True)
    site_id = ma.fields.UUID(required=True, attribute="sighting.site_id")
    site_name = ma.fields.String(required=True)
    pickup_id = ma.fields.UUID(required=True, allow_none=True, attribute="sighting.pickup_id")
    note = ma.fields.String(required=True, allow_none=True, attribute="sighting.note")
    photo_sha256 = ma.fields.String(
        required=True, allow_none=True, attribute="sighting.photo_sha256", metadata=PHOTO
    )
    seen_at = Instant(required=True, attribute="sighting.seen_at")
    state = Word(FieldReportState, required=True, attribute="report.state")
    outcome = Word(FieldReportOutcome, required=True, allow_none=True, attribute="report.outcome")
    outcome_note = ma.fields.String(required=True, allow_none=True, attribute="report.outcome_note")
    closed_at = Instant(required=True, allow_none=True, attribute="report.closed_at")


FieldReportPageSchema = page_of(FieldReportSchema)
SightingPageSchema = page_of(SightingSchema)
OwnSightingPageSchema = page_of(OwnSightingSchema)
