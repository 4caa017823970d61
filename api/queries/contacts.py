"""Contacts: by id, of a customer, and by phone through its keyed hash."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.models import Contact
from api.queries import customers, scope
from api.queries.paging import paginate


def by_id(session: Session, contact_id: UUID, *, by: Principal) -> Contact:
    found = session.scalar(select(Contact).where(Contact.id == contact_id, scope.contacts(by)))
    if found is None:
        raise NotFound()
    return found


def of_customer(session: Session, customer_id: UUID, *, by: Principal, page: PageRequest) -> Page[Contact]:
    """List a customer's contacts, oldest first. Raises NotFound when the customer is out of sight."""
    customers.by_id(session, customer_id, by=by)
    statement = select(Contact).where(Contact.customer_id == customer_id, scope.contacts(by))
    return paginate(session, statement, [Contact.id], page)


def with_phone(session: Session, phone: str, *, by: Principal, page: PageRequest) -> Page[Contact]:
    """List who has this number (E.164): one person may be the contact of several customers."""
    statement = select(Contact).where(Contact.phone_index == phone, scope.contacts(by))
    return paginate(session, statement, [Contact.id], page)


def ids_of(session: Session, customer_id: UUID) -> Sequence[UUID]:
    """Return the ids of all contacts of a customer."""
    return session.scalars(select(Contact.id).where(Contact.customer_id == customer_id)).all()
