"""Visits: a sales rep's calls on customers, planned and done."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import VisitState
from api.models.base import Base, HasId, HasVersion
from api.models.types import Sealed


class Visit(Base, HasId, HasVersion):
    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_rep_id_planned_on", "rep_id", "planned_on"),
        Index("ix_visits_customer_id_completed_at", "customer_id", "completed_at"),
        Index("ix_visits_branch_id_planned_on", "branch_id", "planned_on"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[VisitState] = mapped_column(default=VisitState.PLANNED)
    purpose: Mapped[str | None] = mapped_column(String(200))
    planned_on: Mapped[date]
    starts_at: Mapped[datetime | None]
    """A fixed appointment; None when only the day is planned."""
    checked_in_at: Mapped[datetime | None]
    check_in_distance_m: Mapped[int | None]
    completed_at: Mapped[datetime | None]
    findings: Mapped[str | None] = mapped_column(Sealed("visits.findings"))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Mood, competitor, needs and next steps as codes and dates; free text goes to `findings`."""
    cancel_reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
