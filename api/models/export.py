"""Files that were taken away. What each was narrowed to stands in its fact, what was in it nowhere."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import ExportKind
from api.models.base import Base, HasId


class Export(Base, HasId):
    """One file. Its id stands in the file's last row and in the header X-Export-Id."""

    __tablename__ = "exports"
    # How many somebody took away today.
    __table_args__ = (Index("ix_exports_staff_id_taken_at", "staff_id", "taken_at"),)

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[ExportKind]
    row_count: Mapped[int]
    taken_at: Mapped[datetime]
