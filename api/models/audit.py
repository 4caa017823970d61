"""The audit trail beside the facts: where each came from, its place in the chain, and signed checkpoints.

Triggers keep these rows, and the facts: docs/audit.md says what they refuse. Nothing here is ever edited.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.domain.audit import Via
from api.domain.audit_chain import CheckpointKind
from api.domain.vocabulary import Role
from api.models.base import Base, HasId
from api.models.event_record import EventRecord
from api.models.types import Sealed


class AuditEntry(Base):
    """One fact's entry in the trail; `position` and `hash` are given once, by the job that chains."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        # Its index has what waits for a place in one spot: looking for work costs nothing.
        UniqueConstraint("position"),
        CheckConstraint("(position IS NULL) = (hash IS NULL)", name="chained_whole"),
        Index("ix_audit_entries_branch_id_id", "branch_id", "id"),
        Index("ix_audit_entries_branch_id_name_id", "branch_id", "name", "id"),
        Index("ix_audit_entries_about_id_id", "about_id", "id"),
        Index("ix_audit_entries_actor_id_id", "actor_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), primary_key=True)
    branch_id: Mapped[UUID | None] = mapped_column(ForeignKey("branches.id"))
    name: Mapped[str] = mapped_column(String(64))
    about_id: Mapped[UUID]
    """The fact's subject; of a session the member who has it."""
    actor_id: Mapped[UUID | None]
    via: Mapped[Via]
    address: Mapped[str | None] = mapped_column(Sealed("audit_entries.address"))
    session_id: Mapped[UUID | None]
    role: Mapped[Role | None]
    reason: Mapped[str | None] = mapped_column(Sealed("audit_entries.reason"))
    position: Mapped[int | None]
    hash: Mapped[str | None] = mapped_column(String(64))

    event: Mapped[EventRecord] = relationship(lazy="raise")


class AuditCheckpoint(Base, HasId):
    """A signed word on the chain: that it reached this place, or that it was purged up to here."""

    __tablename__ = "audit_checkpoints"
    __table_args__ = (UniqueConstraint("kind", "position"),)

    kind: Mapped[CheckpointKind]
    position: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(String(64))
