"""Notices (decided once), deliveries (attempted at least once), the senders' own state, and paused kinds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import Channel, DeliveryState, NoticeState
from api.models.base import Base, HasId

AT_WORK = text("(state = 'pending' OR falls_back_at IS NOT NULL OR climbs_at IS NOT NULL)")
"""Notices that may still reach somebody. Queries say it in the very words of the index that serves them."""


class Notice(Base, HasId):
    """One message to one person. Texts are made when it leaves or is read; here are only its facts.

    The id is made of the `dedupe_key` (`domain.notice_kinds.notice_id`), so that it is known beforehand.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_staff_id_decided_at", "staff_id", "decided_at"),
        Index("ix_notices_contact_id_decided_at", "contact_id", "decided_at"),
        # Messages to contacts are counted for reports.
        Index(
            "ix_notices_branch_id_to_contacts",
            "branch_id",
            "decided_at",
            postgresql_where=text("contact_id IS NOT NULL"),
            sqlite_where=text("contact_id IS NOT NULL"),
        ),
        # What was written about a pickup is shown, and counted before more is written.
        Index(
            "ix_notices_pickup_id_to_contacts",
            "pickup_id",
            postgresql_where=text("contact_id IS NOT NULL"),
            sqlite_where=text("contact_id IS NOT NULL"),
        ),
        # What is finished is deleted one day; what is still on its way is not even looked at.
        Index(
            "ix_notices_branch_id_settled_at",
            "branch_id",
            "settled_at",
            postgresql_where=text("settled_at IS NOT NULL"),
            sqlite_where=text("settled_at IS NOT NULL"),
        ),
        Index(
            "ix_notices_thread_at_work",
            "thread",
            postgresql_where=AT_WORK,
            sqlite_where=AT_WORK,
        ),
        # What is held, falls back or climbs is looked for every few seconds: the few, never the many.
        Index(
            "ix_notices_held_until",
            "held_until",
            postgresql_where=text("held_until IS NOT NULL"),
            sqlite_where=text("held_until IS NOT NULL"),
        ),
        Index(
            "ix_notices_falls_back_at",
            "falls_back_at",
            postgresql_where=text("falls_back_at IS NOT NULL"),
            sqlite_where=text("falls_back_at IS NOT NULL"),
        ),
        Index(
            "ix_notices_climbs_at",
            "climbs_at",
            postgresql_where=text("climbs_at IS NOT NULL"),
            sqlite_where=text("climbs_at IS NOT NULL"),
        ),
        # A digest counts those of its notices that are still unread.
        Index(
            "ix_notices_digest_id",
            "digest_id",
            postgresql_where=text("digest_id IS NOT NULL"),
            sqlite_where=text("digest_id IS NOT NULL"),
        ),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    kind: Mapped[str] = mapped_column(String(32))
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    thread: Mapped[str] = mapped_column(String(80))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"))
    pickup_id: Mapped[UUID | None]
    wait_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    link_id: Mapped[UUID | None]
    variables: Mapped[dict[str, Any]]
    """Numbers and codes for the text. Never a name, a phone or a token."""
    state: Mapped[NoticeState] = mapped_column(default=NoticeState.PENDING)
    decided_at: Mapped[datetime]
    useful_until: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    """Decided, but not yet on its way: until then it may be joined with others into one digest."""
    digest_id: Mapped[UUID | None]
    """The notice that told of this one and others together."""
    snoozes: Mapped[int] = mapped_column(default=0)
    falls_back_at: Mapped[datetime | None]
    """When somebody who has not seen it is written to by another way; None once that was decided."""
    climbs_at: Mapped[datetime | None]
    """When the next one up is told that nobody has acknowledged it, or nobody is waited for any longer.

    None where nobody need acknowledge it, or somebody has.
    """
    climbs: Mapped[int] = mapped_column(default=0)


class Delivery(Base, HasId):
    """Brings one notice to one address. Every write after the claim names the lease token."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel", "address_key"),
        Index(
            "ix_deliveries_due",
            # The channel first: thousands of pushes that wait must not stand before the one e-mail.
            "channel",
            "next_at",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
        # The few that failed for good are counted and listed for operators.
        Index(
            "ix_deliveries_dead",
            "settled_at",
            postgresql_where=text("state = 'dead'"),
            sqlite_where=text("state = 'dead'"),
        ),
        Index(
            "ix_deliveries_lease",
            "lease_until",
            postgresql_where=text("state = 'leased'"),
            sqlite_where=text("state = 'leased'"),
        ),
    )

    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notices.id"))
    channel: Mapped[Channel]
    address_key: Mapped[str] = mapped_column(String(64))
    """The device's id for a push, else "contact": the address itself is read when the message leaves."""
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(32))
    last_error: Mapped[str | None] = mapped_column(String(200))
    provider_ref: Mapped[str | None] = mapped_column(String(200))
    settled_at: Mapped[datetime | None]


class SenderState(Base):
    """How a channel's sender stands (`domain.sender_breaker`): paused, feeling its way, or free."""

    __tablename__ = "sender_states"

    channel: Mapped[Channel] = mapped_column(primary_key=True)
    slots: Mapped[int | None]
    """How many sends may be under way, in all processes together; None for as many as there are."""
    failures: Mapped[int | None]
    refused_at: Mapped[datetime | None]
    """Since when our credentials are refused; None again after the first good answer."""
    paused_until: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(200))
    changed_at: Mapped[datetime]


class PausedKind(Base, HasId):
    """A kind of notice that goes to the inbox only in a branch, since it flooded somebody."""

    __tablename__ = "paused_kinds"
    __table_args__ = (
        # Paused once at a time, kept by the database itself.
        Index(
            "uq_paused_kinds_paused",
            "branch_id",
            "kind",
            unique=True,
            postgresql_where=text("resumed_at IS NULL"),
            sqlite_where=text("resumed_at IS NULL"),
        ),
        Index("ix_paused_kinds_branch_id_resumed_at", "branch_id", "resumed_at"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    kind: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(200))
    paused_at: Mapped[datetime]
    resumed_at: Mapped[datetime | None]
