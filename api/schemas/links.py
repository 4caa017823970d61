"""Links: what stands behind one, what a contact can say through it, and a link to be shared."""

from typing import Any

import marshmallow as ma

from api.domain.cases import LONGEST_TEXT, OFFERED, Complaint
from api.domain.feedback import LONGEST_COMMENT, Rating
from api.domain.preferences import Preferences
from api.domain.readiness import MINUTES_OFFERED, Said
from api.domain.vocabulary import (
    CaseCategory,
    CaseKind,
    CaseSaying,
    CaseState,
    ContactChannel,
    ExtensionState,
    FeedbackAbout,
    FeedbackReason,
    LinkPurpose,
    PickupState,
    ReadinessAnswer,
    Role,
    WaitColour,
)
from api.schemas.base import Schema
from api.schemas.fields import Instant, Text, TimeOfDay, Whole, Word, YesNo


class LinkBranchSchema(Schema):
    name = ma.fields.String(required=True)
    hotline = ma.fields.String(required=True, allow_none=True)
    timezone = ma.fields.String(required=True)
    accent_colour = ma.fields.String(required=True, allow_none=True)
    logo_sha256 = ma.fields.String(required=True, allow_none=True)


class LinkPickupSchema(Schema):
    state = Word(PickupState, required=True)
    window_start = Instant(required=True)
    window_end = Instant(required=True)
    eta_at = Instant(required=True, allow_none=True)
    site_name = ma.fields.String(required=True)
    papers = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": 'What "papers printed" means here.'}
    )


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


class LinkPreferencesSchema(Schema):
    opted_out = ma.fields.Boolean(required=True, attribute="wishes.opted_out")
    channel = Word(ContactChannel, required=True, allow_none=True, attribute="wishes.channel")
    hours_start = TimeOfDay(required=True, allow_none=True, attribute="wishes.hours_start")
    hours_end = TimeOfDay(required=True, allow_none=True, attribute="wishes.hours_end")
    channels = ma.fields.List(
        Word(ContactChannel), required=True, metadata={"description": "Those there is an address for."}
    )


class LinkCaseHandlerSchema(Schema):
    name = ma.fields.String(required=True)
    role = Word(Role, required=True)


class LinkCaseMessageSchema(Schema):
    saying = Word(CaseSaying, required=True)
    by_contact = ma.fields.Boolean(required=True)
    text = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Null once its time is over."}
    )
    said_at = Instant(required=True)


class LinkCaseSchema(Schema):
    """Who has a case and until when. What was said is shown through the case's own link only."""

    number = ma.fields.Integer(required=True)
    kind = Word(CaseKind, required=True)
    category = Word(CaseCategory, required=True)
    state = Word(CaseState, required=True)
    handler = ma.fields.Nested(LinkCaseHandlerSchema, required=True, allow_none=True)
    respond_by_at = Instant(required=True)
    opened_at = Instant(required=True)
    answered_at = Instant(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)
    outcome = ma.fields.String(required=True, allow_none=True)
    messages = ma.fields.List(ma.fields.Nested(LinkCaseMessageSchema), required=True)


class LinkLastComplaintSchema(Schema):
    """What became of the complaint before this one."""

    number = ma.fields.Integer(required=True)
    category = Word(CaseCategory, required=True)
    state = Word(CaseState, required=True)
    opened_at = Instant(required=True)
    closed_at = Instant(required=True, allow_none=True)
    outcome = ma.fields.String(required=True, allow_none=True)


class SlotSchema(Schema):
    start = Instant(required=True)
    end = Instant(required=True)


class SlotsSchema(Schema):
    slots = ma.fields.List(ma.fields.Nested(SlotSchema), required=True)
    server_now = Instant(required=True)


class LinkSchema(Schema):
    """What its purpose does not concern is null."""

    purpose = Word(LinkPurpose, required=True)
    expires_at = Instant(required=True)
    server_now = Instant(required=True)
    branch = ma.fields.Nested(LinkBranchSchema, required=True)
    pickup = ma.fields.Nested(LinkPickupSchema, required=True, allow_none=True)
    next_pickup = ma.fields.Nested(
        LinkPickupSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What was agreed on instead, after a visit that did not work out."},
    )
    readiness = ma.fields.Nested(LinkReadinessSchema, required=True, allow_none=True)
    wait = ma.fields.Nested(LinkWaitSchema, required=True, allow_none=True)
    courier_is_about_m = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Rounded to 100 m; null unless this is his next stop and he is on his way."},
    )
    feedback = ma.fields.Nested(LinkFeedbackSchema, required=True, allow_none=True)
    wished_at = Instant(
        required=True, allow_none=True, metadata={"description": "When another time was asked for."}
    )
    preferences = ma.fields.Nested(LinkPreferencesSchema, required=True, allow_none=True)
    preferences_url = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Where to say how one is written to."}
    )
    case = ma.fields.Nested(LinkCaseSchema, required=True, allow_none=True)
    case_url = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Where to follow the case, and to answer."}
    )
    last_complaint = ma.fields.Nested(LinkLastComplaintSchema, required=True, allow_none=True)


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


class ChooseSlotSchema(Schema):
    slot_start = Instant(required=True, metadata={"description": "The `start` of a free slot."})


class ChangePreferencesSchema(Schema):
    """All of them at once. Hours are local to the branch: both or none."""

    opted_out = YesNo(load_default=False)
    channel = Word(ContactChannel, load_default=None, allow_none=True)
    hours_start = TimeOfDay(load_default=None, allow_none=True)
    hours_end = TimeOfDay(load_default=None, allow_none=True)

    @ma.post_load
    def as_preferences(self, data: dict[str, Any], **_: Any) -> Preferences:
        return Preferences(**data)


class ComplainSchema(Schema):
    category = Word(CaseCategory, required=True, metadata={"description": f"One of {', '.join(OFFERED)}."})
    text = Text(min_length=1, max_length=LONGEST_TEXT, lines=True, required=True)

    @ma.post_load
    def as_complaint(self, data: dict[str, Any], **_: Any) -> Complaint:
        return Complaint(**data)


class ReplyToCaseSchema(Schema):
    """What a contact writes to his own case."""

    text = Text(min_length=1, max_length=LONGEST_TEXT, lines=True, required=True)


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
