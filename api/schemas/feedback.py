"""Ratings as staff see them, and what is decided about them."""

import marshmallow as ma

from api.domain.vocabulary import FeedbackAbout, FeedbackReason, ReviewCause, Screening
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Instant, Text, Word, YesNo


class FeedbackSchema(Schema):
    id = ma.fields.UUID(required=True)
    pickup_id = ma.fields.UUID(required=True)
    customer_id = ma.fields.UUID(required=True)
    contact_id = ma.fields.UUID(required=True)
    courier_id = ma.fields.UUID(required=True, allow_none=True)
    score = ma.fields.Integer(required=True)
    reasons = ma.fields.List(Word(FeedbackReason), required=True)
    about = Word(FeedbackAbout, required=True, allow_none=True)
    comment = ma.fields.String(required=True, allow_none=True)
    call_me_back = ma.fields.Boolean(required=True)
    given_at = Instant(required=True)
    changed_at = Instant(required=True)
    left_out_because = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": f"Why it is not in the courier's average: {', '.join(Screening)}; else null."
        },
    )
    needs_review = ma.fields.Boolean(required=True)
    review_because = Word(ReviewCause, required=True, allow_none=True)
    objection = ma.fields.String(required=True, allow_none=True)
    objected_at = Instant(required=True, allow_none=True)
    reviewed_at = Instant(required=True, allow_none=True)
    reviewed_by_id = ma.fields.UUID(required=True, allow_none=True)
    review_note = ma.fields.String(required=True, allow_none=True)


class OwnRatingSchema(Schema):
    """A rating as its courier sees it: without who gave it, and without his words."""

    id = ma.fields.UUID(required=True)
    pickup_id = ma.fields.UUID(required=True)
    score = ma.fields.Integer(required=True)
    reasons = ma.fields.List(Word(FeedbackReason), required=True)
    about = Word(FeedbackAbout, required=True, allow_none=True)
    given_at = Instant(required=True)
    counts = ma.fields.Boolean(required=True)
    left_out_because = ma.fields.String(required=True, allow_none=True)
    text = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Says why it does not count."}
    )
    under_review = ma.fields.Boolean(required=True)
    objected_at = Instant(required=True, allow_none=True)
    reviewed_at = Instant(required=True, allow_none=True)


FeedbackPageSchema = page_of(FeedbackSchema)
OwnRatingPageSchema = page_of(OwnRatingSchema)


class FeedbackQuerySchema(PageQuerySchema):
    needs_review = ma.fields.Boolean()
    score_at_most = ma.fields.Integer(validate=ma.validate.Range(1, 5))
    pickup_id = ma.fields.UUID()
    courier_id = ma.fields.UUID()


class ObjectToFeedbackSchema(Schema):
    reason = Text(min_length=1, max_length=500, lines=True, required=True)


class ReviewFeedbackSchema(Schema):
    counts = YesNo(required=True)
    reason = Text(min_length=1, max_length=500, lines=True, required=True)
