"""Cases as staff see them: lists, and one with all that was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import CaseCategory, CaseKind, CaseState
from api.models import Case, Customer
from api.queries import cases, scope
from api.queries.cases import CaseMessageView
from api.queries.paging import paginate


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list of cases is narrowed to. `overdue`: their time to answer has passed, or has not."""

    state: CaseState | None = None
    kind: CaseKind | None = None
    owner_id: UUID | None = None
    customer_id: UUID | None = None
    overdue: bool | None = None


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """A case as staff see it; the messages only where one case is shown."""

    id: UUID
    number: int
    kind: CaseKind
    category: CaseCategory
    state: CaseState
    customer_id: UUID
    customer_code: str
    customer_name: str
    contact_id: UUID | None
    pickup_id: UUID | None
    owner_id: UUID | None
    respond_by_at: datetime
    overdue: bool
    opened_at: datetime
    opened_by_id: UUID | None
    answered_at: datetime | None
    closed_at: datetime | None
    changed_at: datetime
    version: int
    messages: tuple[CaseMessageView, ...] = ()


def listed(
    session: Session, *, by: Principal, only: CaseFilter, page: PageRequest, now: datetime
) -> Page[CaseEntry]:
    """List cases, the one to be answered first at the top. Without a state, those that are not closed."""
    statement = select(Case).where(scope.cases(by))
    if only.state is None:
        statement = statement.where(Case.state != CaseState.CLOSED)
    else:
        statement = statement.where(Case.state == only.state)
    if only.kind is not None:
        statement = statement.where(Case.kind == only.kind)
    if only.owner_id is not None:
        statement = statement.where(Case.owner_id == only.owner_id)
    if only.customer_id is not None:
        statement = statement.where(Case.customer_id == only.customer_id)
    if only.overdue is not None:
        late = (Case.state == CaseState.OPEN) & (Case.respond_by_at <= now)
        statement = statement.where(late if only.overdue else ~late)
    found = paginate(session, statement, [Case.respond_by_at, Case.id], page)
    return Page(_entries(session, found.items, now=now), found.next_cursor)


def entry_by_id(session: Session, case_id: UUID, *, by: Principal, now: datetime) -> CaseEntry:
    return entry_of(session, cases.by_id(session, case_id, by=by), now=now)


def entry_of(session: Session, case: Case, *, now: datetime) -> CaseEntry:
    """Return one case with all that was said."""
    customer = session.get_one(Customer, case.customer_id)
    return _entry(case, customer, now, cases.messages_of(session, case.id))


def _entries(session: Session, cases: Sequence[Case], *, now: datetime) -> list[CaseEntry]:
    """Show these cases, whose customers are read in one statement."""
    wanted = {case.customer_id for case in cases}
    customers = {one.id: one for one in session.scalars(select(Customer).where(Customer.id.in_(wanted)))}
    return [_entry(case, customers[case.customer_id], now) for case in cases]


def _entry(
    case: Case, customer: Customer, now: datetime, messages: tuple[CaseMessageView, ...] = ()
) -> CaseEntry:
    return CaseEntry(
        id=case.id,
        number=case.number,
        kind=case.kind,
        category=case.category,
        state=case.state,
        customer_id=customer.id,
        customer_code=customer.code,
        customer_name=customer.name,
        contact_id=case.contact_id,
        pickup_id=case.pickup_id,
        owner_id=case.owner_id,
        respond_by_at=case.respond_by_at,
        overdue=case.state is CaseState.OPEN and case.respond_by_at <= now,
        opened_at=case.opened_at,
        opened_by_id=case.opened_by_id,
        answered_at=case.answered_at,
        closed_at=case.closed_at,
        changed_at=case.changed_at,
        version=case.version,
        messages=messages,
    )
