"""A branch and its policy."""

from dataclasses import fields
from datetime import time
from typing import Any

import marshmallow as ma

from api.domain.branch_policy import BranchPolicy
from api.domain.vocabulary import Grade, Locale, StaffFallback
from api.schemas.base import Schema
from api.schemas.fields import Instant, Text, Whole, Word

LIMITS = {
    "wait_limit_seconds": (1, 7200),
    "loading_limit_seconds": (1, 14_400),
    "extension_max_minutes": (1, 60),
    "site_radius_m": (10, 5_000),
    "ping_lead_minutes": (1, 240),
    "ping_lead_minutes_doubtful": (1, 240),
    "ping_reminder_minutes": (1, 120),
    "promise_warning_percent": (0, 100),
    "promise_report_percent": (0, 100),
    "messages_per_pickup": (0, 20),
    "messages_per_contact_week": (0, 100),
    "feedback_delay_minutes": (0, 1440),
    "feedback_every_days": (0, 365),
    "late_warning_minutes": (1, 240),
    "missed_after_minutes": (1, 720),
    "slot_minutes": (15, 480),
    "slot_notice_minutes": (0, 2880),
    "pickups_per_courier_hour": (1, 60),
    "case_hours_complaint": (1, 200),
    "case_hours_inquiry": (1, 200),
    "case_hours_exception": (1, 200),
    "field_report_hours_pressing": (1, 200),
    "field_report_hours": (1, 200),
    "low_score": (1, 4),
    "visit_days_grade_a": (1, 365),
    "visit_days_grade_b": (1, 365),
    "visit_days_grade_c": (1, 365),
    "churn_pushes_per_rep_day": (0, 50),
    "margin_percent": (0, 100),
    "position_keep_days": (1, 365),
    "proof_keep_days": (1, 3650),
    "link_keep_days": (1, 3650),
    "notice_keep_days": (30, 3650),
    "fact_keep_days": (90, 3650),
    "score_keep_days": (30, 3650),
    "score_history_days": (90, 3650),
    "case_text_keep_days": (30, 3650),
    "notices_per_person_hour": (1, 200),
    "export_most_rows": (1, 50_000),
    "exports_per_day": (1, 200),
    "export_alert_rows": (0, 50_000),
}


class LimitByGrade(ma.fields.Dict):
    """Seconds by grade: an object on the wire, sorted pairs in the policy."""

    def __init__(self, **options: Any) -> None:
        super().__init__(keys=Word(Grade), values=Whole(*LIMITS["wait_limit_seconds"]), **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return super()._serialize({Grade(grade): limit for grade, limit in value}, attr, obj, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        by_grade = super()._deserialize(value, attr, data, **kwargs)
        return tuple(sorted((grade.value, limit) for grade, limit in by_grade.items()))


class BranchSchema(Schema):
    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    timezone = ma.fields.String(required=True)
    locale = Word(Locale, required=True)
    currency = ma.fields.String(required=True)
    hotline = ma.fields.String(required=True, allow_none=True)
    accent_colour = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "#rrggbb; null is the house's own green."}
    )
    logo_sha256 = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Served as /logos/{sha256}."}
    )
    holiday_region = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Whose public holidays are kept; null: those of the time zone's country."},
    )
    working_hours = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.List(ma.fields.String()), required=True
    )
    created_at = Instant(required=True)
    version = ma.fields.Integer(required=True)


class ChangeBranchSchema(Schema):
    """How the branch presents itself to customers, and whose public holidays it keeps."""

    name = Text(min_length=1, max_length=120)
    hotline = Text(min_length=3, max_length=32, allow_none=True)
    accent_colour = ma.fields.String(
        allow_none=True,
        validate=ma.validate.Regexp("^#[0-9a-f]{6}$", error="Not a colour like #0c6152."),
        metadata={"description": "Readable on a light page (4.5:1); for dark pages it is lightened."},
    )
    holiday_region = Text(max_length=10, allow_none=True, metadata={"example": "DE-BY"})


def _policy_fields(*, required: bool) -> dict[str, ma.fields.Field[Any]]:
    """One field per number of the policy: what the domain names is what travels."""
    made: dict[str, ma.fields.Field[Any]] = {}
    for field in fields(BranchPolicy):
        if isinstance(field.default, time):
            made[field.name] = ma.fields.Time(format="%H:%M", required=required)
        elif field.name in LIMITS:
            made[field.name] = Whole(*LIMITS[field.name], required=required)
    made["wait_limit_seconds_by_grade"] = LimitByGrade(required=required)
    made["staff_fallback"] = Word(StaffFallback, required=required)
    return made


PolicySettingsSchema = Schema.from_dict(_policy_fields(required=True), name="PolicySettingsSchema")


class PolicySchema(Schema):
    branch_id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    policy = ma.fields.Nested(PolicySettingsSchema, required=True)


class SetPolicySchema(Schema):
    """What is left out falls back to the default."""

    policy = ma.fields.Nested(
        Schema.from_dict(_policy_fields(required=False), name="SetPolicySettingsSchema"), required=True
    )

    @ma.post_load
    def as_policy(self, data: dict[str, Any], **_: Any) -> dict[str, BranchPolicy]:
        return {"policy": BranchPolicy(**data["policy"])}
