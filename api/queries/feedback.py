"""Feedback: of one pickup, lists of it, what excuses its courier, and whom to invite now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain import feedback as rules
from api.domain.errors import NotFound
from api.domain.left_out import Why, sentence
from api.domain.notice_kinds import NoticeKind
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import FeedbackAbout, FeedbackReason, Locale, ReviewCause, WaitOutcome
from api.models import Feedback, Notice, Pickup, Wait
from api.queries import scope
from api.queries.paging import mapped, paginate


@dataclass(frozen=True, slots=True)
class Excuse:
    """What a pickup's visits say for the courier: the longest avoidable wait, and any protected leave."""

    avoidable_wait: timedelta | None
    left_protected: bool


@dataclass(frozen=True, slots=True)
class OwnRating:
    """A rating as its courier sees it; `text` says in his language why it does not count."""

    id: UUID
    pickup_id: UUID
    score: int
    reasons: tuple[FeedbackReason, ...]
    about: FeedbackAbout | None
    given_at: datetime
    left_out_because: str | None
    text: str | None
    under_review: bool
    objected_at: datetime | None
    reviewed_at: datetime | None

    @property
    def counts(self) -> bool:
        return self.left_out_because is None


@dataclass(frozen=True, slots=True)
class FeedbackEntry:
    """A rating as the branch sees it."""

    id: UUID
    pickup_id: UUID
    customer_id: UUID
    contact_id: UUID
    courier_id: UUID | None
    score: int
    reasons: tuple[FeedbackReason, ...]
    about: FeedbackAbout | None
    comment: str | None
    call_me_back: bool
    given_at: datetime
    changed_at: datetime
    left_out_because: str | None
    needs_review: bool
    review_because: ReviewCause | None
    objection: str | None
    objected_at: datetime | None
    reviewed_at: datetime | None
    reviewed_by_id: UUID | None
    review_note: str | None


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """What a list of ratings is narrowed to."""

    needs_review: bool | None = None
    score_at_most: int | None = None
    pickup_id: UUID | None = None
    courier_id: UUID | None = None


def listed(
    session: Session, *, by: Principal, only: FeedbackFilter, page: PageRequest
) -> Page[FeedbackEntry]:
    """List ratings, the newest first."""
    return mapped(_page(session, by, only, page), entry_of)


def _page(session: Session, by: Principal, only: FeedbackFilter, page: PageRequest) -> Page[Feedback]:
    statement = select(Feedback).where(scope.feedback(by))
    if only.needs_review is not None:
        open_question = Feedback.review_asked_at.is_not(None) & Feedback.reviewed_at.is_(None)
        statement = statement.where(open_question if only.needs_review else ~open_question)
    if only.score_at_most is not None:
        statement = statement.where(Feedback.score <= only.score_at_most)
    if only.pickup_id is not None:
        statement = statement.where(Feedback.pickup_id == only.pickup_id)
    if only.courier_id is not None:
        statement = statement.where(Feedback.courier_id == only.courier_id)
    return paginate(session, statement, [Feedback.given_at, Feedback.id], page, descending=True)


def mine(session: Session, *, by: Principal, locale: Locale, page: PageRequest) -> Page[OwnRating]:
    """List what a courier was given, the newest first."""
    found = _page(session, by, FeedbackFilter(), page)
    return mapped(found, lambda given: own_view(given, locale))


def own_view(given: Feedback, locale: Locale) -> OwnRating:
    """Show a rating to its courier, without the contact's words and name."""
    why = Why(given.left_out_because) if given.left_out_because else None
    return OwnRating(
        id=given.id,
        pickup_id=given.pickup_id,
        score=given.score,
        reasons=tuple(FeedbackReason(reason) for reason in given.reasons),
        about=given.about,
        given_at=given.given_at,
        left_out_because=given.left_out_because,
        text=sentence(why, locale) if why else None,
        under_review=rules.needs_review(given.review_asked_at, given.reviewed_at),
        objected_at=given.objected_at,
        reviewed_at=given.reviewed_at,
    )


def entry_of(given: Feedback) -> FeedbackEntry:
    return FeedbackEntry(
        id=given.id,
        pickup_id=given.pickup_id,
        customer_id=given.customer_id,
        contact_id=given.contact_id,
        courier_id=given.courier_id,
        score=given.score,
        reasons=tuple(FeedbackReason(reason) for reason in given.reasons),
        about=given.about,
        comment=given.comment,
        call_me_back=given.call_me_back,
        given_at=given.given_at,
        changed_at=given.changed_at,
        left_out_because=given.left_out_because,
        needs_review=rules.needs_review(given.review_asked_at, given.reviewed_at),
        review_because=given.review_because,
        objection=given.objection,
        objected_at=given.objected_at,
        reviewed_at=given.reviewed_at,
        reviewed_by_id=given.reviewed_by_id,
        review_note=given.review_note,
    )


def by_id(session: Session, feedback_id: UUID, *, by: Principal) -> Feedback:
    """Return a rating, locked against a twin request. Raises NotFound for one that is not the caller's."""
    wanted = select(Feedback).where(Feedback.id == feedback_id, scope.feedback(by))
    found = session.scalar(wanted.with_for_update(key_share=True))
    if found is None:
        raise NotFound()
    return found


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
