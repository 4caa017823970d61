"""Adding contacts, changing them, and showing one in full to somebody entitled, which is recorded."""

from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.audit import check_reason
from api.domain.contact_reveal import ON_THE_JOB, Errand, RevealedContact, check_may_reveal
from api.domain.contacts import ContactDraft, check_birthday, masked_name, month_day
from api.domain.erasure import ContactErased, PhoneErased
from api.domain.errors import PreconditionFailed
from api.domain.preferences import Preferences
from api.domain.principal import Principal
from api.models import Branch, Contact
from api.services import contact_reach, events, preferences
from api.services.changes import note_pickups_of

WISHES = frozenset(field.name for field in fields(Preferences))


def add(session: Session, draft: ContactDraft, *, customer_id: UUID, by: Principal, now: datetime) -> Contact:
    """Add a contact to a customer; without a locale he is written to in the branch's.

    Raises BirthdayImpossible, and PhoneErased for the number of somebody who asked to be forgotten.
    """
    customer = queries.customers.by_id(session, customer_id, by=by)
    branch = queries.branches.by_id(session, by.branch_id, by=by)
    contact = Contact(
        branch_id=customer.branch_id,
        customer_id=customer.id,
        name=draft.name,
        email=draft.email,
        locale=draft.locale or branch.locale,
        created_at=now,
    )
    _set_phone(contact, draft.phone)
    _set_birthday(contact, draft.birthday, branch, now)
    session.add(contact)
    session.flush()
    _welcome(session, contact, draft.phone, by, now, wants_back=draft.wants_back)
    _record(session, "contact.added", contact, by, {"customer_id": str(customer.id)}, now)
    return contact


def change(
    session: Session,
    *,
    contact_id: UUID,
    changes: dict[str, Any],
    version: int,
    by: Principal,
    now: datetime,
) -> Contact:
    """Change what is named in `changes`, his wishes about messages among it.

    Raises BirthdayImpossible, ChannelNotPossible, HoursImpossible, PreconditionFailed, ContactErased and
    PhoneErased.
    """
    contact = queries.contacts.by_id(session, contact_id, by=by)
    if contact.version != version:
        raise PreconditionFailed()
    if contact.erased_at is not None:
        raise ContactErased()
    wants_back = changes.pop("wants_back", False)
    named = sorted(changes)
    contact_reach.address_entered(contact, named)
    if "phone" in changes:
        _welcome(session, contact, changes["phone"], by, now, wants_back=wants_back)
        _set_phone(contact, changes.pop("phone"))
    if "birthday" in changes:
        branch = queries.branches.by_id(session, by.branch_id, by=by)
        _set_birthday(contact, changes.pop("birthday"), branch, now)
    wishes = {name: changes.pop(name) for name in WISHES & changes.keys()}
    for name, value in changes.items():
        setattr(contact, name, value)
    session.flush()
    if wishes:
        wished = replace(queries.preferences.of_contact(session, contact).wishes, **wishes)
        preferences.set_for(session, contact, wished, actor_id=by.staff_id, now=now)
    note_pickups_of(session, contact, now=now)
    _record(session, "contact.changed", contact, by, {"fields": named}, now)
    return contact


def unmask(
    session: Session, *, contact_id: UUID, reason: str | None = None, by: Principal, now: datetime
) -> Contact:
    """Show a contact's phone number and e-mail in full; who asked, when and why, is kept.

    Raises ReasonNeeded without a reason while no courier is on his way to him or at his door.
    """
    contact = queries.contacts.by_id(session, contact_id, by=by)
    check_reason(reason, is_running=queries.pickups.is_any_running(session, contact.id))
    _record(session, "contact.unmasked", contact, by, {}, now, reason)
    return contact


def reveal(
    session: Session, *, pickup_id: UUID, reason: str | None = None, by: Principal, now: datetime
) -> RevealedContact:
    """Show a courier whom to call about his pickup; that he asked is kept.

    Raises ContactNotRevealed, and ReasonNeeded without a reason once the pickup has ended.
    """
    pickup = queries.pickups.by_id(session, pickup_id, by=by)
    check_may_reveal(Errand(pickup.state, pickup.last_event_at, pickup.changed_at), now=now)
    check_reason(reason, is_running=pickup.state in ON_THE_JOB)
    contact = session.get_one(Contact, pickup.contact_id)
    _record(session, "contact.revealed", contact, by, {"pickup_id": str(pickup.id)}, now, reason)
    return RevealedContact(masked_name(contact.name), contact.phone)


def _welcome(
    session: Session, contact: Contact, phone: str | None, by: Principal, now: datetime, *, wants_back: bool
) -> None:
    """Refuse the number of somebody who asked to be forgotten, unless it is his wish to be entered again."""
    if phone is None or not queries.erasure.is_erased_phone(session, contact.branch_id, phone):
        return
    if not wants_back:
        raise PhoneErased()
    queries.erasure.drop_tombstone(session, contact.branch_id, phone)
    _record(session, "contact.returned", contact, by, {}, now)


def _set_phone(contact: Contact, phone: str | None) -> None:
    contact.phone = phone
    contact.phone_index = phone


def _set_birthday(contact: Contact, birthday: date | None, branch: Branch, now: datetime) -> None:
    check_birthday(birthday, today=now.astimezone(ZoneInfo(branch.timezone)).date())
    contact.birthday = birthday
    contact.birthday_index = None if birthday is None else month_day(birthday)


def _record(
    session: Session,
    name: str,
    contact: Contact,
    by: Principal,
    data: dict[str, Any],
    now: datetime,
    reason: str | None = None,
) -> None:
    events.record(
        session,
        name,
        subject_type="contact",
        subject_id=contact.id,
        branch_id=contact.branch_id,
        actor_id=by.staff_id,
        data=data,
        reason=reason,
        now=now,
    )
