"""Customers, their contacts and their sites. Business names are plain; what is about a person is sealed."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import ContactChannel, CustomerState, Grade, Locale
from api.models.base import Base, HasId, HasVersion
from api.models.types import KeyedHash, Sealed, SealedDate


class Customer(Base, HasId, HasVersion):
    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("branch_id", "code"),
        Index("ix_customers_branch_id_owner_id", "branch_id", "owner_id"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    industry: Mapped[str | None] = mapped_column(String(80))
    grade: Mapped[Grade | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"), index=True)
    state: Mapped[CustomerState] = mapped_column(default=CustomerState.ACTIVE)
    founded_on: Mapped[date | None]
    """The company's own birthday, on which its contacts are congratulated."""
    wait_limit_seconds: Mapped[int | None]
    """Replaces the limit of the customer's grade and of the branch."""
    created_at: Mapped[datetime]


class Contact(Base, HasId, HasVersion):
    __tablename__ = "contacts"
    __table_args__ = (
        CheckConstraint("(hours_start IS NULL) = (hours_end IS NULL)", name="both_hours_or_none"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    name: Mapped[str] = mapped_column(Sealed("contacts.name"))
    phone: Mapped[str | None] = mapped_column(Sealed("contacts.phone"))
    phone_index: Mapped[str | None] = mapped_column(KeyedHash("contacts.phone"), index=True)
    email: Mapped[str | None] = mapped_column(Sealed("contacts.email"))
    locale: Mapped[Locale]
    birthday: Mapped[date | None] = mapped_column(SealedDate("contacts.birthday"))
    birthday_index: Mapped[str | None] = mapped_column(KeyedHash("contacts.birthday"), index=True)
    """Month and day ("03-14"), keyed: whose birthday it is today can be asked without reading any."""
    opted_out_at: Mapped[datetime | None]
    preferred_channel: Mapped[ContactChannel | None]
    sms_failed_at: Mapped[datetime | None]
    chat_failed_at: Mapped[datetime | None]
    email_failed_at: Mapped[datetime | None]
    """Since when nothing reaches him by that channel; a new address takes it back."""
    hours_start: Mapped[time | None]
    hours_end: Mapped[time | None]
    """When he may be written to, local to the branch; the branch's own hours where he names none."""
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    """Since when nothing is known of the person any more; the row stays for what refers to it."""

    @property
    def undeliverable(self) -> list[ContactChannel]:
        """The channels by which nothing reaches him."""
        failures = {
            ContactChannel.SMS: self.sms_failed_at,
            ContactChannel.CHAT: self.chat_failed_at,
            ContactChannel.EMAIL: self.email_failed_at,
        }
        return [channel for channel, failed_at in failures.items() if failed_at is not None]


class Site(Base, HasId, HasVersion):
    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("customer_id", "name"),)

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(Sealed("sites.address"))
    latitude: Mapped[float]
    longitude: Mapped[float]
    radius_m: Mapped[int]
    wait_limit_seconds: Mapped[int | None]
    """The nearest limit: it replaces the customer's, the grade's and the branch's."""
    papers: Mapped[list[str] | None]
    """Short names of the papers that go along from here, for the tick "papers printed"; None: none listed."""
    created_at: Mapped[datetime]
