"""Field reports: what was seen of a customer out in the field, each time, and his owner should know."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import FieldReportKind, FieldReportOutcome, FieldReportState, HouseFinding
from api.models.base import Base, HasId, HasVersion
from api.models.types import Sealed


class FieldReport(Base, HasId, HasVersion):
    """Reported by somebody out there, or by the house itself: then `reported_by_id` is None.

    Whoever sees the same again within days confirms it: that is one more sighting, not one more report.
    """

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
    acknowledge_by_at: Mapped[datetime | None]
    """None in reports of the time before there was a deadline."""
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[FieldReportOutcome | None]
    outcome_note: Mapped[str | None] = mapped_column(Sealed("field_reports.outcome_note"))
    """Written for those who reported it."""


class FieldReportSighting(Base, HasId):
    """Somebody of ours saw it. The first sighting opened the report; a finding of the house has none."""

    __tablename__ = "field_report_sightings"
    __table_args__ = (
        Index("ix_field_report_sightings_report_id_seen_at", "report_id", "seen_at"),
        Index("ix_field_report_sightings_seen_by_id_seen_at", "seen_by_id", "seen_at"),
        Index("ix_field_report_sightings_photo_sha256", "photo_sha256"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("field_reports.id"))
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id"))
    pickup_id: Mapped[UUID | None] = mapped_column(ForeignKey("pickups.id"))
    seen_by_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[str | None] = mapped_column(Sealed("field_report_sightings.note"))
    photo_sha256: Mapped[str | None] = mapped_column(String(64))
    """The name of a proof, which may still be on its way; None when there is none, or it is past its time."""
    seen_at: Mapped[datetime]
