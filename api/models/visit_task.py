"""Next steps that a rep has promised a customer, each with its day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId, HasVersion
from api.models.types import Sealed


class VisitTask(Base, HasId, HasVersion):
    """Promised on a visit; `rep_id` is who keeps the promise now."""

    __tablename__ = "visit_tasks"
    __table_args__ = (
        Index("ix_visit_tasks_rep_id_due_on", "rep_id", "due_on"),
        Index("ix_visit_tasks_branch_id_due_on", "branch_id", "due_on"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    what: Mapped[str] = mapped_column(Sealed("visit_tasks.what"))
    due_on: Mapped[date]
    done_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
