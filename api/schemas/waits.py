"""Waits as they are shown, and the words by which one asks for more time and decides about it."""

from marshmallow import fields, validate

from api.domain.vocabulary import (
    ExtensionState,
    Quality,
    TimerKind,
    Trust,
    WaitAlarm,
    WaitCause,
    WaitColour,
    WaitOutcome,
    WaitState,
)
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Instant, Whole, Word, YesNo


class RungSchema(Schema):
    kind = Word(TimerKind, required=True)
    at = Instant(required=True)
    notice_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={
            "description": "The id of the courier's notice of this rung, known beforehand: an alarm that "
            "the phone raised itself is not shown again. Null where the courier is not told."
        },
    )


class ExtensionSchema(Schema):
    state = Word(
        ExtensionState,
        required=True,
        metadata={"description": "A request that nobody decides within 60 seconds is refused."},
    )
    minutes = fields.Integer(required=True)
    asked_at = Instant(required=True)
    asked_by = fields.String(required=True, validate=validate.OneOf(["contact", "courier"]))


class WaitSchema(Schema):
    """Count down to `deadline_at` against `server_now`; everything else is repeated for convenience."""

    id = fields.UUID(required=True)
    pickup_id = fields.UUID(required=True)
    courier_id = fields.UUID(required=True)
    attempt = fields.Integer(required=True, metadata={"description": "1 for the first stay at this pickup."})
    state = Word(WaitState, required=True)
    colour = Word(WaitColour, required=True)
    outcome = Word(WaitOutcome, required=True, allow_none=True)
    arrived_at = Instant(required=True)
    clock_started_at = Instant(
        required=True, metadata={"description": "Ahead of now while the courier is early."}
    )
    deadline_at = Instant(required=True)
    limit_seconds = fields.Integer(required=True)
    extension_max_minutes = fields.Integer(
        required=True,
        metadata={"description": "The most that may be asked for, whatever the policy says by now."},
    )
    remaining_seconds = fields.Integer(required=True)
    server_now = Instant(required=True)
    handover_started_at = Instant(required=True, allow_none=True)
    departed_at = Instant(required=True, allow_none=True)
    cause = Word(WaitCause, required=True, allow_none=True)
    protected = fields.Boolean(required=True)
    needs_review = fields.Boolean(required=True)
    dwell_seconds = fields.Integer(required=True, allow_none=True)
    avoidable_wait_seconds = fields.Integer(required=True, allow_none=True)
    trust = Word(Trust, required=True)
    quality = Word(Quality, required=True)
    alarms = fields.List(
        Word(WaitAlarm),
        required=True,
        metadata={"description": "What a dispatcher should look at, the most pressing first."},
    )
    extension = fields.Nested(ExtensionSchema, required=True, allow_none=True)
    ladder = fields.List(fields.Nested(RungSchema), required=True)


WaitPageSchema = page_of(WaitSchema)


class WaitsQuerySchema(PageQuerySchema):
    state = Word(
        WaitState,
        metadata={
            "description": "Without it: all waits that are not closed, and leaves whose review is due."
        },
    )


class RequestExtensionSchema(Schema):
    minutes = Whole(1, 60, required=True, metadata={"description": "At most what the branch allows."})


class ReviewWaitSchema(Schema):
    protected = YesNo(
        required=True,
        metadata={"description": "True: the courier is believed, and the customer hears of the leave."},
    )


class DecideExtensionSchema(Schema):
    granted = YesNo(required=True)
