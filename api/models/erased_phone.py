"""Phone numbers of people who asked to be forgotten, as keyed hashes: nobody enters them again unawares."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId
from api.models.types import KeyedHash


class ErasedPhone(Base, HasId):
    """The hash has a purpose of its own: it cannot be compared with that of any other table."""

    __tablename__ = "erased_phones"
    __table_args__ = (UniqueConstraint("branch_id", "phone"),)

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    phone: Mapped[str] = mapped_column(KeyedHash("erased_phones.phone"))
    erased_at: Mapped[datetime]
