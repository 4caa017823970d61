"""Occasions: days on which a contact is congratulated, each once a year."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import OccasionKind
from api.models.base import Base, HasId, HasVersion


class Occasion(Base, HasId, HasVersion):
    """The row is the memory: what was put on a rep's list, or greeted, does not come a second time."""

    __tablename__ = "occasions"
    __table_args__ = (
        UniqueConstraint("contact_id", "kind", "year"),
        Index("ix_occasions_branch_id_falls_on", "branch_id", "falls_on"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    kind: Mapped[OccasionKind]
    year: Mapped[int]
    falls_on: Mapped[date]
    """When it is kept in that year, local to the branch: a birthday of 29 February, say, on the 28th."""
    noticed_at: Mapped[datetime]
    greeted_at: Mapped[datetime | None]
    greeted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
