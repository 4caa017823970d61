"""Staff members, the API keys of machine accounts, and the counters that slow down guessing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import Locale, Role
from api.models.base import Base, HasId, HasVersion
from api.models.types import KeyedHash, Sealed


class StaffMember(Base, HasId, HasVersion):
    __tablename__ = "staff"
    __table_args__ = (Index("ix_staff_branch_id_role", "branch_id", "role"),)

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    role: Mapped[Role]
    name: Mapped[str] = mapped_column(Sealed("staff.name"))
    phone: Mapped[str | None] = mapped_column(Sealed("staff.phone"))
    phone_index: Mapped[str | None] = mapped_column(KeyedHash("staff.phone"), unique=True)
    locale: Mapped[Locale]
    timezone: Mapped[str | None] = mapped_column(String(64))
    """Where he works, if that is not the branch's own time zone."""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    token_epoch: Mapped[int] = mapped_column(default=1)
    """Raised when role, password or activity changes: tokens of an earlier epoch are refused at once."""
    deactivated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    """Since when nothing is known of the person any more; what he did stays, by a former staff member."""


class ApiKey(Base, HasId):
    """The credential of an `integration`. The key itself is shown once and never stored."""

    __tablename__ = "api_keys"

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignInThrottle(Base):
    """Failed sign-ins of one account, one address or one network, counted in a window."""

    __tablename__ = "sign_in_throttles"

    subject: Mapped[str] = mapped_column(KeyedHash("throttle"), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    window_started_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
