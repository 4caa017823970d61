"""What couriers' phones report. Rows are facts: of none is changed but what it counts for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import EventOutcome, FieldEventType, Quality, Trust
from api.models.base import Base, HasId


class FieldEvent(Base, HasId):
    """`occurred_at` is the phone's claim, `effective_at` the corrected time, `received_at` our clock."""

    __tablename__ = "field_events"
    __table_args__ = (
        UniqueConstraint("courier_id", "event_id"),
        Index("ix_field_events_pickup_id_effective_at", "pickup_id", "effective_at"),
        Index(
            "ix_field_events_courier_id_seen",
            "courier_id",
            "effective_at",
            postgresql_where=text("latitude IS NOT NULL"),
            sqlite_where=text("latitude IS NOT NULL"),
        ),
    )

    event_id: Mapped[UUID]
    courier_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    pickup_id: Mapped[UUID] = mapped_column(ForeignKey("pickups.id"))
    wait_id: Mapped[UUID | None]
    """Like `outcome`, it follows the fold of the pickup's events when an earlier one becomes known."""
    type: Mapped[FieldEventType]
    body_hash: Mapped[str] = mapped_column(String(64))
    occurred_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    received_at: Mapped[datetime]
    quality: Mapped[Quality]
    late: Mapped[bool] = mapped_column(default=False)
    boot_id: Mapped[str | None] = mapped_column(String(64))
    monotonic_ms: Mapped[int | None] = mapped_column(BigInteger)
    seq: Mapped[int | None] = mapped_column(BigInteger)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    mock: Mapped[bool | None]
    trust: Mapped[Trust]
    data: Mapped[dict[str, Any]]
    outcome: Mapped[EventOutcome]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What the phone was told, repeated word for word when it sends the event again."""
