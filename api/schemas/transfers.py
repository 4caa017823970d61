"""Transfers over HTTP."""

from typing import Any
from uuid import UUID

import marshmallow as ma

from api.domain.transfers import MOST_RECEIVERS
from api.domain.vocabulary import Grade, Mood
from api.schemas.base import Schema, page_of
from api.schemas.fields import Day, Instant, Word

COUNTS = {"description": "How many of each kind: customer, churn_alert, visit, task, case."}
RECEIVERS = {"description": "Sales reps; several get equal shares, grade by grade."}
MOST = {"description": "Visits on the receiver's fullest day with an introduction; five fit into a day."}
KEPT = {"description": "Pieces that stayed, because they were finished or given on meanwhile."}


class TransferWishSchema(Schema):
    receivers = ma.fields.List(
        ma.fields.UUID(), required=True, validate=ma.validate.Length(1, MOST_RECEIVERS), metadata=RECEIVERS
    )

    @ma.post_load
    def to_receivers(self, values: dict[str, Any], **_: Any) -> list[UUID]:
        receivers: list[UUID] = values["receivers"]
        return receivers


class ShareSchema(Schema):
    receiver_id = ma.fields.UUID(required=True)
    customers = ma.fields.Integer(required=True)
    by_grade = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    introductions = ma.fields.Integer(required=True)
    most_visits_a_day = ma.fields.Integer(required=True, metadata=MOST)


class TransferPreviewSchema(Schema):
    counts = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Integer(), required=True, metadata=COUNTS
    )
    shares = ma.fields.List(ma.fields.Nested(ShareSchema), required=True)


class TransferSchema(Schema):
    id = ma.fields.UUID(required=True)
    from_id = ma.fields.UUID(required=True)
    counts = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Integer(), required=True, metadata=COUNTS
    )
    made_by_id = ma.fields.UUID(required=True)
    made_at = Instant(required=True)
    undone_by_id = ma.fields.UUID(required=True, allow_none=True)
    undone_at = Instant(required=True, allow_none=True)


class UndoneTransferSchema(Schema):
    transfer = ma.fields.Nested(TransferSchema, required=True)
    kept = ma.fields.Integer(required=True, metadata=KEPT)


class BirthdayAheadSchema(Schema):
    contact_id = ma.fields.UUID(required=True)
    contact_name = ma.fields.String(required=True)
    kept_on = Day(required=True)


class HandoverBriefSchema(Schema):
    customer_id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    industry = ma.fields.String(required=True, allow_none=True)
    grade = Word(Grade, required=True, allow_none=True)
    owner_id = ma.fields.UUID(required=True, allow_none=True)
    introduced_on = Day(
        required=True, allow_none=True, metadata={"description": "Null: a visit was planned in time anyway."}
    )
    shipments = ma.fields.Integer(required=True, metadata={"description": "Of the last 90 days."})
    revenue_minor = ma.fields.Integer(required=True, metadata={"description": "Of the last 90 days."})
    last_shipped_on = Day(required=True, allow_none=True)
    last_visited_at = Instant(required=True, allow_none=True)
    last_mood = Word(Mood, required=True, allow_none=True)
    last_findings = ma.fields.String(required=True, allow_none=True)
    last_contacted_at = Instant(required=True, allow_none=True)
    open_cases = ma.fields.Integer(required=True)
    open_field_reports = ma.fields.Integer(required=True)
    open_churn_alerts = ma.fields.Integer(required=True)
    birthdays = ma.fields.List(
        ma.fields.Nested(BirthdayAheadSchema),
        required=True,
        metadata={"description": "Of the next 30 days."},
    )


TransferPageSchema = page_of(TransferSchema)
HandoverBriefPageSchema = page_of(HandoverBriefSchema)
