"""Destroying what is known of a person, set-based: of a contact, and of a staff member who has left.

Facts stay: that there was a wait, a rating, a message, and who worked there, by id.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Select, Update, delete, or_, select, update
from sqlalchemy.orm import Session

from api.domain.erasure import Traces
from api.domain.pickups import ENDED
from api.models import (
    AccessToken,
    ApiKey,
    CalendarLink,
    Case,
    CaseMessage,
    Contact,
    CourierPosition,
    Delivery,
    Device,
    ErasedPhone,
    Feedback,
    FeedbackVersion,
    IdempotentAnswer,
    Link,
    LoggedContact,
    Notice,
    Occasion,
    Pickup,
    Proof,
    ProofMention,
    RefreshToken,
    StaffMember,
    StaffNetwork,
    StaffSession,
    Wait,
    WaitSlipAcknowledgement,
)
from api.models.notice import AT_WORK
from api.queries import deliveries, notices
from api.queries.finished import UNTRACKED

ANSWERS_AT_ONCE = 500


def locked_contact(session: Session, contact_id: UUID) -> Contact:
    """Return the contact as he is now, and keep others from changing or booking him."""
    locked = select(Contact).where(Contact.id == contact_id).with_for_update()
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def pickups_going_on(session: Session, contact_id: UUID) -> Sequence[UUID]:
    going_on = select(Pickup.id).where(Pickup.contact_id == contact_id, Pickup.state.not_in(ENDED))
    return session.scalars(going_on.order_by(Pickup.id)).all()


def with_same_phone(session: Session, contact: Contact) -> Sequence[UUID]:
    """Return the other contacts of the branch who have this contact's number."""
    if contact.phone is None:
        return []
    same = (Contact.phone_index == contact.phone, Contact.branch_id == contact.branch_id)
    return session.scalars(select(Contact.id).where(*same, Contact.id != contact.id)).all()


def forget_contact(session: Session, contact_id: UUID, *, now: datetime) -> None:
    """Destroy what others' rows say of a contact, void his links and stop what is on its way to him."""
    _stop_notices(session, select(Notice.id).where(Notice.contact_id == contact_id, AT_WORK), now)
    # Signatures first: the slips say which pictures are theirs.
    for statement in (*_signatures_of(contact_id), *_words_of(contact_id)):
        session.execute(statement, execution_options=UNTRACKED)
    revoked = update(Link).where(Link.contact_id == contact_id, Link.revoked_at.is_(None))
    session.execute(revoked.values(revoked_at=now), execution_options=UNTRACKED)


def forget_staff(session: Session, staff_id: UUID, *, now: datetime) -> None:
    """Destroy where a member was, from which phones and networks, and every way to get in as him."""
    _stop_notices(session, select(Notice.id).where(Notice.staff_id == staff_id, AT_WORK), now)
    sessions = select(StaffSession.id).where(StaffSession.staff_id == staff_id)
    told = select(Notice.id).where(Notice.staff_id == staff_id)
    for statement in (
        _without_answers(told),
        delete(Device).where(Device.staff_id == staff_id),
        delete(AccessToken).where(AccessToken.session_id.in_(sessions)),
        delete(RefreshToken).where(RefreshToken.session_id.in_(sessions)),
        delete(StaffSession).where(StaffSession.staff_id == staff_id),
        delete(ApiKey).where(ApiKey.staff_id == staff_id),
        delete(CalendarLink).where(CalendarLink.staff_id == staff_id),
        delete(CourierPosition).where(CourierPosition.staff_id == staff_id),
        delete(StaffNetwork).where(StaffNetwork.staff_id == staff_id),
        delete(IdempotentAnswer).where(IdempotentAnswer.caller_id == staff_id),
    ):
        session.execute(statement, execution_options=UNTRACKED)


def forget_answers(session: Session, branch_id: UUID, traces: Traces) -> None:
    """Drop the answers kept for repeats in which the person is told of. They are sealed, so all are read."""
    needles = {text for needle in traces.needles for text in (needle, json.dumps(needle)[1:-1])}
    of_branch = select(StaffMember.id).where(StaffMember.branch_id == branch_id)
    kept = select(IdempotentAnswer.id, IdempotentAnswer.body).where(IdempotentAnswer.caller_id.in_(of_branch))
    rows = session.execute(kept.execution_options(yield_per=ANSWERS_AT_ONCE))
    telling = [answer_id for answer_id, body in rows if any(needle in body for needle in needles)]
    for start in range(0, len(telling), ANSWERS_AT_ONCE):
        some = IdempotentAnswer.id.in_(telling[start : start + ANSWERS_AT_ONCE])
        session.execute(delete(IdempotentAnswer).where(some), execution_options=UNTRACKED)


def is_erased_phone(session: Session, branch_id: UUID, phone: str) -> bool:
    return session.scalar(select(ErasedPhone.id).where(*_tombstone(branch_id, phone))) is not None


def keep_tombstone(session: Session, branch_id: UUID, phone: str, *, now: datetime) -> None:
    if not is_erased_phone(session, branch_id, phone):
        session.add(ErasedPhone(branch_id=branch_id, phone=phone, erased_at=now))


def drop_tombstone(session: Session, branch_id: UUID, phone: str) -> None:
    session.execute(delete(ErasedPhone).where(*_tombstone(branch_id, phone)))


def _tombstone(branch_id: UUID, phone: str) -> tuple[ColumnElement[bool], ...]:
    return ErasedPhone.branch_id == branch_id, ErasedPhone.phone == phone


def _stop_notices(session: Session, at_work: Select[UUID], now: datetime) -> None:
    notice_ids = session.scalars(at_work.order_by(Notice.id)).all()
    if notice_ids:
        deliveries.supersede(session, notice_ids, now=now)
        notices.supersede(session, notice_ids, now=now)


def _signatures_of(contact_id: UUID) -> tuple[Delete | Update, ...]:
    """Delete the pictures of signatures of a contact's pickups; their files, without rows then, are swept."""
    his_pickups = select(Pickup.id).where(Pickup.contact_id == contact_id)
    slips = WaitSlipAcknowledgement.wait_id.in_(select(Wait.id).where(Wait.pickup_id.in_(his_pickups)))
    signatures = select(WaitSlipAcknowledgement.proof_sha256).where(slips)
    return (
        delete(Proof).where(Proof.sha256.in_(signatures)),
        delete(ProofMention).where(
            ProofMention.pickup_id.in_(his_pickups), ProofMention.sha256.in_(signatures)
        ),
        update(WaitSlipAcknowledgement).where(slips).values(signer="", proof_sha256=None),
    )


def _words_of(contact_id: UUID) -> tuple[Delete | Update, ...]:
    """Empty every text that he wrote, that was written to him, or about a pickup or a talk with him."""
    his_links = select(Link.id).where(Link.contact_id == contact_id)
    his_cases = select(Case.id).where(Case.contact_id == contact_id)
    his_ratings = select(Feedback.id).where(Feedback.contact_id == contact_id)
    said = or_(CaseMessage.case_id.in_(his_cases), CaseMessage.link_id.in_(his_links))
    return (
        update(FeedbackVersion).where(FeedbackVersion.feedback_id.in_(his_ratings)).values(comment=None),
        update(Feedback)
        .where(Feedback.contact_id == contact_id)
        .values(comment=None, objection=None, review_note=None),
        update(CaseMessage).where(said).values(text=None),
        update(LoggedContact).where(LoggedContact.contact_id == contact_id).values(note=None),
        update(Pickup)
        .where(Pickup.contact_id == contact_id)
        .values(cancel_reason=None, ping_due_at=None, feedback_due_at=None, version=Pickup.version + 1),
        _without_answers(select(Notice.id).where(Notice.contact_id == contact_id)),
        # A birthday's row says the day.
        delete(Occasion).where(Occasion.contact_id == contact_id),
    )


def _without_answers(notice_ids: Select[UUID]) -> Update:
    """Empty what gateways and push services said of the addresses that notices went to."""
    sent = update(Delivery).where(Delivery.notice_id.in_(notice_ids))
    return sent.values(last_error=None, provider_ref=None)
