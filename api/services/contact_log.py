"""Logging that somebody was in touch with a customer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain import contact_log as rules
from api.domain.contact_log import NewContact
from api.domain.pickups import ContactOfAnotherCustomer
from api.domain.plain_text import plain_text
from api.domain.principal import Principal
from api.models import Customer, LoggedContact
from api.services import events


def log(
    session: Session, *, customer_id: UUID, new: NewContact, by: Principal, now: datetime
) -> LoggedContact:
    """Log a contact with a customer. It moves the day by which he should be heard of, and no visit.

    Raises NotFound, ContactOfAnotherCustomer and ContactTimeImpossible.
    """
    customer = queries.customers.by_id(session, customer_id, by=by)
    _check_contact(session, new.contact_id, customer, by)
    logged = LoggedContact(
        branch_id=customer.branch_id,
        customer_id=customer.id,
        contact_id=new.contact_id,
        staff_id=by.staff_id,
        way=new.way,
        note=plain_text(new.note) if new.note else None,
        happened_at=rules.happened_at(new.happened_at, now=now),
        logged_at=now,
    )
    session.add(logged)
    session.flush()
    _record(session, logged, now)
    return logged


def _check_contact(session: Session, contact_id: UUID | None, customer: Customer, by: Principal) -> None:
    if contact_id is None:
        return
    if queries.contacts.by_id(session, contact_id, by=by).customer_id != customer.id:
        raise ContactOfAnotherCustomer()


def _record(session: Session, logged: LoggedContact, now: datetime) -> None:
    events.record(
        session,
        "customer.contacted",
        subject_type="customer",
        subject_id=logged.customer_id,
        branch_id=logged.branch_id,
        actor_id=logged.staff_id,
        data={"way": logged.way, "logged_contact_id": str(logged.id)},
        now=now,
    )
