"""Notes in the feed of changes what changed, in the transaction of the change.

Whoever writes what phones keep a copy of (a pickup, a wait, a notice) says so here, after the flush.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.changes import KEPT_FOR
from api.domain.vocabulary import ChangeKind
from api.models import Contact, Customer, Notice, Pickup, Site, Wait
from api.queries.door_steps import AnyPickup, AnyWait, PickupRow, WaitRow

_KINDS = {
    Pickup: ChangeKind.PICKUP,
    PickupRow: ChangeKind.PICKUP,
    Wait: ChangeKind.WAIT,
    WaitRow: ChangeKind.WAIT,
    Notice: ChangeKind.NOTICE,
}


def note(session: Session, changed: Iterable[AnyPickup | AnyWait | Notice], *, now: datetime) -> None:
    """Note rows that are at hand: for their courier or reader, and for the branch."""
    queries.changes.write(session, [_row(one, _concerned(one), now) for one in changed])


def note_told(session: Session, rows: Iterable[Mapping[str, Any]], *, now: datetime) -> None:
    """Note rows of notices that were just decided, for those of the staff who will read them."""
    queries.changes.write(
        session,
        [
            {
                "branch_id": row["branch_id"],
                "staff_id": row["staff_id"],
                "kind": ChangeKind.NOTICE,
                "subject_id": row["id"],
                "changed_at": now,
            }
            for row in rows
            if row["staff_id"] is not None
        ],
    )


def note_loss(session: Session, pickup: Pickup, *, courier_id: UUID, now: datetime) -> None:
    """Note for a courier that the pickup is his no more: his phone is told that it is gone."""
    queries.changes.write(session, [_row(pickup, courier_id, now)])


def note_pickups_of(session: Session, subject: Customer | Contact | Site, *, now: datetime) -> None:
    """Note the open pickups of a customer, contact or site: its name and address stand in them."""
    queries.changes.write_open_pickups(session, subject, now=now)


def note_past_pickups_of(session: Session, contact: Contact, *, now: datetime) -> None:
    """Note the pickups of a contact that a phone may still keep a copy of: his name stands in them."""
    queries.changes.write_past_pickups(session, contact.id, since=now - KEPT_FOR, now=now)


def note_pickups_of_all(session: Session, customer_ids: Collection[UUID], *, now: datetime) -> None:
    """Note the open pickups of customers that go to another owner: they come into his sight."""
    if customer_ids:
        queries.changes.write_open_pickups_of(session, customer_ids, now=now)


def note_waits(session: Session, wait_ids: Collection[UUID], *, now: datetime) -> None:
    """Note waits that a sweep changed set-based."""
    if wait_ids:
        queries.changes.write_waits(session, wait_ids, now=now)


def _concerned(changed: AnyPickup | AnyWait | Notice) -> UUID | None:
    return changed.staff_id if isinstance(changed, Notice) else changed.courier_id


def _row(changed: AnyPickup | AnyWait | Notice, staff_id: UUID | None, now: datetime) -> dict[str, Any]:
    return {
        "branch_id": changed.branch_id,
        "staff_id": staff_id,
        "kind": _KINDS[type(changed)],
        "subject_id": changed.id,
        "changed_at": now,
    }
