"""Facts, append-only: who did what to which thing, when. No name, phone or token is ever in `data`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId


class EventRecord(Base, HasId):
    __tablename__ = "events"
    __table_args__ = (Index("ix_events_subject_type_subject_id_id", "subject_type", "subject_id", "id"),)

    branch_id: Mapped[UUID | None] = mapped_column(ForeignKey("branches.id"))
    name: Mapped[str] = mapped_column(String(64))
    subject_type: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[UUID]
    actor_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
