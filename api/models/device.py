"""Phones that receive pushes. One address belongs to one session."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import AddressKind, Platform
from api.models.base import Base, HasId


class Device(Base, HasId):
    __tablename__ = "devices"
    __table_args__ = (
        UniqueConstraint("staff_id", "installation_id"),
        # Who is to be told silently is looked for every few seconds: the few, never the many.
        Index(
            "ix_devices_refresh_wanted_at",
            "refresh_wanted_at",
            postgresql_where=text("refresh_wanted_at IS NOT NULL"),
            sqlite_where=text("refresh_wanted_at IS NOT NULL"),
        ),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("staff_sessions.id"), index=True)
    installation_id: Mapped[str] = mapped_column(String(64))
    push_address: Mapped[str] = mapped_column(String(4096), unique=True)
    address_kind: Mapped[AddressKind]
    platform: Mapped[Platform]
    app_version: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    refresh_wanted_at: Mapped[datetime | None]
    """Since when its feed has something new that nothing visible has told of."""
    refreshed_at: Mapped[datetime | None]
    """When it was last told so silently."""
