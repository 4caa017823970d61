"""Feedback: inviting a contact to rate a pickup, keeping every version, and telling who must act.

Which reasons fit, until when a rating can be changed and when it is unfair is decided in `domain.feedback`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain import feedback as rules
from api.domain.branch_policy import BranchPolicy
from api.domain.feedback import Rating
from api.domain.notice_kinds import KINDS, NoticeKind, Telling
from api.domain.readiness import PingRules, may_write, within_hours
from api.domain.vocabulary import LinkPurpose
from api.models import Branch, Customer, Feedback, FeedbackVersion, Link, Pickup
from api.queries.door_steps import AnyPickup
from api.services import changes, events, links, notices
from api.services.links import LinkWish, OpenLink


def expect(
    session: Session, collected: Iterable[tuple[AnyPickup, datetime]], *, policy: BranchPolicy
) -> None:
    """After collections, each at its instant: make the links, for QR code and page, and set when to write."""
    wishes = []
    for pickup, at in collected:
        pickup.feedback_due_at = at + timedelta(minutes=policy.feedback_delay_minutes)
        wishes.append(
            LinkWish(pickup.contact_id, pickup.branch_id, pickup.id, pickup.state, pickup.window_end, at)
        )
    links.issue_wished(session, purpose=LinkPurpose.FEEDBACK, wishes=wishes)


def invite(session: Session, pickup: Pickup, *, now: datetime) -> bool:
    """Send the contact the feedback link, if that is still of use and allowed; tell whether it was sent.

    Outside the contact's hours it waits for their beginning.
    """
    due_at, pickup.feedback_due_at = pickup.feedback_due_at, None
    changes.note(session, [pickup], now=now)
    kind = NoticeKind.FEEDBACK_LINK
    is_of_use = due_at is not None and now < due_at + KINDS[kind].useful_for
    policy = queries.branches.policy(session, pickup.branch_id)
    if not is_of_use or not _may_invite(session, pickup, policy, now):
        return False
    zone = ZoneInfo(session.get_one(Branch, pickup.branch_id).timezone)
    opens_at = within_hours(now, PingRules.of(policy, zone))
    if opens_at > now:
        pickup.feedback_due_at = opens_at
        return False
    _tell_contact(session, kind, pickup, now)
    return True


def give(session: Session, *, through: OpenLink, rating: Rating, now: datetime) -> Feedback:
    """Keep a rating, the first or a changed one, and tell who must act on it.

    Raises ReasonNotOffered, and FeedbackIsFinal from 24 h after the first version on.
    """
    rules.check_reasons(rating.score, rating.reasons)
    pickup = through.pickup
    given = queries.feedback.find_of_pickup(session, pickup.id)
    if given is None:
        given = _first_version(session, through, now)
    else:
        rules.check_editable(given.given_at, now=now)
        given.version += 1
    _set(given, rating, now)
    session.add(given)
    session.flush()
    _keep_version(session, given, now)
    _tell_staff(session, given, pickup, now)
    return given


def _may_invite(session: Session, pickup: Pickup, policy: BranchPolicy, now: datetime) -> bool:
    """A contact is invited who has not rated yet, may be written to, and was not invited these 7 days."""
    contact = queries.wait_contacts.of_pickups(session, [pickup.id], now=now)[pickup.id]
    last = queries.feedback.last_invited_at(session, pickup.contact_id)
    every = timedelta(days=policy.feedback_every_days)
    return (
        queries.feedback.find_of_pickup(session, pickup.id) is None
        and not contact.has_opted_out
        and may_write(contact.sent, PingRules.of(policy, contact.zone))
        and rules.may_invite(last, every=every, now=now)
    )


def _issue_link(session: Session, pickup: Pickup, now: datetime) -> Link:
    return links.issue(
        session,
        purpose=LinkPurpose.FEEDBACK,
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        branch_id=pickup.branch_id,
        now=now,
    )


def _tell_contact(session: Session, kind: NoticeKind, pickup: Pickup, now: datetime) -> None:
    telling = Telling(
        kind,
        pickup.branch_id,
        f"{kind}:{pickup.id}:{pickup.contact_id}",
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        link_id=_issue_link(session, pickup, now).id,
    )
    notices.tell(session, telling, now=now)


def _first_version(session: Session, through: OpenLink, now: datetime) -> Feedback:
    pickup = through.pickup
    # The invitation is answered before it was sent, or while it is on its way.
    pickup.feedback_due_at = None
    changes.note(session, [pickup], now=now)
    notices.supersede_thread(session, f"feedback:{pickup.id}", now=now)
    excuse = queries.feedback.excuse(session, pickup.id)
    return Feedback(
        branch_id=pickup.branch_id,
        pickup_id=pickup.id,
        customer_id=pickup.customer_id,
        contact_id=through.link.contact_id,
        courier_id=pickup.courier_id,
        link_id=through.link.id,
        left_out_because=rules.screening(
            avoidable_wait=excuse.avoidable_wait, left_protected=excuse.left_protected
        ),
        version=1,
        given_at=now,
    )


def _set(given: Feedback, rating: Rating, now: datetime) -> None:
    given.score = rating.score
    given.reasons = [reason.value for reason in rating.reasons]
    given.about = rating.about
    given.comment = rules.plain_comment(rating.comment or "")
    given.call_me_back = rating.call_me_back
    given.changed_at = now


def _keep_version(session: Session, given: Feedback, now: datetime) -> None:
    session.add(
        FeedbackVersion(
            feedback_id=given.id,
            version=given.version,
            score=given.score,
            reasons=given.reasons,
            about=given.about,
            comment=given.comment,
            call_me_back=given.call_me_back,
            given_at=now,
        )
    )
    events.record(
        session,
        "feedback.given" if given.version == 1 else "feedback.changed",
        subject_type="feedback",
        subject_id=given.id,
        branch_id=given.branch_id,
        data={"score": given.score, "version": given.version, "pickup_id": str(given.pickup_id)},
        now=now,
    )


def _tell_staff(session: Session, given: Feedback, pickup: Pickup, now: datetime) -> None:
    """Tell owner and dispatchers of a low score and of a wish to be called; each person once per kind."""
    policy = queries.branches.policy(session, given.branch_id)
    kinds = []
    if rules.is_low(given.score, policy.low_score):
        kinds.append(NoticeKind.LOW_FEEDBACK)
    if given.call_me_back:
        kinds.append(NoticeKind.CALL_ME_BACK)
    tellings = [
        Telling(
            kind,
            given.branch_id,
            f"{kind}:{given.id}:{staff_id}",
            staff_id=staff_id,
            pickup_id=pickup.id,
            customer_id=given.customer_id,
        )
        for kind in kinds
        for staff_id in _responsible(session, given, now)
    ]
    notices.tell_all(session, tellings, now=now)


def _responsible(session: Session, given: Feedback, now: datetime) -> list[UUID]:
    owner_id = session.get_one(Customer, given.customer_id).owner_id
    dispatchers = queries.staff.dispatchers_on_duty(session, given.branch_id, now=now)
    return list(dict.fromkeys([*([owner_id] if owner_id else []), *dispatchers]))
