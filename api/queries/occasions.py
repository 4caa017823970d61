"""Occasions: whose day it is, those noticed already, and what holds a greeting back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, extract, or_, select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.notice_words import WORDS
from api.domain.occasions import is_anniversary, kept_on
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import CaseState, CustomerState, Grade, Locale, OccasionKind
from api.models import Case, Contact, Customer, Occasion
from api.queries import scope
from api.queries.insertion import insert_missing
from api.queries.paging import paginate


@dataclass(frozen=True, slots=True)
class OccasionView:
    """An occasion with whom it is about, what a greeting would say, and whether a case holds it back."""

    occasion: Occasion
    contact_name: str
    contact_locale: Locale
    customer_code: str
    customer_name: str
    grade: Grade | None
    owner_id: UUID | None
    is_held_back: bool

    @property
    def greeting(self) -> str:
        """The words in the contact's language."""
        return WORDS[self.contact_locale][self.occasion.kind]

    @property
    def version(self) -> int:
        return self.occasion.version


def listed(session: Session, *, day: date, by: Principal, page: PageRequest) -> Page[OccasionView]:
    """List the occasions of a day, as they were noticed."""
    statement = select(Occasion).where(Occasion.falls_on == day, scope.occasions(by))
    found = paginate(session, statement, [Occasion.id], page)
    return Page(_views(session, found.items), found.next_cursor)


def locked_by_id(session: Session, occasion_id: UUID, *, by: Principal) -> Occasion:
    found = session.scalar(
        select(Occasion)
        .where(Occasion.id == occasion_id, scope.occasions(by))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound()
    return found


def view_of(session: Session, occasion: Occasion) -> OccasionView:
    return _views(session, [occasion])[0]


def open_on(session: Session, *, rep_ids: Collection[UUID], day: date) -> list[OccasionView]:
    """Return what these reps can congratulate on today: neither greeted yet nor held back."""
    found = session.scalars(
        select(Occasion)
        .join(Customer, Customer.id == Occasion.customer_id)
        .where(
            Occasion.falls_on == day,
            Occasion.branch_id == Customer.branch_id,
            Customer.owner_id.in_(rep_ids),
            Occasion.greeted_at.is_(None),
        )
        .order_by(Occasion.id)
    ).all()
    return [view for view in _views(session, found) if not view.is_held_back]


def has_open_case(session: Session, customer_id: UUID) -> bool:
    return session.scalar(select(_open_cases_of(customer_id))) is True


def notice(
    session: Session, branch_id: UUID, day: date, festivals: Sequence[OccasionKind], *, now: datetime
) -> int:
    """Write down whose day it is in a branch; return how many are new.

    Only contacts of active customers count, and only those who want messages. A second look, and a second
    process that looks, add nothing.
    """
    found = _contacts_of_the_day(session, branch_id, day, festivals)
    rows: list[dict[str, Any]] = [
        {
            "branch_id": branch_id,
            "customer_id": customer_id,
            "contact_id": contact_id,
            "kind": kind,
            "year": day.year,
            "falls_on": day,
            "noticed_at": now,
        }
        for kind, contact_id, customer_id in found
    ]
    unique = ("contact_id", "kind", "year")
    return len(insert_missing(session, Occasion, rows, unique=unique, told=Occasion.id))


def _contacts_of_the_day(
    session: Session, branch_id: UUID, day: date, festivals: Sequence[OccasionKind]
) -> list[tuple[OccasionKind, UUID, UUID]]:
    birthdays = Contact.birthday_index.in_(kept_on(day))
    of_the_day = _contacts(session, branch_id, birthdays)
    found = [(OccasionKind.BIRTHDAY, contact_id, customer_id) for contact_id, customer_id, _ in of_the_day]
    # 29 February is looked at on the 28th as well: which of the two it is, the domain knows.
    near = and_(
        extract("month", Customer.founded_on) == day.month,
        extract("day", Customer.founded_on).in_([day.day, day.day + 1]),
    )
    found += [
        (OccasionKind.COMPANY_ANNIVERSARY, contact_id, customer_id)
        for contact_id, customer_id, founded_on in _contacts(session, branch_id, near)
        if is_anniversary(founded_on, day)
    ]
    everybody = _contacts(session, branch_id) if festivals else []
    return found + [
        (kind, contact_id, customer_id) for kind in festivals for contact_id, customer_id, _ in everybody
    ]


def _contacts(
    session: Session, branch_id: UUID, *conditions: ColumnElement[bool]
) -> Sequence[tuple[UUID, UUID, Any]]:
    rows = session.execute(
        select(Contact.id, Contact.customer_id, Customer.founded_on)
        .join(Customer, Customer.id == Contact.customer_id)
        .where(
            Contact.branch_id == branch_id,
            Contact.opted_out_at.is_(None),
            or_(Contact.phone.is_not(None), Contact.email.is_not(None)),
            Customer.state == CustomerState.ACTIVE,
            *conditions,
        )
        .order_by(Contact.id)
    )
    return [(row.id, row.customer_id, row.founded_on) for row in rows]


def _open_cases_of(customer_id: Any) -> ColumnElement[bool]:
    return exists().where(Case.customer_id == customer_id, Case.state != CaseState.CLOSED)


def _views(session: Session, occasions: Sequence[Occasion]) -> list[OccasionView]:
    rows = session.execute(
        select(Occasion.id, Contact, Customer, _open_cases_of(Customer.id).label("held"))
        .join(Contact, Contact.id == Occasion.contact_id)
        .join(Customer, Customer.id == Occasion.customer_id)
        .where(Occasion.id.in_([one.id for one in occasions]))
    )
    found = {row[0]: (row[1], row[2], row[3]) for row in rows}
    return [_view(one, *found[one.id]) for one in occasions]


def _view(occasion: Occasion, contact: Contact, customer: Customer, held: bool) -> OccasionView:
    return OccasionView(
        occasion,
        contact.name,
        contact.locale,
        customer.code,
        customer.name,
        customer.grade,
        customer.owner_id,
        held,
    )
