"""Branches, their logos, and the versions of their policies."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import Locale, ProofType
from api.models.base import Base, HasId, HasVersion


class Branch(Base, HasId, HasVersion):
    __tablename__ = "branches"

    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64))
    locale: Mapped[Locale]
    currency: Mapped[str] = mapped_column(String(3))
    hotline: Mapped[str | None] = mapped_column(String(32))
    accent_colour: Mapped[str | None] = mapped_column(String(7))
    """"#rrggbb" in lower case, readable by the rules of `domain.branding`; None is the house's own."""
    logo_sha256: Mapped[str | None] = mapped_column(String(64))
    """Under which name the logo is served; None without one."""
    working_hours: Mapped[dict[str, Any]]
    """Weekday ("mon" ... "sun") to [opens, closes] in local time; a closed day has no entry."""
    holiday_region: Mapped[str | None] = mapped_column(String(10))
    """Whose public holidays are kept: "CN", "DE-BY". None: those of the country of the time zone."""
    last_case_number: Mapped[int | None]
    """Cases of a branch are numbered from 1 without a gap."""
    created_at: Mapped[datetime]


class BranchLogo(Base, HasId):
    """The bytes of a branch's logo, apart from the branch, which is read with every page and event."""

    __tablename__ = "branch_logos"

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    type: Mapped[ProofType]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    set_at: Mapped[datetime]


class BranchPolicyVersion(Base, HasId):
    """One version of a branch's policy. Old versions stay: running waits refer to them."""

    __tablename__ = "branch_policies"
    __table_args__ = (UniqueConstraint("branch_id", "version"),)

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    version: Mapped[int]
    settings: Mapped[dict[str, Any]]
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
