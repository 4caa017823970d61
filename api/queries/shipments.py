"""Shipments: of a customer, by waybill, and stored many at once."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.shipments import ShipmentFacts
from api.models import Shipment
from api.queries import customers, scope
from api.queries.insertion import insert_missing
from api.queries.paging import paginate


def of_customer(session: Session, customer_id: UUID, *, by: Principal, page: PageRequest) -> Page[Shipment]:
    """List a customer's shipments, newest first. Raises NotFound when the customer is out of sight."""
    customers.by_id(session, customer_id, by=by)
    statement = select(Shipment).where(Shipment.customer_id == customer_id, scope.shipments(by))
    return paginate(session, statement, [Shipment.picked_up_at, Shipment.id], page, descending=True)


def facts_by_waybill(
    session: Session, branch_id: UUID, waybills: Collection[str]
) -> dict[str, ShipmentFacts]:
    """Return what is stored under these waybills, in one statement."""
    found = session.scalars(
        select(Shipment).where(Shipment.branch_id == branch_id, Shipment.waybill.in_(waybills))
    )
    return {row.waybill: _facts_of(row) for row in found}


def add_missing(session: Session, rows: Sequence[dict[str, Any]]) -> set[str]:
    """Store the shipments whose waybill the branch does not have yet; return the waybills stored."""
    return insert_missing(session, Shipment, rows, unique=("branch_id", "waybill"), told=Shipment.waybill)


def _facts_of(row: Shipment) -> ShipmentFacts:
    return ShipmentFacts(row.customer_id, row.picked_up_at, row.revenue, row.pieces, row.failure)
