"""Photos and signatures that couriers sent as proof, and where they were named. The bytes lie in files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import FieldEventType, ProofType
from api.models.base import Base, HasId


class Proof(Base, HasId):
    """A picture that has come. Two couriers who send the same bytes have a row each, and share the file."""

    __tablename__ = "proofs"
    __table_args__ = (
        UniqueConstraint("uploader_id", "sha256"),
        Index("ix_proofs_uploader_id_stored_at", "uploader_id", "stored_at"),
        Index("ix_proofs_branch_id_stored_at", "branch_id", "stored_at"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    uploader_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    type: Mapped[ProofType]
    size_bytes: Mapped[int]
    stored_at: Mapped[datetime]


class ProofMention(Base, HasId):
    """A courier named a picture at a pickup, by an event or at the signing; it may be still to come."""

    __tablename__ = "proof_mentions"
    __table_args__ = (
        UniqueConstraint("pickup_id", "courier_id", "sha256"),
        Index("ix_proof_mentions_sha256_courier_id", "sha256", "courier_id"),
        Index("ix_proof_mentions_mentioned_at", "mentioned_at"),
    )

    pickup_id: Mapped[UUID] = mapped_column(ForeignKey("pickups.id"))
    courier_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    event_type: Mapped[FieldEventType | None]
    """None when it was named at the signing of the wait slip."""
    mentioned_at: Mapped[datetime]
