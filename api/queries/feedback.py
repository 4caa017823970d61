"""Feedback: of one pickup, what excuses its courier, and whom to invite now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import WaitOutcome
from api.models import Feedback, Notice, Pickup, Wait


@dataclass(frozen=True, slots=True)
class Excuse:
    """What a pickup's visits say for the courier: the longest avoidable wait, and any protected leave."""

    avoidable_wait: timedelta | None
    left_protected: bool


def find_of_pickup(session: Session, pickup_id: UUID) -> Feedback | None:
    return session.scalar(select(Feedback).where(Feedback.pickup_id == pickup_id))


def excuse(session: Session, pickup_id: UUID) -> Excuse:
    """Look at the visits that count: those that were undone or abandoned do not."""
    visits = session.execute(
        select(Wait.avoidable_wait_seconds, Wait.protected).where(
            Wait.pickup_id == pickup_id, Wait.outcome.in_([WaitOutcome.COLLECTED, WaitOutcome.LEFT])
        )
    ).all()
    waited = [timedelta(seconds=seconds) for seconds, _ in visits if seconds is not None]
    return Excuse(max(waited, default=None), any(protected for _, protected in visits))


def last_invited_at(session: Session, contact_id: UUID) -> datetime | None:
    """Return when a contact was last asked for a rating by message."""
    return session.scalar(
        select(Notice.decided_at)
        .where(Notice.contact_id == contact_id, Notice.kind == NoticeKind.FEEDBACK_LINK)
        .order_by(Notice.decided_at.desc())
        .limit(1)
    )


def due_invitations(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return pickups whose contact is to be asked for a rating, longest due first."""
    due = select(Pickup.id).where(Pickup.feedback_due_at <= now)
    return session.scalars(due.order_by(Pickup.feedback_due_at).limit(limit)).all()


def claim_due_invitation(session: Session, pickup_id: UUID, *, now: datetime) -> Pickup | None:
    """Take a pickup whose contact is to be asked for a rating; None when another process was quicker."""
    return session.scalar(
        select(Pickup)
        .where(Pickup.id == pickup_id, Pickup.feedback_due_at <= now)
        .with_for_update(key_share=True, skip_locked=True)
    )
