"""Proposed orders of stops over HTTP."""

from marshmallow import fields

from api.domain.vocabulary import ProposalState, StopOrderReason
from api.schemas.base import Schema, ServerNowSchema
from api.schemas.fields import Instant, Word


class PlannedStopSchema(Schema):
    pickup_id = fields.UUID(required=True)
    eta_at = Instant(required=True)


class StopProposalSchema(ServerNowSchema):
    id = fields.UUID(required=True)
    pickup_id = fields.UUID(
        required=True, metadata={"description": "The pickup because of which it was proposed."}
    )
    courier_id = fields.UUID(required=True)
    reason = Word(StopOrderReason, required=True)
    stops = fields.List(
        fields.Nested(PlannedStopSchema),
        required=True,
        metadata={"description": "All next stops in the proposed order; nothing moves until it is accepted."},
    )
    state = Word(ProposalState, required=True)
    proposed_at = Instant(required=True)
    useful_until = Instant(
        required=True, metadata={"description": "What nobody has accepted by then is superseded."}
    )
    decided_at = Instant(required=True, allow_none=True)
    decided_by_id = fields.UUID(required=True, allow_none=True)
