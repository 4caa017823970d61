"""Cases: something a customer needs answered, and all that was said about it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import CaseCategory, CaseKind, CaseSaying, CaseState
from api.models.base import Base, HasId, HasVersion
from api.models.types import Sealed


class Case(Base, HasId, HasVersion):
    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("branch_id", "number"),
        Index("ix_cases_branch_id_state_respond_by_at", "branch_id", "state", "respond_by_at"),
        Index("ix_cases_state_respond_by_at", "state", "respond_by_at"),
        Index("ix_cases_owner_id_state", "owner_id", "state"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    number: Mapped[int]
    """What people call it: "case 118" of their branch."""
    kind: Mapped[CaseKind]
    category: Mapped[CaseCategory]
    state: Mapped[CaseState]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    pickup_id: Mapped[UUID | None] = mapped_column(ForeignKey("pickups.id"), index=True)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    opened_for: Mapped[str | None] = mapped_column(String(80), unique=True)
    """What opened it by itself, so that this happens once: `feedback:{id}`, `missed:{pickup id}`."""
    respond_by_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """When staff answered first; a case that is open again keeps it."""
    closed_at: Mapped[datetime | None]
    overdue_told_at: Mapped[datetime | None]


class CaseMessage(Base, HasId):
    """What one side said; `staff_id` names its author, else it was the contact, through `link_id`."""

    __tablename__ = "case_messages"
    __table_args__ = (Index("ix_case_messages_link_id_said_at", "link_id", "said_at"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    saying: Mapped[CaseSaying]
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("links.id"))
    text: Mapped[str | None] = mapped_column(Sealed("case_messages.text"))
    """None once its time is over: that something was said, when and by which side, stays."""
    said_at: Mapped[datetime]
