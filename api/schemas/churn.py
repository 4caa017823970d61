"""Churn risk and churn alerts over HTTP."""

from typing import Any

import marshmallow as ma

from api.domain.churn_alerts import SNOOZE_DAYS, Resolution
from api.domain.risk_reasons import NextStep, ReasonCode
from api.domain.vocabulary import (
    AlertOutcome,
    AlertState,
    Band,
    ChurnEngine,
    Grade,
    LossReason,
    ReasonFamily,
)
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Instant, Text, Whole, Word

P_SHIPS = {"description": "Chance to ship again within horizon_days; null where the rule speaks."}
MINOR = {"description": "Minor units of `currency`."}


class ReasonSchema(Schema):
    code = Word(ReasonCode, required=True)
    text = ma.fields.String(required=True, metadata={"description": "In the language asked for."})
    next_step = Word(NextStep, required=True)
    next_step_text = ma.fields.String(required=True)
    numbers = ma.fields.Dict(keys=ma.fields.String(), required=True)


class ChurnScoreSchema(Schema):
    """One night's score."""

    scored_on = Day(required=True)
    engine = Word(ChurnEngine, required=True)
    engine_version = ma.fields.Integer(
        required=True, metadata={"description": "Scores of different versions are not to be compared."}
    )
    band = Word(Band, required=True)
    p_ships = ma.fields.Float(required=True, allow_none=True, metadata=P_SHIPS)
    horizon_days = ma.fields.Integer(required=True)
    recency_days = ma.fields.Integer(required=True, metadata={"description": "Days since the last shipment."})
    shipping_days = ma.fields.Integer(required=True)
    value_at_risk_minor = ma.fields.Integer(required=True, metadata=MINOR)
    currency = ma.fields.String(required=True)


class CustomerRiskSchema(Schema):
    """The newest score, its reasons, and the scores before it. Without a score the band is `unrated`."""

    customer_id = ma.fields.UUID(required=True)
    scored_on = Day(required=True, allow_none=True, attribute="latest.scored_on", dump_default=None)
    engine = Word(ChurnEngine, required=True, attribute="latest.engine", dump_default=ChurnEngine.NONE)
    band = Word(Band, required=True, attribute="latest.band", dump_default=Band.UNRATED)
    p_ships = ma.fields.Float(
        required=True, allow_none=True, attribute="latest.p_ships", dump_default=None, metadata=P_SHIPS
    )
    horizon_days = ma.fields.Integer(
        required=True, allow_none=True, attribute="latest.horizon_days", dump_default=None
    )
    recency_days = ma.fields.Integer(
        required=True, allow_none=True, attribute="latest.recency_days", dump_default=None
    )
    value_at_risk_minor = ma.fields.Integer(
        required=True,
        allow_none=True,
        attribute="latest.value_at_risk_minor",
        dump_default=None,
        metadata=MINOR,
    )
    currency = ma.fields.String(
        required=True, allow_none=True, attribute="latest.currency", dump_default=None
    )
    reasons = ma.fields.List(ma.fields.Nested(ReasonSchema), required=True)
    history = ma.fields.List(
        ma.fields.Nested(ChurnScoreSchema),
        required=True,
        metadata={"description": "Newest first, at most 90 nights."},
    )


class PlaybookStepSchema(Schema):
    """Something to do about an alert, and by which day."""

    step = Word(NextStep, required=True)
    text = ma.fields.String(required=True, metadata={"description": "In the language asked for."})
    due_on = Day(required=True)
    done_on = Day(required=True, allow_none=True)


class ChurnAlertSchema(Schema):
    id = ma.fields.UUID(required=True)
    customer_id = ma.fields.UUID(required=True)
    customer_code = ma.fields.String(required=True)
    customer_name = ma.fields.String(required=True)
    grade = Word(Grade, required=True, allow_none=True)
    owner_id = ma.fields.UUID(required=True, allow_none=True)
    family = Word(ReasonFamily, required=True)
    spell_started_on = Day(
        required=True,
        metadata={
            "description": "The last shipping day before the silence; two weeks before a decline was seen."
        },
    )
    band = Word(Band, required=True)
    critical = ma.fields.Boolean(required=True)
    win_back = ma.fields.Boolean(
        required=True, metadata={"description": "On the win-back list: by the first scoring, or lost since."}
    )
    p_ships = ma.fields.Float(required=True, allow_none=True, metadata=P_SHIPS)
    value_at_risk_minor = ma.fields.Integer(required=True, metadata=MINOR)
    currency = ma.fields.String(required=True)
    reasons = ma.fields.List(ma.fields.Nested(ReasonSchema), required=True)
    playbook = ma.fields.List(
        ma.fields.Nested(PlaybookStepSchema),
        required=True,
        metadata={"description": "What to do, the earliest deadline first."},
    )
    next_visit_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "The customer's next visit, planned or proposed."},
    )
    state = Word(AlertState, required=True)
    raised_at = Instant(required=True)
    acknowledged_at = Instant(required=True, allow_none=True)
    snoozed_until = Instant(required=True, allow_none=True)
    snoozes = ma.fields.Integer(required=True)
    resolved_at = Instant(required=True, allow_none=True)
    outcome = Word(AlertOutcome, required=True, allow_none=True)
    loss_reason = Word(LossReason, required=True, allow_none=True)
    note = ma.fields.String(required=True, allow_none=True)
    version = ma.fields.Integer(required=True)


class ChurnAlertQuerySchema(PageQuerySchema):
    state = Word(AlertState, metadata={"description": "Without it, every open alert."})
    band = Word(Band)
    win_back = ma.fields.Boolean(
        metadata={"description": "Without `state` the win-back list has lost customers, too."}
    )
    customer_id = ma.fields.UUID()


class ActOnAlertSchema(Schema):
    step = Word(
        NextStep,
        load_default=None,
        allow_none=True,
        metadata={"description": "The step of the playbook that is done with this."},
    )
    note = Text(max_length=1000, lines=True, load_default=None, allow_none=True)


class SnoozeAlertSchema(Schema):
    days = Whole(min(SNOOZE_DAYS), max(SNOOZE_DAYS), required=True, validate=[ma.validate.OneOf(SNOOZE_DAYS)])
    reason = Text(min_length=1, max_length=1000, lines=True, required=True)


class ResolveAlertSchema(Schema):
    outcome = Word(AlertOutcome, required=True)
    loss_reason = Word(
        LossReason, load_default=None, allow_none=True, metadata={"description": "With `lost` only."}
    )
    note = Text(max_length=1000, lines=True, load_default=None, allow_none=True)

    @ma.post_load
    def to_resolution(self, values: dict[str, Any], **_: Any) -> Resolution:
        return Resolution(**values)


ChurnAlertPageSchema = page_of(ChurnAlertSchema)
