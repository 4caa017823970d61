"""Plans of a rep's week: when one was made and whom it leaves out. What it proposes are rows of `visits`."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId, HasVersion


class WeekPlan(Base, HasId, HasVersion):
    """One for each rep and week: planning the same week again makes the row newer, never a second one."""

    __tablename__ = "visit_plans"
    __table_args__ = (
        UniqueConstraint("rep_id", "week_starts_on"),
        Index("ix_visit_plans_branch_id_week_starts_on", "branch_id", "week_starts_on"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    week_starts_on: Mapped[date]
    """A Monday."""
    left_out: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Who is due and not proposed, each with the code of a reason; the most urgent first."""
    made_at: Mapped[datetime]
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """None when the house planned by itself."""
