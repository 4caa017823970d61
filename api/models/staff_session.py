"""Signed-in phones: a session is one refresh-token family on one installation."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId


class StaffSession(Base, HasId):
    __tablename__ = "staff_sessions"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    installation_id: Mapped[str] = mapped_column(String(64))
    token_epoch: Mapped[int]
    """The staff member's epoch at sign-in; a later epoch ends the session."""
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """When its holder last gave his password again; some doors want it fresh."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(32))


class AccessToken(Base):
    __tablename__ = "access_tokens"
    __table_args__ = (Index("ix_access_tokens_expires_at", "expires_at"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("staff_sessions.id"), index=True)
    expires_at: Mapped[datetime]


class RefreshToken(Base):
    """One link of a family's chain. `parent_hash` is unique: a token has at most one successor."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("staff_sessions.id"), index=True)
    parent_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    successor_sealed: Mapped[str | None] = mapped_column(Text)
    """The successor's answer, sealed with a key from this token, for a repeat within 30 s; then erased."""
