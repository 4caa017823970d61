"""Pickups and waits as field events see and change them: rows without a mapper, written at the batch's end.

The mapper watches every attribute of every row, and writes row by row; a courier's step is worth neither.
The rows are locked from `field_events.at_hand` on, so nobody else changes them meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Table, Update, bindparam, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.domain.vocabulary import (
    ExtensionState,
    PickupState,
    Quality,
    ReadinessAnswer,
    Trust,
    WaitCause,
    WaitOutcome,
    WaitState,
)
from api.models import Base, Pickup, Wait
from api.queries import driver
from api.queries.insertion import insert_rows


@dataclass(slots=True)
class PickupRow:
    """What field events need of a pickup. What they change of it comes last."""

    id: UUID
    branch_id: UUID
    customer_id: UUID
    site_id: UUID
    contact_id: UUID
    courier_id: UUID | None
    window_start: datetime
    window_end: datetime
    promised_ready_at: datetime | None
    readiness_answer: ReadinessAnswer | None
    readiness_answered_at: datetime | None
    story_began_at: datetime | None
    state: PickupState
    changed_at: datetime
    last_event_at: datetime | None
    arrivals_undone: int
    parcels_collected: int | None
    feedback_due_at: datetime | None
    lateness_due_at: datetime | None


@dataclass(slots=True)
class WaitRow:
    """A wait; one that has just begun has only what comes without a default."""

    id: UUID
    branch_id: UUID
    pickup_id: UUID
    courier_id: UUID
    attempt: int
    limit_seconds: int
    policy_version: int
    loading_limit_seconds: int | None
    extension_max_minutes: int | None
    created_at: datetime
    arrived_at: datetime
    clock_started_at: datetime
    deadline_at: datetime
    generation: int
    trust: Trust
    quality: Quality
    state: WaitState = WaitState.OPEN
    outcome: WaitOutcome | None = None
    handover_started_at: datetime | None = None
    departed_at: datetime | None = None
    cause: WaitCause | None = None
    protected: bool = False
    needs_review: bool = False
    dwell_seconds: int | None = None
    avoidable_wait_seconds: int | None = None
    extension_state: ExtensionState | None = None
    extension_minutes: int | None = None
    extension_asked_at: datetime | None = None
    extension_asked_by: str | None = None


AnyPickup = Pickup | PickupRow
AnyWait = Wait | WaitRow


def columns_of(model: type[Base], row: type[PickupRow | WaitRow]) -> list[InstrumentedAttribute[Any]]:
    """Return the columns that make up such a row, in its order."""
    return [getattr(model, field.name) for field in fields(row)]


_OF_PICKUP = (
    *("state", "changed_at", "last_event_at", "arrivals_undone", "parcels_collected"),
    *("feedback_due_at", "lateness_due_at"),
)
_OF_WAIT = (
    *("state", "outcome", "arrived_at", "clock_started_at", "deadline_at", "generation", "trust", "quality"),
    *("handover_started_at", "departed_at", "cause", "protected", "needs_review"),
    *("dwell_seconds", "avoidable_wait_seconds"),
)
_OF_NEW_WAIT = (
    *_OF_WAIT,
    *("id", "branch_id", "pickup_id", "courier_id", "attempt", "limit_seconds", "policy_version"),
    *("loading_limit_seconds", "extension_max_minutes", "created_at"),
)
_STORED = "stored_id"


def _update_by_id(model: type[Base]) -> Update:
    table = model.__table__
    assert isinstance(table, Table)
    return update(table).where(table.c.id == bindparam(_STORED))


# Built once: building a statement costs more than asking it.
_MOVE_PICKUPS = _update_by_id(Pickup).values(version=Pickup.version + 1)
_CHANGE_WAITS = _update_by_id(Wait)


def move_pickups(session: Session, moved: Iterable[PickupRow]) -> None:
    """Write what events changed of pickups, under their next version."""
    _update(session, _MOVE_PICKUPS, moved, _OF_PICKUP)


def change_waits(session: Session, changed: Iterable[WaitRow]) -> None:
    """Write what events changed of waits that were stored before."""
    # Only one may run at a pickup: where another one runs now, the database must see the first one closed.
    closed_first = sorted(changed, key=lambda wait: wait.state is not WaitState.CLOSED)
    _update(session, _CHANGE_WAITS, closed_first, _OF_WAIT)


def open_waits(session: Session, opened: Iterable[WaitRow]) -> None:
    """Write waits that are new, after those that were stored before: of these one may have run until now."""
    of = attrgetter(*_OF_NEW_WAIT)
    insert_rows(session, Wait, [dict(zip(_OF_NEW_WAIT, of(wait), strict=True)) for wait in opened])


def _update(
    session: Session, statement: Update, rows: Iterable[PickupRow | WaitRow], names: tuple[str, ...]
) -> None:
    of = attrgetter("id", *names)
    values = [dict(zip((_STORED, *names), of(row), strict=True)) for row in rows]
    driver.update(session, statement, values)
