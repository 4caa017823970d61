"""Shifts: from when to when somebody was at work. What a shift allows is decided in `domain.shifts`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId


class Shift(Base, HasId):
    __tablename__ = "shifts"
    __table_args__ = (
        # One open shift per person, kept by the database itself.
        Index(
            "uq_shifts_open",
            "staff_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_shifts_branch_id_open",
            "branch_id",
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index("ix_shifts_staff_id_started_at", "staff_id", "started_at"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
