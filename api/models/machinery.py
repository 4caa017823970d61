"""Rows the machine keeps for itself: answers to repeated requests, slots, counts, restores, revisions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId
from api.models.types import Sealed


class IdempotentAnswer(Base, HasId):
    """The answer to a write that carried an Idempotency-Key, kept 24 h for its caller alone."""

    __tablename__ = "idempotent_answers"
    __table_args__ = (
        UniqueConstraint("caller_id", "key_hash"),
        Index("ix_idempotent_answers_created_at", "created_at"),
    )

    caller_id: Mapped[UUID]
    key_hash: Mapped[str] = mapped_column(String(64))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[str] = mapped_column(String(1000))
    body: Mapped[str] = mapped_column(Sealed("idempotent_answers.body"))
    created_at: Mapped[datetime]


class JobSlot(Base):
    """One run of a calendar job on one local day: whoever inserts the row runs it."""

    __tablename__ = "job_slots"

    job: Mapped[str] = mapped_column(String(64), primary_key=True)
    slot: Mapped[str] = mapped_column(String(64), primary_key=True)
    claimed_at: Mapped[datetime]


class Heartbeat(Base):
    """When somebody was last seen alive who says so every few seconds."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    beaten_at: Mapped[datetime]


class Restoration(Base, HasId):
    """The database came out of a backup. What phones and pages were told between the two is not so."""

    __tablename__ = "restorations"

    restored_at: Mapped[datetime]


class ServedRevision(Base):
    """The code of this revision may serve the database as it is. `migrations/env.py` writes it."""

    __tablename__ = "served_revisions"

    revision: Mapped[str] = mapped_column(String(32), primary_key=True)


class RateCounter(Base):
    """When one budget of one caller will be whole again, by what all processes have counted.

    PostgreSQL only: on SQLite one process knows everything. A minute from now it is worth nothing, so there
    the table is unlogged: a crash empties it.
    """

    __tablename__ = "rate_counters"

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    """The budget's name, and a keyed hash of who draws on it."""
    # Without an index: nearly every write would have to move an entry in it, and whoever tidies up reads all.
    whole_at: Mapped[datetime]
