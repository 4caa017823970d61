"""The brief before a visit, over HTTP."""

import marshmallow as ma

from api.domain.phone import masked
from api.domain.vocabulary import (
    Band,
    CaseCategory,
    CaseKind,
    CaseState,
    FieldReportKind,
    FieldReportState,
    Grade,
    Mood,
    ShipmentFailure,
    VisitDue,
    WaitCause,
    WaitOutcome,
)
from api.schemas.base import Schema
from api.schemas.churn import ReasonSchema
from api.schemas.fields import Day, Instant, Word


class BriefCustomerSchema(Schema):
    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    industry = ma.fields.String(required=True, allow_none=True)
    grade = Word(Grade, required=True, allow_none=True)


class BriefContactSchema(Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    phone = ma.fields.Function(
        lambda contact: masked(contact.phone) if contact.phone else None,
        required=True,
        metadata={"type": ["string", "null"], "description": "Masked."},
    )
    birthday_on = Day(
        required=True, allow_none=True, metadata={"description": "When it comes within two weeks."}
    )


class BriefShippingSchema(Schema):
    last_shipped_on = Day(
        required=True, allow_none=True, metadata={"description": "Within the last 60 days."}
    )
    last_30_days = ma.fields.Integer(required=True)
    days_30_before = ma.fields.Integer(
        required=True, metadata={"description": "Of the 30 days before those."}
    )
    failures_last_30_days = ma.fields.Integer(required=True)


class BriefShipmentSchema(Schema):
    waybill = ma.fields.String(required=True)
    shipped_on = Day(required=True)
    revenue_minor = ma.fields.Integer(required=True)
    currency = ma.fields.String(required=True)
    failure = Word(ShipmentFailure, required=True, allow_none=True)


class BriefWaitSchema(Schema):
    arrived_at = Instant(required=True)
    outcome = Word(WaitOutcome, required=True, allow_none=True)
    cause = Word(WaitCause, required=True, allow_none=True)
    avoidable_wait_seconds = ma.fields.Integer(required=True, allow_none=True)


class BriefFeedbackSchema(Schema):
    score = ma.fields.Integer(required=True)
    reasons = ma.fields.List(ma.fields.String(), required=True)
    comment = ma.fields.String(required=True, allow_none=True)
    given_at = Instant(required=True)


class BriefCaseSchema(Schema):
    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    kind = Word(CaseKind, required=True)
    category = Word(CaseCategory, required=True)
    state = Word(CaseState, required=True)
    respond_by_at = Instant(required=True)


class BriefFieldReportSchema(Schema):
    id = ma.fields.UUID(required=True)
    kind = Word(FieldReportKind, required=True)
    state = Word(FieldReportState, required=True)
    reported_at = Instant(required=True)


class BriefRiskSchema(Schema):
    band = Word(Band, required=True)
    has_open_alert = ma.fields.Boolean(required=True)
    reasons = ma.fields.List(ma.fields.Nested(ReasonSchema), required=True)


class BriefLastVisitSchema(Schema):
    completed_at = Instant(required=True)
    findings = ma.fields.String(required=True, allow_none=True)
    needs = ma.fields.String(required=True, allow_none=True)
    competitor = ma.fields.String(required=True, allow_none=True)
    mood = ma.fields.Function(
        lambda visit: (visit.report or {}).get("mood"),
        required=True,
        metadata={"type": ["string", "null"], "enum": [*(mood.value for mood in Mood), None]},
    )


class BriefTaskSchema(Schema):
    id = ma.fields.UUID(required=True)
    what = ma.fields.String(required=True)
    due_on = Day(required=True)


class VisitBriefSchema(Schema):
    """One screen before ringing the bell; every list has the newest or most urgent five."""

    customer = ma.fields.Nested(BriefCustomerSchema, required=True)
    standing = Word(VisitDue, required=True)
    last_visited_on = Day(required=True, allow_none=True)
    due_on = Day(required=True)
    contacts = ma.fields.List(ma.fields.Nested(BriefContactSchema), required=True)
    shipping = ma.fields.Nested(BriefShippingSchema, required=True)
    shipments = ma.fields.List(ma.fields.Nested(BriefShipmentSchema), required=True)
    waits = ma.fields.List(ma.fields.Nested(BriefWaitSchema), required=True)
    feedback = ma.fields.List(ma.fields.Nested(BriefFeedbackSchema), required=True)
    cases = ma.fields.List(ma.fields.Nested(BriefCaseSchema), required=True)
    field_reports = ma.fields.List(ma.fields.Nested(BriefFieldReportSchema), required=True)
    risk = ma.fields.Nested(BriefRiskSchema, required=True)
    last_visit = ma.fields.Nested(BriefLastVisitSchema, required=True, allow_none=True)
    tasks = ma.fields.List(ma.fields.Nested(BriefTaskSchema), required=True)
    server_now = Instant(required=True)
