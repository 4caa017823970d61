"""Feedback: inviting a contact to rate a pickup, keeping every version, and telling who must act.

Which reasons fit, until when a rating can be changed and when it is unfair is decided in `domain.feedback`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api import queries
from api.domain import feedback as rules
from api.domain.branch_policy import BranchPolicy
from api.domain.cases import NewCase
from api.domain.feedback import Rating
from api.domain.notice_kinds import KINDS, NoticeKind, Telling
from api.domain.plain_text import plain_text
from api.domain.vocabulary import CaseCategory, CaseKind, LinkPurpose
from api.models import Feedback, FeedbackVersion, Link, Pickup
from api.queries.door_steps import AnyPickup
from api.services import (
    case_notices,
    cases,
    changes,
    churn_rescoring,
    events,
    feedback_reviews,
    link_issuing,
    notices,
)
from api.services.contact_rules import ContactRules
from api.services.link_issuing import LinkWish
from api.services.links import OpenLink


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
    link_issuing.issue_wished(session, purpose=LinkPurpose.FEEDBACK, wishes=wishes)


def invite(session: Session, pickup: Pickup, *, now: datetime) -> bool:
    """Send the contact the feedback link, if that is still of use and allowed; tell whether it was sent.

    Outside the contact's hours it waits for their beginning.
    """
    due_at, pickup.feedback_due_at = pickup.feedback_due_at, None
    changes.note(session, [pickup], now=now)
    kind = NoticeKind.FEEDBACK_LINK
    is_of_use = due_at is not None and now < due_at + KINDS[kind].useful_for
    contact = queries.wait_contacts.of_pickups(session, [pickup.id], now=now)[pickup.id]
    contact_rules = ContactRules(session, now=now)
    if not is_of_use or not contact_rules.allow(contact) or not _may_invite(session, pickup, now):
        return False
    opens_at = contact_rules.opens_at(contact)
    if opens_at > now:
        pickup.feedback_due_at = opens_at
        return False
    _tell_contact(session, kind, pickup, now)
    return True


def give(
    session: Session, *, through: OpenLink, rating: Rating, came_from: str | None = None, now: datetime
) -> Feedback:
    """Keep a rating, the first or a changed one; one that calls for care opens a case, once.

    `came_from` is the network address of whoever rates: the courier's own is flagged, and never kept.
    Raises ReasonNotOffered, and FeedbackIsFinal from 24 h after the first version on.
    """
    rules.check_reasons(rating.score, rating.reasons)
    pickup = through.the_pickup
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
    feedback_reviews.flag_own(session, given, came_from=came_from, now=now)
    _call_for_care(session, given, now)
    return given


def _may_invite(session: Session, pickup: Pickup, now: datetime) -> bool:
    """A contact is invited who has not rated yet, and was not invited these 7 days."""
    every = timedelta(days=queries.branches.policy(session, pickup.branch_id).feedback_every_days)
    last = queries.feedback.last_invited_at(session, pickup.contact_id)
    not_rated = queries.feedback.find_of_pickup(session, pickup.id) is None
    return not_rated and rules.may_invite(last, every=every, now=now)


def _issue_link(session: Session, pickup: Pickup, now: datetime) -> Link:
    return link_issuing.issue(
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
    pickup = through.the_pickup
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
    given.comment = plain_text(rating.comment or "")
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


def _call_for_care(session: Session, given: Feedback, now: datetime) -> None:
    """A low score or a wish to be called opens a case; owner and dispatchers hear of it, once per kind."""
    is_low = rules.is_low(given.score, queries.branches.policy(session, given.branch_id).low_score)
    kinds = [NoticeKind.LOW_FEEDBACK] * is_low + [NoticeKind.CALL_ME_BACK] * given.call_me_back
    if not kinds:
        return
    case = cases.open_case(session, _case_of(given, is_low=is_low), now=now)
    link_issuing.issue_for_case(session, case=case, contact_id=given.contact_id, now=now)
    dispatchers = queries.staff.dispatchers_on_duty(session, given.branch_id, now=now)
    at_once = case_notices.at_once_on_shift(session, dispatchers, now=now)
    owner = case_notices.owner_or_stand_in(session, case, now=now)
    recipients = dict.fromkeys([*owner, *dispatchers])
    tellings = [
        Telling(
            kind,
            given.branch_id,
            f"{kind}:{given.id}:{staff_id}",
            staff_id=staff_id,
            pickup_id=given.pickup_id,
            customer_id=given.customer_id,
            case_id=case.id,
            leaves_at=at_once.get(staff_id),
        )
        for kind in kinds
        for staff_id in recipients
    ]
    notices.tell_all(session, tellings, now=now)
    churn_rescoring.rescore(session, [(given.branch_id, given.customer_id)], now=now)


def _case_of(given: Feedback, *, is_low: bool) -> NewCase:
    return NewCase(
        given.branch_id,
        given.customer_id,
        CaseKind.COMPLAINT if is_low else CaseKind.INQUIRY,
        CaseCategory.LOW_SCORE if is_low else CaseCategory.CALL_BACK,
        contact_id=given.contact_id,
        pickup_id=given.pickup_id,
        opened_for=f"feedback:{given.id}",
        text=given.comment,
    )
