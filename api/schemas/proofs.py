"""Photos and signatures as they are listed; the bytes themselves travel raw."""

from marshmallow import fields

from api.domain.vocabulary import FieldEventType, ProofState, ProofType
from api.schemas.base import Schema
from api.schemas.fields import Instant, Sha256, Word


class ProofSchema(Schema):
    """A picture that has come."""

    sha256 = Sha256(required=True)
    type = Word(ProofType, required=True)
    size_bytes = fields.Integer(required=True)
    stored_at = Instant(required=True)


class MentionedProofSchema(Schema):
    """A picture that was named at a pickup; it may still lie on a phone."""

    sha256 = Sha256(required=True)
    event = Word(
        FieldEventType, required=True, allow_none=True, metadata={"description": "Null: at the signing."}
    )
    mentioned_at = Instant(required=True)
    state = Word(ProofState, required=True)
    type = Word(ProofType, required=True, allow_none=True)
    size_bytes = fields.Integer(required=True, allow_none=True)
