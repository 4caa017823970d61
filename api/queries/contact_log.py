"""The contact log: a customer's, and when customers were heard of last."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.domain import contact_log as rules
from api.domain.business_hours import local_day
from api.domain.contact_log import Dues
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.visit_cadence import cadence
from api.models import Branch, Customer, LoggedContact, Visit
from api.queries import branches, customers
from api.queries.paging import paginate


def of_customer(
    session: Session, customer_id: UUID, *, by: Principal, page: PageRequest
) -> Page[LoggedContact]:
    """List a customer's logged contacts, the newest first. Raises NotFound when it is out of sight."""
    customers.by_id(session, customer_id, by=by)
    statement = select(LoggedContact).where(LoggedContact.customer_id == customer_id)
    key = [LoggedContact.happened_at, LoggedContact.id]
    return paginate(session, statement, key, page, descending=True)


def newest_by_customer(session: Session, customer_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when each of these customers was last in a logged contact; who never was is left out."""
    rows = session.execute(
        select(LoggedContact.customer_id, func.max(LoggedContact.happened_at))
        .where(LoggedContact.customer_id.in_(customer_ids))
        .group_by(LoggedContact.customer_id)
    )
    return {row[0]: row[1] for row in rows}


def dues_of(session: Session, customer_id: UUID, *, by: Principal) -> Dues:
    """Return by when a customer should be visited and heard of. Raises NotFound when it is out of sight."""
    customer: Customer = customers.by_id(session, customer_id, by=by)
    zone = ZoneInfo(session.get_one(Branch, customer.branch_id).timezone)
    visited_at = session.scalar(select(func.max(Visit.completed_at)).where(Visit.customer_id == customer_id))
    contacted_at = newest_by_customer(session, [customer_id]).get(customer_id)
    every = cadence(branches.policy(session, customer.branch_id), customer.grade)
    return rules.dues(
        visited_at and local_day(visited_at, zone), contacted_at and local_day(contacted_at, zone), every
    )
