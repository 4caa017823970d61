"""Pickups over HTTP."""

from typing import Any

import marshmallow as ma

from api.domain.pickups import PickupBooking
from api.domain.vocabulary import PickupState, ProposedStep, ReadinessAnswer, ReadinessColour
from api.schemas.base import PageQuerySchema, Schema, ServerNowSchema, page_of
from api.schemas.fields import Day, Instant, Text, Whole, Word, YesNo

MOST_PARCELS = 10_000


class BookPickupSchema(Schema):
    external_ref = Text(
        min_length=1,
        max_length=64,
        required=True,
        metadata={"description": "Your own reference; booking it again returns the same pickup."},
    )
    site_id = ma.fields.UUID(required=True)
    contact_id = ma.fields.UUID(required=True)
    window_start = Instant(required=True)
    window_end = Instant(required=True)
    courier_id = ma.fields.UUID(allow_none=True)
    parcels_expected = Whole(0, MOST_PARCELS, allow_none=True)
    eta_at = Instant(allow_none=True)

    @ma.post_load
    def to_booking(self, values: dict[str, Any], **_: Any) -> PickupBooking:
        return PickupBooking(**values)


class ChangePickupSchema(Schema):
    contact_id = ma.fields.UUID()
    window_start = Instant()
    window_end = Instant()
    parcels_expected = Whole(0, MOST_PARCELS, allow_none=True)
    eta_at = Instant(allow_none=True)


class AssignPickupSchema(Schema):
    courier_id = ma.fields.UUID(required=True)


class ReschedulePickupSchema(Schema):
    window_start = Instant(required=True)
    window_end = Instant(required=True)


class CancelPickupSchema(Schema):
    reason = Text(max_length=200, load_default=None, allow_none=True)
    only_if_proposed = YesNo(
        load_default=False,
        metadata={"description": "Accept what the contact's answer proposes; 409 when it no longer does."},
    )


class PickupQuerySchema(PageQuerySchema):
    day = Day(metadata={"description": "A day of the branch; pickups whose window starts on it."})
    state = Word(PickupState)


class PickupSiteSchema(Schema):
    name = ma.fields.String(required=True)
    address = ma.fields.String(required=True)
    latitude = ma.fields.Float(required=True)
    longitude = ma.fields.Float(required=True)
    radius_m = ma.fields.Integer(required=True)
    papers = ma.fields.List(
        ma.fields.String(), required=True, allow_none=True, metadata={"description": "What goes along."}
    )


class PickupReadinessSchema(Schema):
    answer = Word(ReadinessAnswer, required=True, allow_none=True)
    answered_at = Instant(required=True, allow_none=True)
    age_seconds = ma.fields.Integer(required=True, allow_none=True)
    promised_ready_at = Instant(required=True, allow_none=True)
    goods_packed = ma.fields.Boolean(required=True, allow_none=True)
    papers_printed = ma.fields.Boolean(required=True, allow_none=True)
    colour = Word(ReadinessColour, required=True, metadata={"description": "Silence is grey, never green."})


class SitePromisesSchema(Schema):
    """What became of "ready" at this site: of the 20 newest answered pickups, those that promised it."""

    promised = ma.fields.Integer(required=True, attribute="accuracy.promised")
    kept = ma.fields.Integer(
        required=True,
        attribute="accuracy.kept",
        metadata={"description": "With at most 60 s of avoidable wait."},
    )
    share = ma.fields.Float(
        required=True,
        allow_none=True,
        attribute="accuracy.share",
        metadata={"description": "From 0 to 1; null under five promises."},
    )
    often_broken = ma.fields.Boolean(
        required=True, metadata={"description": "A warning to the courier: below the policy's share."}
    )


class PickupSchema(ServerNowSchema):
    id = ma.fields.UUID(required=True, attribute="pickup.id")
    external_ref = ma.fields.String(required=True, attribute="pickup.external_ref")
    state = Word(PickupState, required=True, attribute="pickup.state")
    customer_id = ma.fields.UUID(required=True, attribute="pickup.customer_id")
    customer_name = ma.fields.String(required=True)
    contact_id = ma.fields.UUID(required=True, attribute="pickup.contact_id")
    contact_name = ma.fields.String(
        required=True, metadata={"description": "To couriers, the family name only."}
    )
    site_id = ma.fields.UUID(required=True, attribute="pickup.site_id")
    site = ma.fields.Nested(PickupSiteSchema, required=True)
    courier_id = ma.fields.UUID(required=True, allow_none=True, attribute="pickup.courier_id")
    window_start = Instant(required=True, attribute="pickup.window_start")
    window_end = Instant(required=True, attribute="pickup.window_end")
    eta_at = Instant(required=True, allow_none=True, attribute="pickup.eta_at")
    parcels_expected = ma.fields.Integer(required=True, allow_none=True, attribute="pickup.parcels_expected")
    parcels_collected = ma.fields.Integer(
        required=True, allow_none=True, attribute="pickup.parcels_collected"
    )
    readiness = ma.fields.Nested(PickupReadinessSchema, required=True)
    promises = ma.fields.Nested(SitePromisesSchema, required=True)
    proposed_step = Word(
        ProposedStep,
        required=True,
        allow_none=True,
        metadata={"description": "What the contact's answer proposes to the dispatchers; they accept by it."},
    )
    cancel_reason = ma.fields.String(required=True, allow_none=True, attribute="pickup.cancel_reason")
    rescheduled_from_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        attribute="pickup.rescheduled_from_id",
        metadata={"description": "The pickup that was left or missed, when this is its second try."},
    )
    created_at = Instant(required=True, attribute="pickup.created_at")
    version = ma.fields.Integer(required=True)


PickupPageSchema = page_of(PickupSchema)
