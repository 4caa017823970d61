"""Field reports: what was seen of a customer out in the field and his owner should know."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import FieldReportKind, FieldReportState, HouseFinding
from api.models.base import Base, HasId, HasVersion


class FieldReport(Base, HasId, HasVersion):
    """Reported by a courier, or by the house itself: then `reported_by_id` is None and `finding` says why."""

    __tablename__ = "field_reports"
    __table_args__ = (
        Index("ix_field_reports_branch_id_state", "branch_id", "state"),
        # The house does not say the same thing twice while nobody has dealt with it.
        Index(
            "uq_field_reports_open_of_house",
            "site_id",
            "kind",
            unique=True,
            postgresql_where=text("reported_by_id IS NULL AND state <> 'closed'"),
            sqlite_where=text("reported_by_id IS NULL AND state <> 'closed'"),
        ),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id"))
    kind: Mapped[FieldReportKind]
    state: Mapped[FieldReportState] = mapped_column(default=FieldReportState.OPEN)
    finding: Mapped[HouseFinding | None]
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The numbers behind a finding. Never a person."""
    reported_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    reported_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None]
