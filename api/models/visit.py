"""Visits: a sales rep's calls on customers, planned and done."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import VisitObstacle, VisitState
from api.models.base import Base, HasId, HasVersion
from api.models.types import Sealed


class Visit(Base, HasId, HasVersion):
    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_rep_id_planned_on", "rep_id", "planned_on"),
        Index("ix_visits_customer_id_completed_at", "customer_id", "completed_at"),
        Index("ix_visits_branch_id_planned_on", "branch_id", "planned_on"),
        # Nobody is called on twice a day, and proposed twice at once: whoever comes second is refused.
        Index(
            "uq_visits_open_of_day",
            "customer_id",
            "planned_on",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'planned')"),
            sqlite_where=text("state IN ('proposed', 'planned')"),
        ),
        Index(
            "uq_visits_proposed",
            "customer_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
            sqlite_where=text("state = 'proposed'"),
        ),
        Index(
            "ix_visits_starts_at_planned",
            "starts_at",
            postgresql_where=text("state = 'planned' AND starts_at IS NOT NULL"),
            sqlite_where=text("state = 'planned' AND starts_at IS NOT NULL"),
        ),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[VisitState] = mapped_column(default=VisitState.PLANNED)
    purpose: Mapped[str | None] = mapped_column(String(200))
    planned_on: Mapped[date]
    starts_at: Mapped[datetime | None]
    """A fixed appointment; None when only the day is planned."""
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit_plans.id"), index=True)
    because: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    """Why the planner proposed it, as codes and numbers; None when a person planned it."""
    checked_in_at: Mapped[datetime | None]
    check_in_distance_m: Mapped[int | None]
    completed_at: Mapped[datetime | None]
    findings: Mapped[str | None] = mapped_column(Sealed("visits.findings"))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Who was met, as ids, and codes; free text goes to the sealed columns."""
    needs: Mapped[str | None] = mapped_column(Sealed("visits.needs"))
    competitor: Mapped[str | None] = mapped_column(String(120))
    """The business name of a rival that was seen."""
    obstacle: Mapped[VisitObstacle | None]
    cancel_reason: Mapped[str | None] = mapped_column(String(200))
    overdue_told_at: Mapped[datetime | None]
    """When the managers heard that it is overdue; moving the visit takes it back."""
    created_at: Mapped[datetime]
