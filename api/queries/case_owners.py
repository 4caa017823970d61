"""Who gets a case that opens: the customer's rep, else whoever is at the branch to care for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.vocabulary import Role
from api.models import Customer, StaffMember
from api.queries import staff


def best_of(session: Session, customer_id: UUID, *, now: datetime) -> UUID | None:
    """Return the customer's active owner, else a dispatcher on duty, else a manager, else None."""
    customer = session.get_one(Customer, customer_id)
    active_owner = select(StaffMember.id).where(
        StaffMember.id == customer.owner_id, StaffMember.deactivated_at.is_(None)
    )
    if customer.owner_id is not None and (owner_id := session.scalar(active_owner)) is not None:
        return owner_id
    fallbacks = [
        *staff.dispatchers_on_duty(session, customer.branch_id, now=now),
        *staff.active_with_role(session, customer.branch_id, Role.MANAGER),
    ]
    return next(iter(fallbacks), None)
