"""Giving a customer another owner: what is open goes along, and the change is kept in his story."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.principal import Principal
from api.models import Customer
from api.queries.timeline_sources import OWNER_CHANGED
from api.services import events


def give(session: Session, customer: Customer, to_id: UUID | None, *, by: Principal, now: datetime) -> None:
    """Give one customer to somebody else, or to nobody; the caller flushes.

    Open alerts, visits, promises and cases of the former owner go along; without a new owner they stay.
    """
    from_id = customer.owner_id
    if to_id == from_id:
        return
    customer.owner_id = to_id
    session.flush()
    if from_id is not None and to_id is not None:
        for kind, ids in queries.holdings.of_customer(session, customer.id, from_id).items():
            queries.holdings.give(session, kind, ids, holder=from_id, to=to_id)
    record(session, [(customer.id, to_id)], from_id=from_id, by=by, now=now)


def record(
    session: Session,
    given: Iterable[tuple[UUID, UUID | None]],
    *,
    from_id: UUID | None,
    by: Principal,
    transfer_id: UUID | None = None,
    now: datetime,
) -> None:
    """Keep who had these customers and who has them now."""
    because = {"transfer_id": str(transfer_id)} if transfer_id else {}
    for customer_id, to_id in given:
        events.record(
            session,
            OWNER_CHANGED,
            subject_type="customer",
            subject_id=customer_id,
            branch_id=by.branch_id,
            actor_id=by.staff_id,
            data={"from_id": _text(from_id), "to_id": _text(to_id), **because},
            now=now,
        )


def _text(staff_id: UUID | None) -> str | None:
    return None if staff_id is None else str(staff_id)
