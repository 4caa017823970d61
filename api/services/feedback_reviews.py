"""Whether a rating counts: its courier objects once, what looks like his own is flagged, a person decides."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain import feedback as rules
from api.domain.feedback import AlreadyObjected, FeedbackNotUnderReview
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.own_network import KEPT_FOR, network_trace
from api.domain.plain_text import plain_text
from api.domain.principal import Principal
from api.domain.vocabulary import ReviewCause, ReviewOutcome, Role
from api.models import Feedback
from api.services import climbing, events, notices


def note_network(session: Session, *, staff_id: UUID, address: str | None, now: datetime) -> None:
    """Remember for a day, as a keyed hash, from which network a courier's phone came."""
    trace = network_trace(address)
    if trace is not None:
        queries.staff_networks.put(session, staff_id, trace, now=now)


def flag_own(session: Session, given: Feedback, *, came_from: str | None, now: datetime) -> None:
    """Ask for a review of a rating that came from where its courier's phone was; it counts until then."""
    trace = network_trace(came_from)
    if trace is None or given.courier_id is None or given.review_asked_at is not None:
        return
    if queries.staff_networks.was_there(session, given.courier_id, trace, since=now - KEPT_FOR):
        _ask(session, given, ReviewCause.OWN_NETWORK, now=now)


def object_to(session: Session, *, feedback_id: UUID, reason: str, by: Principal, now: datetime) -> Feedback:
    """Let the courier rated say, once, why a rating should not count. Raises NotFound, AlreadyObjected."""
    given = queries.feedback.by_id(session, feedback_id, by=by)
    if given.objected_at is not None:
        raise AlreadyObjected()
    given.objected_at, given.objection = now, plain_text(reason)
    _ask(session, given, ReviewCause.OBJECTION, by=by, now=now)
    return given


def review(
    session: Session, *, feedback_id: UUID, counts: bool, reason: str, by: Principal, now: datetime
) -> Feedback:
    """Decide whether a rating counts; the courier who objected is told.

    What is left out by rule, for a long wait or a protected leave, stays out. Raises NotFound,
    FeedbackNotUnderReview.
    """
    given = queries.feedback.by_id(session, feedback_id, by=by)
    if not rules.needs_review(given.review_asked_at, given.reviewed_at):
        raise FeedbackNotUnderReview()
    given.left_out_because = rules.after_review(given.left_out_because, counts=counts)
    given.reviewed_at, given.reviewed_by_id, given.review_note = now, by.staff_id, plain_text(reason)
    _record(session, given, "feedback.reviewed", by, now, {"counts": counts})
    climbing.stop_climbing(session, [f"review:{given.pickup_id}"], now=now)
    if given.objected_at is not None and given.courier_id is not None:
        kind = NoticeKind.FEEDBACK_REVIEWED
        decision = ReviewOutcome.LEFT_OUT if given.left_out_because else ReviewOutcome.COUNTS
        telling = Telling(
            kind,
            given.branch_id,
            f"{kind}:{given.id}:{given.courier_id}",
            staff_id=given.courier_id,
            pickup_id=given.pickup_id,
            variables={"decision": decision},
        )
        notices.tell(session, telling, now=now)
    return given


def _ask(
    session: Session, given: Feedback, cause: ReviewCause, *, by: Principal | None = None, now: datetime
) -> None:
    given.review_because, given.review_asked_at, given.reviewed_at = cause, now, None
    _record(session, given, "feedback.review_asked", by, now, {"because": cause.value})
    kind = NoticeKind.FEEDBACK_REVIEW
    tellings = [
        Telling(
            kind,
            given.branch_id,
            f"{kind}:{given.id}:{cause}:{manager_id}",
            staff_id=manager_id,
            pickup_id=given.pickup_id,
        )
        for manager_id in queries.staff.active_with_role(session, given.branch_id, Role.MANAGER)
    ]
    notices.tell_all(session, tellings, now=now)


def _record(
    session: Session,
    given: Feedback,
    name: str,
    by: Principal | None,
    now: datetime,
    data: dict[str, str | bool],
) -> None:
    session.flush()
    events.record(
        session,
        name,
        subject_type="feedback",
        subject_id=given.id,
        branch_id=given.branch_id,
        actor_id=by.staff_id if by else None,
        data=data,
        now=now,
    )
