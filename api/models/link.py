"""Capability links for contacts. The token is never stored: it can be made again from id and key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import LinkPurpose
from api.models.base import Base, HasId


class Link(Base, HasId):
    __tablename__ = "links"
    __table_args__ = (
        Index("ix_links_pickup_id_purpose", "pickup_id", "purpose"),
        # What has ended is deleted one day.
        Index("ix_links_branch_id_expires_at", "branch_id", "expires_at"),
        Index(
            "ix_links_branch_id_revoked_at",
            "branch_id",
            "revoked_at",
            postgresql_where=text("revoked_at IS NOT NULL"),
            sqlite_where=text("revoked_at IS NOT NULL"),
        ),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), index=True)
    pickup_id: Mapped[UUID | None] = mapped_column(ForeignKey("pickups.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    purpose: Mapped[LinkPurpose]
    key_id: Mapped[str] = mapped_column(String(8))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
