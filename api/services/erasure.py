"""Forgetting a person: what is known of him is destroyed, what happened stays. Neither can be taken back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.erasure import FORMER_STAFF_MEMBER, PickupGoesOn, StillActive, Traces
from api.domain.errors import PreconditionFailed
from api.domain.principal import Principal
from api.domain.vocabulary import PersonalDataReason
from api.models import Branch, Contact, StaffMember
from api.services import changes, events, staff

_EMPTIED = (
    "phone",
    "phone_index",
    "email",
    "birthday",
    "birthday_index",
    "preferred_channel",
    "hours_start",
    "hours_end",
    "sms_failed_at",
    "chat_failed_at",
    "email_failed_at",
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """A contact who is forgotten, and others with his number: they may be the same person."""

    contact: Contact
    same_phone: list[UUID]


def erase_contact(
    session: Session,
    *,
    contact_id: UUID,
    reason: PersonalDataReason,
    version: int,
    by: Principal,
    now: datetime,
) -> Erasure:
    """Forget a contact; repeating changes nothing. Raises PreconditionFailed.

    Raises PickupGoesOn while a courier may still need him: what that pickup would leave of him is not
    there yet.
    """
    queries.contacts.by_id(session, contact_id, by=by)
    contact = queries.erasure.locked_contact(session, contact_id)
    if contact.version != version:
        raise PreconditionFailed()
    if contact.erased_at is not None:
        return Erasure(contact, [])
    going_on = queries.erasure.pickups_going_on(session, contact.id)
    if going_on:
        raise PickupGoesOn(pickup_ids=[str(pickup_id) for pickup_id in going_on])
    same_phone = list(queries.erasure.with_same_phone(session, contact))
    if contact.phone is not None:
        queries.erasure.keep_tombstone(session, contact.branch_id, contact.phone, now=now)
    traces = Traces(contact.id, contact.name, contact.phone, contact.email)
    queries.erasure.forget_answers(session, contact.branch_id, traces)
    queries.erasure.forget_contact(session, contact.id, now=now)
    _empty(contact, now)
    session.flush()
    changes.note_past_pickups_of(session, contact, now=now)
    _record(session, "contact.erased", contact, reason, by, now)
    return Erasure(contact, same_phone)


def erase_staff(
    session: Session,
    *,
    staff_id: UUID,
    reason: PersonalDataReason,
    version: int,
    by: Principal,
    now: datetime,
) -> StaffMember:
    """Forget a member who has left; what he did stays, by a former staff member. Repeating changes nothing.

    Raises StillActive, AboveYourRank and PreconditionFailed, and StillHolds for what came to him since.
    """
    member = staff.managed(session, staff_id, by)
    if member.version != version:
        raise PreconditionFailed()
    if member.deactivated_at is None:
        raise StillActive()
    if member.erased_at is not None:
        return member
    staff.check_holds_nothing(session, member, now)
    traces = Traces(member.id, member.name, member.phone)
    queries.erasure.forget_answers(session, member.branch_id, traces)
    queries.erasure.forget_staff(session, member.id, now=now)
    member.name = FORMER_STAFF_MEMBER[session.get_one(Branch, member.branch_id).locale]
    member.phone = member.phone_index = member.password_hash = member.timezone = None
    member.erased_at = now
    session.flush()
    _record(session, "staff.erased", member, reason, by, now)
    return member


def _empty(contact: Contact, now: datetime) -> None:
    contact.name = ""
    for column in _EMPTIED:
        setattr(contact, column, None)
    # Whoever would write to him finds that he may not be written to.
    contact.opted_out_at = contact.opted_out_at or now
    contact.erased_at = now


def _record(
    session: Session,
    name: str,
    person: Contact | StaffMember,
    reason: PersonalDataReason,
    by: Principal,
    now: datetime,
) -> None:
    events.record(
        session,
        name,
        subject_type=name.partition(".")[0],
        subject_id=person.id,
        branch_id=person.branch_id,
        actor_id=by.staff_id,
        data={"reason": reason.value},
        now=now,
    )
