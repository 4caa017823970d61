"""Visits over HTTP."""

from typing import Any

import marshmallow as ma

from api.domain.geofence import Place
from api.domain.visit_cadence import MOST_NEXT_STEPS, NextStep, VisitPlan, VisitReport
from api.domain.vocabulary import Grade, Mood, ProposalReason, VisitObstacle, VisitState
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Instant, Latitude, Longitude, Text, Word, YesNo

PLANNED_ON = {"description": "A day of the branch, today or later."}
MOST_MET = 20
STARTS_AT = {"description": "A fixed time on that day, if there is one."}


class PlanVisitSchema(Schema):
    customer_id = ma.fields.UUID(required=True)
    planned_on = Day(required=True, metadata=PLANNED_ON)
    starts_at = Instant(load_default=None, allow_none=True, metadata=STARTS_AT)
    purpose = Text(max_length=200, load_default=None, allow_none=True)

    @ma.post_load
    def to_plan(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"customer_id": values.pop("customer_id"), "plan": VisitPlan(**values)}


class RescheduleVisitSchema(Schema):
    planned_on = Day(required=True, metadata=PLANNED_ON)
    starts_at = Instant(load_default=None, allow_none=True, metadata=STARTS_AT)

    @ma.post_load
    def to_plan(self, values: dict[str, Any], **_: Any) -> VisitPlan:
        return VisitPlan(**values)


class CheckInSchema(Schema):
    latitude = Latitude(required=True)
    longitude = Longitude(required=True)

    @ma.post_load
    def to_place(self, values: dict[str, Any], **_: Any) -> Place:
        return Place(**values)


class NextStepSchema(Schema):
    """What was promised, and by which day."""

    what = Text(min_length=1, max_length=500, required=True)
    due_on = Day(required=True)

    @ma.post_load
    def to_step(self, values: dict[str, Any], **_: Any) -> NextStep:
        return NextStep(**values)


class ReportVisitSchema(Schema):
    findings = Text(min_length=1, max_length=4000, lines=True, required=True)
    mood = Word(Mood, load_default=None, allow_none=True)
    competitor_seen = YesNo(load_default=False)
    competitor = Text(
        min_length=1,
        max_length=120,
        load_default=None,
        allow_none=True,
        metadata={"description": "A rival's name."},
    )
    needs = Text(max_length=2000, lines=True, load_default=None, allow_none=True)
    met = ma.fields.List(
        ma.fields.UUID(),
        load_default=list,
        validate=ma.validate.Length(max=MOST_MET),
        metadata={"description": "Contacts of this customer whom you met."},
    )
    next_steps = ma.fields.List(
        ma.fields.Nested(NextStepSchema),
        load_default=list,
        validate=ma.validate.Length(max=MOST_NEXT_STEPS),
        metadata={"description": "Each becomes a task of yours."},
    )
    next_visit_on = Day(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Plans the next visit for that day; without one it is offered near its due day."
        },
    )

    @ma.post_load
    def to_report(self, values: dict[str, Any], **_: Any) -> VisitReport:
        return VisitReport(**values | {name: tuple(values[name]) for name in ("met", "next_steps")})


class CancelVisitSchema(Schema):
    reason = Text(min_length=1, max_length=200, required=True)
    obstacle = Word(VisitObstacle, load_default=None, allow_none=True)


class MissVisitSchema(Schema):
    obstacle = Word(VisitObstacle, required=True)
    reason = Text(max_length=200, load_default=None, allow_none=True)


class VisitQuerySchema(PageQuerySchema):
    state = Word(VisitState)
    customer_id = ma.fields.UUID()
    rep_id = ma.fields.UUID()
    planned_from = Day()
    planned_to = Day()


class BecauseSchema(Schema):
    code = Word(ProposalReason, required=True)
    numbers = ma.fields.Dict(keys=ma.fields.String(), required=True)


class VisitSchema(Schema):
    id = ma.fields.UUID(required=True, attribute="visit.id")
    customer_id = ma.fields.UUID(required=True, attribute="visit.customer_id")
    customer_code = ma.fields.String(required=True)
    customer_name = ma.fields.String(required=True)
    grade = Word(Grade, required=True, allow_none=True)
    rep_id = ma.fields.UUID(required=True, attribute="visit.rep_id")
    state = Word(VisitState, required=True, attribute="visit.state")
    purpose = ma.fields.String(required=True, allow_none=True, attribute="visit.purpose")
    planned_on = Day(required=True, attribute="visit.planned_on")
    starts_at = Instant(required=True, allow_none=True, attribute="visit.starts_at")
    is_overdue = ma.fields.Boolean(required=True)
    checked_in_at = Instant(required=True, allow_none=True, attribute="visit.checked_in_at")
    check_in_distance_m = ma.fields.Integer(
        required=True, allow_none=True, attribute="visit.check_in_distance_m"
    )
    is_far = ma.fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "Whether the check-in was further than 500 m from every site."},
    )
    completed_at = Instant(required=True, allow_none=True, attribute="visit.completed_at")
    findings = ma.fields.String(required=True, allow_none=True, attribute="visit.findings")
    mood = Word(Mood, required=True, allow_none=True)
    competitor_seen = ma.fields.Boolean(required=True, allow_none=True)
    next_due_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "When the next visit is due by the grade's cadence."},
    )
    next_visit_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "After a completed visit: when the next one is planned or offered."},
    )
    needs = ma.fields.String(required=True, allow_none=True, attribute="visit.needs")
    competitor = ma.fields.String(required=True, allow_none=True, attribute="visit.competitor")
    met = ma.fields.List(ma.fields.UUID(), required=True, allow_none=True)
    obstacle = Word(VisitObstacle, required=True, allow_none=True, attribute="visit.obstacle")
    cancel_reason = ma.fields.String(required=True, allow_none=True, attribute="visit.cancel_reason")
    plan_id = ma.fields.UUID(required=True, allow_none=True, attribute="visit.plan_id")
    because = ma.fields.List(
        ma.fields.Nested(BecauseSchema),
        required=True,
        metadata={"description": "Why it was proposed; empty when a person planned it."},
    )
    version = ma.fields.Integer(required=True)


VisitPageSchema = page_of(VisitSchema)
