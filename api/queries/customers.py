"""Customers: by id, by code, and listed with filters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import Grade
from api.models import Customer
from api.queries import scope
from api.queries.insertion import insert_missing
from api.queries.paging import paginate


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What a list of customers is narrowed to; `q` is part of a name or code, in either case."""

    q: str | None = None
    grade: Grade | None = None
    owner_id: UUID | None = None
    code: str | None = None


def by_id(session: Session, customer_id: UUID, *, by: Principal) -> Customer:
    found = session.scalar(select(Customer).where(Customer.id == customer_id, scope.customers(by)))
    if found is None:
        raise NotFound()
    return found


def listed(session: Session, *, by: Principal, only: CustomerFilter, page: PageRequest) -> Page[Customer]:
    """List customers by code."""
    statement = select(Customer).where(scope.customers(by), *narrowed_to(only))
    return paginate(session, statement, [Customer.code, Customer.id], page)


def find_by_code(session: Session, branch_id: UUID, code: str) -> Customer | None:
    return session.scalar(select(Customer).where(Customer.branch_id == branch_id, Customer.code == code))


def ids_by_code(session: Session, branch_id: UUID, codes: Collection[str]) -> dict[str, UUID]:
    """Return the ids of those codes that the branch has, in one statement."""
    found = session.execute(
        select(Customer.code, Customer.id).where(Customer.branch_id == branch_id, Customer.code.in_(codes))
    )
    return {row.code: row.id for row in found}


def add_missing(session: Session, rows: Sequence[dict[str, Any]]) -> set[str]:
    """Add the customers whose code the branch does not have yet; return the codes added."""
    return insert_missing(session, Customer, rows, unique=("branch_id", "code"), told=Customer.code)


def narrowed_to(only: CustomerFilter) -> list[ColumnElement[bool]]:
    """Return a filter as conditions on customers."""
    exact = {Customer.grade: only.grade, Customer.owner_id: only.owner_id, Customer.code: only.code}
    conditions = [column == wanted for column, wanted in exact.items() if wanted is not None]
    if only.q is not None:
        part = only.q.lower()
        searched = (func.lower(column) for column in (Customer.name, Customer.code))
        conditions.append(or_(*(text.contains(part, autoescape=True) for text in searched)))
    return conditions
