"""The wait slip as it is shown, and the words by which it is signed."""

from marshmallow import fields

from api.domain.vocabulary import Quality, Trust, WaitCause, WaitOutcome
from api.schemas.base import Schema, ServerNowSchema
from api.schemas.fields import Instant, Sha256, Text, Word
from api.schemas.proofs import MentionedProofSchema


class AcknowledgementSchema(Schema):
    """Who signed for a wait."""

    signer_name = fields.String(required=True)
    proof_sha256 = Sha256(required=True, allow_none=True)
    acknowledged_at = Instant(required=True)
    slip_hash = Sha256(required=True, metadata={"description": "Of what the slip said when it was signed."})
    changed_since = fields.Boolean(
        required=True, metadata={"description": "The slip now says something else than what was signed."}
    )


class SlipWaitSchema(Schema):
    """One wait. What has not happened, or is not known, is null."""

    wait_id = fields.UUID(required=True)
    attempt = fields.Integer(required=True)
    courier_name = fields.String(
        required=True, metadata={"description": "The family name; 王** or A* Smith."}
    )
    arrived_at = Instant(required=True)
    promised_ready_at = Instant(
        required=True, allow_none=True, metadata={"description": "What was promised when the courier came."}
    )
    clock_started_at = Instant(required=True)
    limit_seconds = fields.Integer(required=True)
    handover_started_at = Instant(required=True, allow_none=True)
    departed_at = Instant(required=True, allow_none=True)
    dwell_seconds = fields.Integer(required=True, allow_none=True)
    avoidable_wait_seconds = fields.Integer(required=True, allow_none=True)
    outcome = Word(WaitOutcome, required=True, allow_none=True)
    cause = Word(WaitCause, required=True, allow_none=True)
    protected = fields.Boolean(required=True)
    trust = Word(Trust, required=True)
    quality = Word(Quality, required=True)
    acknowledgement = fields.Nested(AcknowledgementSchema, required=True, allow_none=True)


class WaitSlipSchema(ServerNowSchema):
    """The waits of one pickup, oldest first; arrivals that were undone are not on it."""

    pickup_id = fields.UUID(required=True)
    external_ref = fields.String(required=True)
    branch_name = fields.String(required=True)
    hotline = fields.String(required=True, allow_none=True)
    timezone = fields.String(required=True)
    customer_name = fields.String(required=True)
    site_name = fields.String(required=True)
    window_start = Instant(required=True)
    window_end = Instant(required=True)
    waits = fields.List(fields.Nested(SlipWaitSchema), required=True)
    proofs = fields.List(fields.Nested(MentionedProofSchema), required=True)


class AcknowledgeWaitSlipSchema(Schema):
    signer_name = Text(max_length=80, min_length=1, required=True)
    proof_sha256 = Sha256(
        allow_none=True,
        metadata={"description": "The signature as a picture, sent by `PUT /v1/proofs/{sha256}`."},
    )
