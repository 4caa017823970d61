"""From which networks staff were lately signed in, as keyed hashes. Rows are kept for a day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base
from api.models.types import KeyedHash


class StaffNetwork(Base):
    """The address itself is not kept: it can only be asked whether another one is the same."""

    __tablename__ = "staff_networks"
    __table_args__ = (Index("ix_staff_networks_seen_at", "seen_at"),)

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    network: Mapped[str] = mapped_column(KeyedHash("staff_networks.network"), primary_key=True)
    seen_at: Mapped[datetime]
