"""Where couriers were while on shift. Rows are kept for 30 days."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId


class CourierPosition(Base, HasId):
    __tablename__ = "courier_positions"
    __table_args__ = (
        UniqueConstraint("staff_id", "taken_at"),
        Index("ix_courier_positions_received_at", "received_at"),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[datetime]
    """The phone's word; nobody's day is judged by it."""
    latitude: Mapped[float]
    longitude: Mapped[float]
    accuracy_m: Mapped[float | None]
    mock: Mapped[bool | None]
    received_at: Mapped[datetime]
