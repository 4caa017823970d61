"""Transfers: all that one rep held, moved to others, and each piece of it, so that it can be moved back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import TransferredKind
from api.models.base import Base, HasId


class Transfer(Base, HasId):
    __tablename__ = "transfers"
    __table_args__ = (Index("ix_transfers_branch_id_made_at", "branch_id", "made_at"),)

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    from_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    made_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    counts: Mapped[dict[str, Any]]
    """How many of each `TransferredKind` there were."""
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class TransferItem(Base, HasId):
    """One piece that moved. The former holder is the transfer's `from_id`."""

    __tablename__ = "transfer_items"
    __table_args__ = (UniqueConstraint("transfer_id", "kind", "subject_id"),)

    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("transfers.id"))
    kind: Mapped[TransferredKind]
    subject_id: Mapped[UUID]
    to_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
