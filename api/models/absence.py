"""Absences of sales reps, and who stands in meanwhile."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId


class Absence(Base, HasId):
    __tablename__ = "absences"
    __table_args__ = (
        Index("ix_absences_branch_id_ends_at", "branch_id", "ends_at"),
        Index("ix_absences_staff_id_ends_at", "staff_id", "ends_at"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    stand_in_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    """Both days are included, in the branch's time zone."""
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    """The same as instants, the second exclusive; a recall from holiday brings it forward."""
    entered_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    entered_at: Mapped[datetime]
    ended_early_at: Mapped[datetime | None]
