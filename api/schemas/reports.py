"""Reports on waits and couriers' scorecards over HTTP. What each figure means stands in docs/reports.md."""

from typing import Any

import marshmallow as ma

from api.domain.left_out import Omitted, Why
from api.domain.readiness_effect import EffectGroup
from api.domain.report_lines import GroupBy
from api.domain.report_period import ReportPeriod
from api.domain.vocabulary import Quality, Screening, WaitCause
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Word

FROM = {"description": "The first day, of the branch, by arrival."}
TO = {"description": "The last day; the period has at most 92."}
SHARE = {"description": "From 0 to 1."}


class PeriodSchema(Schema):
    first_on = Day(data_key="from", required=True, metadata=FROM)
    last_on = Day(data_key="to", required=True, metadata=TO)

    @ma.post_load
    def to_period(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"period": ReportPeriod(values.pop("first_on"), values.pop("last_on")), **values}


class ExportWaitReportSchema(PeriodSchema):
    by = Word(GroupBy, load_default=GroupBy.SITE, metadata={"description": "What there is a line for."})
    quality = Word(Quality, metadata={"description": "Without it, the figures of each quality apart."})


class WaitReportQuerySchema(ExportWaitReportSchema, PageQuerySchema):
    """The same as a page of JSON."""


class DurationsSchema(Schema):
    p50_seconds = ma.fields.Integer(required=True)
    p90_seconds = ma.fields.Integer(required=True)
    max_seconds = ma.fields.Integer(required=True)
    total_seconds = ma.fields.Integer(required=True)


class EffectSchema(Schema):
    count = ma.fields.Integer(required=True)
    mean_seconds = ma.fields.Float(required=True, allow_none=True)


class PromiseAccuracySchema(Schema):
    promised = ma.fields.Integer(required=True, metadata={"description": 'Waits that followed a "ready".'})
    kept = ma.fields.Integer(required=True, metadata={"description": "With at most 60 s of avoidable wait."})
    share = ma.fields.Float(
        required=True, allow_none=True, metadata={"description": "From 0 to 1; null under five promises."}
    )


class PunctualitySchema(Schema):
    before_window = ma.fields.Integer(required=True)
    in_window = ma.fields.Integer(required=True)
    after_window = ma.fields.Integer(required=True)
    share = ma.fields.Float(required=True, metadata={"description": "Arrived in the window, from 0 to 1."})


class WaitFiguresSchema(Schema):
    """The figures of waits of one quality; they are never mixed with those of another."""

    quality = Word(Quality, required=True)
    count = ma.fields.Integer(required=True)
    collected = ma.fields.Integer(required=True)
    left = ma.fields.Integer(required=True)
    protected_leaves = ma.fields.Integer(required=True)
    early_leaves = ma.fields.Integer(
        required=True, metadata={"description": "Left before the deadline, for whatever cause."}
    )
    dwell = ma.fields.Nested(DurationsSchema, required=True)
    dwell_once_seconds = ma.fields.Integer(
        required=True,
        metadata={"description": "Total dwell; where one courier had several pickups at once, counted once."},
    )
    avoidable_wait = ma.fields.Nested(DurationsSchema, required=True)
    causes = ma.fields.Dict(keys=Word(WaitCause), values=ma.fields.Integer(), required=True)
    answered_share = ma.fields.Float(required=True, metadata=SHARE)
    with_answer = ma.fields.Nested(
        EffectSchema, required=True, metadata={"description": "Mean avoidable wait after a readiness answer."}
    )
    without_answer = ma.fields.Nested(EffectSchema, required=True)
    promises = ma.fields.Nested(PromiseAccuracySchema, required=True)
    punctuality = ma.fields.Nested(PunctualitySchema, required=True)


class LeftOutSchema(Schema):
    what = Word(Omitted, required=True)
    why = Word(Why, required=True)
    count = ma.fields.Integer(required=True)
    text = ma.fields.String(required=True, metadata={"description": "In the language asked for."})


class WaitReportLineSchema(Schema):
    key = ma.fields.String(
        required=True,
        metadata={"description": 'An id, a week ("2026-W47"), a weekday ("1" is Monday) or an hour ("09").'},
    )
    label = ma.fields.String(required=True)
    by_quality = ma.fields.List(ma.fields.Nested(WaitFiguresSchema), required=True)
    left_out = ma.fields.List(ma.fields.Nested(LeftOutSchema), required=True)


WaitReportSchema = page_of(WaitReportLineSchema)


class ExportEffectReportSchema(PeriodSchema):
    group = Word(
        EffectGroup,
        data_key="by",
        load_default=EffectGroup.SITE,
        metadata={"description": "What there is a line for."},
    )


class EffectReportQuerySchema(ExportEffectReportSchema, PageQuerySchema):
    """The same as a page of JSON."""


class EffectFiguresSchema(Schema):
    """Of waits of one quality; they are never mixed with those of another."""

    quality = Word(Quality, required=True)
    count = ma.fields.Integer(required=True)
    answered_share = ma.fields.Float(required=True, metadata=SHARE)
    with_answer = ma.fields.Nested(EffectSchema, required=True)
    without_answer = ma.fields.Nested(EffectSchema, required=True)


class EffectLineSchema(Schema):
    key = ma.fields.String(
        required=True, attribute="waits.key", metadata={"description": 'An id, or a week ("2026-W47").'}
    )
    label = ma.fields.String(required=True, attribute="waits.label")
    by_quality = ma.fields.List(
        ma.fields.Nested(EffectFiguresSchema), required=True, attribute="waits.by_quality"
    )
    messages = ma.fields.Integer(
        required=True, metadata={"description": "That left in the period, about pickups of this line."}
    )


EffectReportSchema = page_of(EffectLineSchema)


class RatingSchema(Schema):
    ratings = ma.fields.Integer(
        required=True, metadata={"description": "How many count, of those given up to `to`; at most 100."}
    )
    average = ma.fields.Float(
        required=True, allow_none=True, metadata={"description": "Null under ten ratings."}
    )


class ScoreLeftOutSchema(Schema):
    given_on = Day(required=True)
    why = Word(Screening, required=True)
    text = ma.fields.String(required=True, metadata={"description": "In the language asked for."})


class SightingFiguresSchema(Schema):
    reported = ma.fields.Integer(required=True)
    of_use = ma.fields.Integer(
        required=True, metadata={"description": "Those that ended with an outcome, but for nothing_to_it."}
    )


class ScorecardSchema(Schema):
    first_on = Day(data_key="from", required=True, attribute="period.first_on")
    last_on = Day(data_key="to", required=True, attribute="period.last_on")
    waits = ma.fields.List(ma.fields.Nested(WaitFiguresSchema), required=True)
    rating = ma.fields.Nested(RatingSchema, required=True)
    field_reports = ma.fields.Nested(SightingFiguresSchema, required=True)
    scores_left_out = ma.fields.List(ma.fields.Nested(ScoreLeftOutSchema), required=True)
    left_out = ma.fields.List(ma.fields.Nested(LeftOutSchema), required=True)
