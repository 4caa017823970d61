"""Notices (decided once) and deliveries (attempted at least once), and the senders' own state."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import Channel, DeliveryState, NoticeState
from api.models.base import Base, HasId


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
            "ix_notices_thread",
            "thread",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
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


class Delivery(Base, HasId):
    """Brings one notice to one address. Every write after the claim names the lease token."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel", "address_key"),
        Index(
            "ix_deliveries_due",
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
    """Whether a channel's sender is paused (429) or stopped (401/403), and until when."""

    __tablename__ = "sender_states"

    channel: Mapped[Channel] = mapped_column(primary_key=True)
    paused_until: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(200))
    changed_at: Mapped[datetime]
