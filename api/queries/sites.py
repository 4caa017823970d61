"""Sites: by id and of a customer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.models import Site
from api.queries import customers, scope
from api.queries.insertion import insert_missing
from api.queries.paging import paginate


def by_id(session: Session, site_id: UUID, *, by: Principal) -> Site:
    found = session.scalar(select(Site).where(Site.id == site_id, scope.sites(by)))
    if found is None:
        raise NotFound()
    return found


def of_customer(session: Session, customer_id: UUID, *, by: Principal, page: PageRequest) -> Page[Site]:
    """List a customer's sites, oldest first. Raises NotFound when the customer is out of sight."""
    customers.by_id(session, customer_id, by=by)
    statement = select(Site).where(Site.customer_id == customer_id, scope.sites(by))
    return paginate(session, statement, [Site.id], page)


def find_by_name(session: Session, customer_id: UUID, name: str) -> Site | None:
    return session.scalar(select(Site).where(Site.customer_id == customer_id, Site.name == name))


def add_missing(session: Session, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Add the sites whose name their customer does not have yet; return the ids of those added."""
    return insert_missing(session, Site, rows, unique=("customer_id", "name"), told=Site.id)
