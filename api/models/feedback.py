"""Ratings of pickups: the newest on `feedback`, every version in `feedback_versions`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import FeedbackAbout, ReviewCause
from api.models.base import Base, HasId
from api.models.types import Sealed


class Feedback(Base, HasId):
    __tablename__ = "feedback"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        Index("ix_feedback_branch_id_given_at", "branch_id", "given_at"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    pickup_id: Mapped[UUID] = mapped_column(ForeignKey("pickups.id"), unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), index=True)
    courier_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"), index=True)
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("links.id"), index=True)
    """Through which link it came, as long as that is kept."""
    score: Mapped[int]
    reasons: Mapped[list[str]]
    about: Mapped[FeedbackAbout | None]
    comment: Mapped[str | None] = mapped_column(Sealed("feedback.comment"))
    call_me_back: Mapped[bool] = mapped_column(default=False)
    left_out_because: Mapped[str | None]
    """Why the score does not count in the courier's average; None when it does."""
    review_because: Mapped[ReviewCause | None]
    review_asked_at: Mapped[datetime | None]
    """Somebody is to decide whether the score counts, until `reviewed_at` is set."""
    objected_at: Mapped[datetime | None]
    objection: Mapped[str | None] = mapped_column(Sealed("feedback.objection"))
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    review_note: Mapped[str | None] = mapped_column(Sealed("feedback.review_note"))
    version: Mapped[int] = mapped_column(default=1)
    given_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class FeedbackVersion(Base, HasId):
    __tablename__ = "feedback_versions"
    __table_args__ = (UniqueConstraint("feedback_id", "version"),)

    feedback_id: Mapped[UUID] = mapped_column(ForeignKey("feedback.id"))
    version: Mapped[int]
    score: Mapped[int]
    reasons: Mapped[list[str]]
    about: Mapped[FeedbackAbout | None]
    comment: Mapped[str | None] = mapped_column(Sealed("feedback_versions.comment"))
    call_me_back: Mapped[bool]
    given_at: Mapped[datetime]
