"""Pickups, who they were assigned to, and every readiness answer given for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import PickupState, ReadinessAnswer
from api.models.base import Base, HasId, HasVersion


class Pickup(Base, HasId, HasVersion):
    """The state is the fold of the pickup's field events; `readiness_*` repeats the newest answer."""

    __tablename__ = "pickups"
    __table_args__ = (
        UniqueConstraint("branch_id", "external_ref"),
        Index("ix_pickups_branch_id_window_start", "branch_id", "window_start"),
        Index("ix_pickups_courier_id_window_start", "courier_id", "window_start"),
        # How far a site's promises can be believed is read off its newest answered pickups.
        Index(
            "ix_pickups_site_id_answered",
            "site_id",
            "readiness_answered_at",
            postgresql_where=text("readiness_answered_at IS NOT NULL"),
            sqlite_where=text("readiness_answered_at IS NOT NULL"),
        ),
        Index(
            "ix_pickups_ping_due_at",
            "ping_due_at",
            postgresql_where=text("ping_due_at IS NOT NULL"),
            sqlite_where=text("ping_due_at IS NOT NULL"),
        ),
        Index(
            "ix_pickups_feedback_due_at",
            "feedback_due_at",
            postgresql_where=text("feedback_due_at IS NOT NULL"),
            sqlite_where=text("feedback_due_at IS NOT NULL"),
        ),
        Index(
            "ix_pickups_lateness_due_at",
            "lateness_due_at",
            postgresql_where=text("lateness_due_at IS NOT NULL"),
            sqlite_where=text("lateness_due_at IS NOT NULL"),
        ),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("sites.id"), index=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), index=True)
    external_ref: Mapped[str] = mapped_column(String(64))
    booking_hash: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the booking as first sent: the same again is a repeat, another one a conflict."""
    state: Mapped[PickupState] = mapped_column(default=PickupState.BOOKED)
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    eta_at: Mapped[datetime | None]
    courier_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    assigned_at: Mapped[datetime | None]
    parcels_expected: Mapped[int | None]
    parcels_collected: Mapped[int | None]
    readiness_answer: Mapped[ReadinessAnswer | None]
    readiness_answered_at: Mapped[datetime | None]
    promised_ready_at: Mapped[datetime | None]
    """When the contact said goods will be ready: the instant of "ready", or of the answer + N minutes."""
    goods_packed: Mapped[bool | None]
    papers_printed: Mapped[bool | None]
    ping_due_at: Mapped[datetime | None]
    """When the next readiness ping or reminder is due; None when none is left to send."""
    pings_sent: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime | None]
    """When the contact was last asked for this window: the reminder keeps its distance."""
    feedback_due_at: Mapped[datetime | None]
    lateness_due_at: Mapped[datetime | None]
    """When to look whether the courier has come; None when nobody is awaited."""
    arrivals_undone: Mapped[int] = mapped_column(default=0)
    last_event_at: Mapped[datetime | None]
    """Corrected time of the newest field event. One that came before it makes all be folded again."""
    story_began_at: Mapped[datetime | None]
    """Events received before this belong to an earlier assignment or window, and are not folded again."""
    cancel_reason: Mapped[str | None] = mapped_column(String(200))
    rescheduled_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("pickups.id"), index=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class PickupAssignment(Base, HasId):
    """Who held the pickup from when to when: what an offline courier did before a reassignment is kept."""

    __tablename__ = "pickup_assignments"

    pickup_id: Mapped[UUID] = mapped_column(ForeignKey("pickups.id"), index=True)
    courier_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    assigned_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ReadinessRecord(Base, HasId):
    """One version of a contact's answer. None is ever changed."""

    __tablename__ = "readiness_answers"

    pickup_id: Mapped[UUID] = mapped_column(ForeignKey("pickups.id"), index=True)
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("links.id"), index=True)
    answer: Mapped[ReadinessAnswer]
    minutes: Mapped[int | None]
    goods_packed: Mapped[bool | None]
    papers_printed: Mapped[bool | None]
    parcels: Mapped[int | None]
    promised_ready_at: Mapped[datetime | None]
    answered_at: Mapped[datetime]
