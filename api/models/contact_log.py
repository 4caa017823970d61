"""The contact log: calls, chats, mails and meetings with a customer. Visits have a table of their own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import ContactWay
from api.models.base import Base, HasId
from api.models.types import Sealed


class LoggedContact(Base, HasId):
    __tablename__ = "contact_log"
    __table_args__ = (Index("ix_contact_log_customer_id_happened_at", "customer_id", "happened_at"),)

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    way: Mapped[ContactWay]
    note: Mapped[str | None] = mapped_column(Sealed("contact_log.note"))
    happened_at: Mapped[datetime]
    logged_at: Mapped[datetime]
