"""Links: what stands behind one, what a contact can say through it, and a link to be shared."""

from typing import Any

import marshmallow as ma

from api.domain.feedback import LONGEST_COMMENT, Rating
from api.domain.readiness import MINUTES_OFFERED, Said
from api.domain.vocabulary import (
    ExtensionState,
    FeedbackAbout,
    FeedbackReason,
    LinkPurpose,
    PickupState,
    ReadinessAnswer,
    WaitColour,
)
from api.schemas.base import Schema
from api.schemas.fields import Instant, Text, Whole, Word, YesNo


class LinkBranchSchema(Schema):
    name = ma.fields.String(required=True)
    hotline = ma.fields.String(required=True, allow_none=True)
    timezone = ma.fields.String(required=True)


class LinkPickupSchema(Schema):
    state = Word(PickupState, required=True)
    window_start = Instant(required=True)
    window_end = Instant(required=True)
    eta_at = Instant(required=True, allow_none=True)
    site_name = ma.fields.String(required=True)


class LinkReadinessSchema(Schema):
    answer = Word(ReadinessAnswer, required=True)
    minutes = ma.fields.Integer(required=True, allow_none=True)
    goods_packed = ma.fields.Boolean(required=True, allow_none=True)
    papers_printed = ma.fields.Boolean(required=True, allow_none=True)
    parcels = ma.fields.Integer(required=True, allow_none=True)
    promised_ready_at = Instant(required=True, allow_none=True)
    answered_at = Instant(required=True)


class LinkExtensionSchema(Schema):
    state = Word(ExtensionState, required=True)
    minutes = ma.fields.Integer(required=True)


class LinkWaitSchema(Schema):
    """The courier's own clock, and nothing else of the wait."""

    colour = Word(WaitColour, required=True)
    clock_started_at = Instant(required=True)
    deadline_at = Instant(required=True)
    remaining_seconds = ma.fields.Integer(required=True)
    extension = ma.fields.Nested(LinkExtensionSchema, required=True, allow_none=True)


class LinkFeedbackSchema(Schema):
    score = ma.fields.Integer(required=True)
    reasons = ma.fields.List(Word(FeedbackReason), required=True)
    about = Word(FeedbackAbout, required=True, allow_none=True)
    comment = ma.fields.String(required=True, allow_none=True)
    call_me_back = ma.fields.Boolean(required=True)
    given_at = Instant(required=True)
    editable_until = Instant(required=True)


class LinkSchema(Schema):
    """What its purpose does not concern is null."""

    purpose = Word(LinkPurpose, required=True)
    expires_at = Instant(required=True)
    server_now = Instant(required=True)
    branch = ma.fields.Nested(LinkBranchSchema, required=True)
    pickup = ma.fields.Nested(LinkPickupSchema, required=True)
    readiness = ma.fields.Nested(LinkReadinessSchema, required=True, allow_none=True)
    wait = ma.fields.Nested(LinkWaitSchema, required=True, allow_none=True)
    feedback = ma.fields.Nested(LinkFeedbackSchema, required=True, allow_none=True)
    wished_at = Instant(
        required=True, allow_none=True, metadata={"description": "When another time was asked for."}
    )


class AnswerReadinessSchema(Schema):
    answer = Word(ReadinessAnswer, required=True)
    minutes = Whole(
        MINUTES_OFFERED[0],
        MINUTES_OFFERED[-1],
        load_default=None,
        allow_none=True,
        metadata={"description": f"With in_minutes only: one of {', '.join(map(str, MINUTES_OFFERED))}."},
    )
    goods_packed = YesNo(load_default=None, allow_none=True)
    papers_printed = YesNo(load_default=None, allow_none=True)
    parcels = Whole(1, 9999, load_default=None, allow_none=True)

    @ma.post_load
    def as_said(self, data: dict[str, Any], **_: Any) -> Said:
        return Said(**data)


class AskExtensionSchema(Schema):
    minutes = Whole(1, 60, required=True, metadata={"description": "At most what the branch allows."})


class GiveFeedbackSchema(Schema):
    score = Whole(1, 5, required=True)
    reasons = ma.fields.List(
        Word(FeedbackReason),
        load_default=list,
        validate=ma.validate.Length(max=len(FeedbackReason)),
        metadata={"description": "Of those that fit the score: praise from 4, complaints to 3."},
    )
    about = Word(FeedbackAbout, load_default=None, allow_none=True)
    comment = Text(max_length=LONGEST_COMMENT, lines=True, load_default=None, allow_none=True)
    call_me_back = YesNo(load_default=False)

    @ma.post_load
    def as_rating(self, data: dict[str, Any], **_: Any) -> Rating:
        return Rating(**{**data, "reasons": tuple(dict.fromkeys(data["reasons"]))})


class ShareLinkSchema(Schema):
    purpose = Word(LinkPurpose, required=True)


class LinkToShareSchema(Schema):
    url = ma.fields.String(required=True)
    text = ma.fields.String(
        required=True, metadata={"description": "In the contact's language, the address included."}
    )
    expires_at = Instant(required=True)
