"""Waits and their timers. Instants only: remaining time is computed by whoever shows it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import (
    ExtensionState,
    Quality,
    TimerKind,
    TimerState,
    Trust,
    WaitCause,
    WaitOutcome,
    WaitState,
)
from api.models.base import Base, HasId


class Wait(Base, HasId):
    __tablename__ = "waits"
    __table_args__ = (
        UniqueConstraint("pickup_id", "attempt"),
        # One running wait per pickup, kept by the database itself.
        Index(
            "uq_waits_running",
            "pickup_id",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
            sqlite_where=text("state <> 'closed'"),
        ),
        Index(
            "ix_waits_branch_id_running",
            "branch_id",
            "arrived_at",
            postgresql_where=text("state <> 'closed'"),
            sqlite_where=text("state <> 'closed'"),
        ),
        Index("ix_waits_branch_id_arrived_at", "branch_id", "arrived_at"),
        Index(
            "ix_waits_branch_id_needs_review",
            "branch_id",
            "arrived_at",
            postgresql_where=text("needs_review"),
            sqlite_where=text("needs_review"),
        ),
        Index(
            "ix_waits_extension_open",
            "extension_asked_at",
            postgresql_where=text("extension_state = 'requested' AND state <> 'closed'"),
            sqlite_where=text("extension_state = 'requested' AND state <> 'closed'"),
        ),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    pickup_id: Mapped[UUID] = mapped_column(ForeignKey("pickups.id"))
    courier_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    attempt: Mapped[int]
    state: Mapped[WaitState] = mapped_column(default=WaitState.OPEN)
    outcome: Mapped[WaitOutcome | None]
    arrived_at: Mapped[datetime]
    clock_started_at: Mapped[datetime]
    """The latest of arrival, window start and promised ready time; may lie in the future (early)."""
    limit_seconds: Mapped[int]
    deadline_at: Mapped[datetime]
    generation: Mapped[int] = mapped_column(default=1)
    """Raised when the deadline moves: timers of an older generation can never fire."""
    policy_version: Mapped[int]
    loading_limit_seconds: Mapped[int | None]
    extension_max_minutes: Mapped[int | None]
    """Like the limit, both stay what they were when the wait began, whatever the policy says later.

    None in waits that began before this was kept: the defaults hold for them.
    """
    trust: Mapped[Trust]
    quality: Mapped[Quality]
    handover_started_at: Mapped[datetime | None]
    departed_at: Mapped[datetime | None]
    cause: Mapped[WaitCause | None]
    protected: Mapped[bool] = mapped_column(default=False)
    needs_review: Mapped[bool] = mapped_column(default=False)
    """A leave that would count against the customer, but whose place is not proven."""
    dwell_seconds: Mapped[int | None]
    avoidable_wait_seconds: Mapped[int | None]
    extension_state: Mapped[ExtensionState | None]
    extension_minutes: Mapped[int | None]
    extension_asked_at: Mapped[datetime | None]
    extension_asked_by: Mapped[str | None]
    extension_decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class WaitTimer(Base, HasId):
    """One decision of the ladder at one absolute instant. Only the next rung is armed."""

    __tablename__ = "wait_timers"
    __table_args__ = (
        UniqueConstraint("wait_id", "kind", "generation"),
        Index(
            "ix_wait_timers_due",
            "due_at",
            postgresql_where=text("state = 'armed'"),
            sqlite_where=text("state = 'armed'"),
        ),
    )

    wait_id: Mapped[UUID] = mapped_column(ForeignKey("waits.id"))
    kind: Mapped[TimerKind]
    generation: Mapped[int]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """After this instant the rung is of no more use: it becomes `superseded`, and nobody is told."""
    state: Mapped[TimerState] = mapped_column(default=TimerState.ARMED)
    fired_at: Mapped[datetime | None]
