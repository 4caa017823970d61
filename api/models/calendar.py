"""Calendars: which days a branch works against the region's habit, and the links to the reps' own feeds."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId


class CalendarDay(Base, HasId):
    """One day on which the branch does otherwise than its week and the region's holidays say."""

    __tablename__ = "calendar_days"
    __table_args__ = (UniqueConstraint("branch_id", "day_on"),)

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    day_on: Mapped[date]
    is_worked: Mapped[bool]
    note: Mapped[str | None] = mapped_column(String(80))
    set_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    set_at: Mapped[datetime]


class CalendarLink(Base, HasId):
    """The capability link of one person's calendar feed. Its token is made again from id and key."""

    __tablename__ = "calendar_links"
    __table_args__ = (
        Index(
            "uq_calendar_links_live",
            "staff_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
            sqlite_where=text("revoked_at IS NULL"),
        ),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    key_id: Mapped[str] = mapped_column(String(8))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
