"""Taking in customers and changing what we know of them. All of a rep's customers go by a transfer."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.customers import (
    BookLine,
    CustomerCodeTaken,
    CustomerDraft,
    OwnerIsNotASalesRep,
    check_owner_change,
    owner_when_created,
)
from api.domain.errors import PreconditionFailed
from api.domain.exports import TakenAway
from api.domain.principal import Principal
from api.domain.vocabulary import CustomerState, ExportKind, Role
from api.models import Customer
from api.queries.customers import CustomerFilter
from api.services import events, exports, ownership
from api.services.changes import note_pickups_of
from api.services.exports import Wish


def create(session: Session, draft: CustomerDraft, *, by: Principal, now: datetime) -> Customer:
    """Take in a customer. A rep owns those he creates.

    Raises CustomerCodeTaken, OwnerIsNotYours and OwnerIsNotASalesRep.
    """
    owner_id = owner_when_created(by, draft.owner_id)
    _check_owner(session, owner_id, by.branch_id)
    if queries.customers.find_by_code(session, by.branch_id, draft.code) is not None:
        raise CustomerCodeTaken()
    customer = Customer(
        branch_id=by.branch_id,
        code=draft.code,
        name=draft.name,
        industry=draft.industry,
        grade=draft.grade,
        owner_id=owner_id,
        wait_limit_seconds=draft.wait_limit_seconds,
        founded_on=draft.founded_on,
        created_at=now,
    )
    session.add(customer)
    session.flush()
    _record(session, "customer.created", customer, by, {"owner_id": _text(owner_id)}, now)
    return customer


def change(
    session: Session,
    *,
    customer_id: UUID,
    changes: dict[str, Any],
    version: int,
    by: Principal,
    now: datetime,
) -> Customer:
    """Change what is named in `changes`: name, industry, grade, owner, wait limit.

    Raises OwnerIsNotYours, OwnerIsNotASalesRep and PreconditionFailed.
    """
    customer = queries.customers.by_id(session, customer_id, by=by)
    if customer.version != version:
        raise PreconditionFailed()
    if "owner_id" in changes:
        check_owner_change(by, before=customer.owner_id, after=changes["owner_id"])
        _check_owner(session, changes["owner_id"], by.branch_id)
        ownership.give(session, customer, changes["owner_id"], by=by, now=now)
    for name, value in changes.items():
        setattr(customer, name, value)
    session.flush()
    note_pickups_of(session, customer, now=now)
    _record(session, "customer.changed", customer, by, {"fields": sorted(changes)}, now)
    return customer


def export_book(
    session: Session, *, only: CustomerFilter, by: Principal, now: datetime
) -> TakenAway[BookLine]:
    """Take one's book away, a rep his own and others the branch's. Raises as `exports.take_away`."""
    wish = Wish(
        ExportKind.CUSTOMERS,
        {"grade": only.grade, "owner_id": _text(only.owner_id)},
        lambda most: queries.customer_book.every_line(session, only=only, by=by, most=most),
    )
    return exports.take_away(session, wish, by=by, now=now)


def add_missing(
    session: Session, drafts: Iterable[CustomerDraft], *, branch_id: UUID, now: datetime
) -> set[str]:
    """Take in those whose code is new to the branch and return their codes; the others stay as they are.

    For imports: the owners have been checked, and one fact tells of the whole batch.
    """
    added = queries.customers.add_missing(session, [_row(draft, branch_id, now) for draft in drafts])
    if added:
        events.record(
            session,
            "customers.imported",
            subject_type="branch",
            subject_id=branch_id,
            branch_id=branch_id,
            data={"added": len(added)},
            now=now,
        )
    return added


def _row(draft: CustomerDraft, branch_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "branch_id": branch_id,
        "code": draft.code,
        "name": draft.name,
        "industry": draft.industry,
        "grade": draft.grade,
        "owner_id": draft.owner_id,
        "wait_limit_seconds": draft.wait_limit_seconds,
        "founded_on": draft.founded_on,
        "state": CustomerState.ACTIVE,
        "version": 1,
        "created_at": now,
    }


def _check_owner(session: Session, owner_id: UUID | None, branch_id: UUID) -> None:
    if owner_id is None:
        return
    queries.staff.lock(session, [owner_id])  # He does not leave while he is given a customer.
    if not queries.staff.is_active_with_role(session, owner_id, branch_id=branch_id, role=Role.SALES_REP):
        raise OwnerIsNotASalesRep(errors={"owner_id": [OwnerIsNotASalesRep.__doc__]})


def _record(
    session: Session, name: str, customer: Customer, by: Principal, data: dict[str, Any], now: datetime
) -> None:
    events.record(
        session,
        name,
        subject_type="customer",
        subject_id=customer.id,
        branch_id=customer.branch_id,
        actor_id=by.staff_id,
        data=data,
        now=now,
    )


def _text(owner_id: UUID | None) -> str | None:
    return None if owner_id is None else str(owner_id)
