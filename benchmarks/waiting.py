"""A crowd of couriers at doors, written in bulk: waits by the ten thousand, each with the timer it waits for.

Every courier has a phone and stands alone at his door; every contact can be written to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api.domain.vocabulary import (
    AddressKind,
    Locale,
    PickupState,
    Platform,
    Quality,
    Role,
    TimerState,
    Trust,
    WaitState,
)
from api.domain.wait_ladder import next_rung
from api.domain.wait_policy import WaitClock
from api.models import Base, Contact, Device, Pickup, StaffMember, StaffSession, Wait, WaitTimer
from tests import factories

DOORS_PER_BRANCH = 500
LIMIT = timedelta(minutes=5)
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Door:
    """Where one courier is about to arrive."""

    branch_id: UUID
    courier_id: UUID
    pickup_id: UUID


def make_doors(session: Session, count: int, *, now: datetime) -> list[Door]:
    """Write pickups, each with a courier and a contact of its own, in as many branches as it takes."""
    doors: list[Door] = []
    while len(doors) < count:
        doors += _branch_of_doors(session, min(DOORS_PER_BRANCH, count - len(doors)), now)
    return doors


def open_waits(
    session: Session, arrivals: Sequence[tuple[Door, datetime]], *, limit: timedelta = LIMIT, now: datetime
) -> None:
    """Open a wait for each arrival and arm the timer that a server running until `now` would have armed."""
    clocks = [(uuid7(), door, WaitClock(at, limit, at + limit)) for door, at in arrivals]
    write(session, Wait, [_wait(wait_id, door, clock, now) for wait_id, door, clock in clocks])
    write(session, WaitTimer, [_timer(wait_id, clock, now) for wait_id, _, clock in clocks])


def write(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    assert isinstance(model.__table__, Table)
    for start in range(0, len(rows), CHUNK):
        session.connection().execute(insert(model.__table__), rows[start : start + CHUNK])


def _wait(wait_id: UUID, door: Door, clock: WaitClock, now: datetime) -> dict[str, Any]:
    return {
        "id": wait_id,
        "branch_id": door.branch_id,
        "pickup_id": door.pickup_id,
        "courier_id": door.courier_id,
        "attempt": 1,
        "state": WaitState.OPEN,
        "arrived_at": clock.started_at,
        "clock_started_at": clock.started_at,
        "limit_seconds": int(clock.limit.total_seconds()),
        "deadline_at": clock.deadline_at,
        "policy_version": 0,
        "trust": Trust.VERIFIED,
        "quality": Quality.MEASURED,
        "created_at": now,
    }


def _timer(wait_id: UUID, clock: WaitClock, now: datetime) -> dict[str, Any]:
    rung = next_rung(clock, after=now)
    assert rung is not None
    return {
        "wait_id": wait_id,
        "kind": rung.kind,
        "generation": clock.generation,
        "due_at": rung.at,
        "expires_at": rung.expires_at,
        "state": TimerState.ARMED,
    }


def _branch_of_doors(session: Session, count: int, now: datetime) -> list[Door]:
    branch = factories.make_branch(session, code=f"BENCH-{uuid4().hex[:8]}", timezone=_where_it_is_noon(now))
    dispatcher = factories.make_staff(session, branch, role=Role.DISPATCHER, phone=_phone())
    factories.make_device(session, dispatcher)
    customer = factories.make_customer(session, branch, code=uuid4().hex)
    site = factories.make_site(session, customer)
    doors = [Door(branch.id, uuid7(), uuid7()) for _ in range(count)]
    contacts = {door.pickup_id: uuid7() for door in doors}
    write(session, StaffMember, [_courier(door, now) for door in doors])
    _give_phones(session, doors, now)
    write(
        session,
        Contact,
        [
            {
                "id": contact_id,
                "branch_id": branch.id,
                "customer_id": customer.id,
                "name": "李芳",
                "phone": (phone := _phone()),
                "phone_index": phone,
                "locale": Locale.ZH_CN,
                "created_at": now,
            }
            for contact_id in contacts.values()
        ],
    )
    write(
        session,
        Pickup,
        [
            {
                "id": door.pickup_id,
                "branch_id": branch.id,
                "customer_id": customer.id,
                "site_id": site.id,
                "contact_id": contacts[door.pickup_id],
                "external_ref": uuid4().hex,
                "state": PickupState.AT_DOOR,
                "window_start": now - timedelta(hours=1),
                "window_end": now + timedelta(hours=2),
                "courier_id": door.courier_id,
                "assigned_at": now - timedelta(hours=1),
                "created_at": now,
                "changed_at": now,
            }
            for door in doors
        ],
    )
    return doors


def _courier(door: Door, now: datetime) -> dict[str, Any]:
    phone = _phone()
    return {
        "id": door.courier_id,
        "branch_id": door.branch_id,
        "role": Role.COURIER,
        "name": "王小明",
        "phone": phone,
        "phone_index": phone,
        "locale": Locale.ZH_CN,
        "created_at": now,
    }


def _give_phones(session: Session, doors: Sequence[Door], now: datetime) -> None:
    sessions = [(uuid7(), door.courier_id, uuid4().hex) for door in doors]
    write(
        session,
        StaffSession,
        [
            {
                "id": session_id,
                "staff_id": courier_id,
                "installation_id": installation,
                "token_epoch": 1,
                "created_at": now,
                "refreshed_at": now,
            }
            for session_id, courier_id, installation in sessions
        ],
    )
    write(
        session,
        Device,
        [
            {
                "staff_id": courier_id,
                "session_id": session_id,
                "installation_id": installation,
                "push_address": f"fcm-token-{installation}",
                "address_kind": AddressKind.TOKEN,
                "platform": Platform.ANDROID,
                "app_version": "1.0.0",
                "created_at": now,
                "seen_at": now,
            }
            for session_id, courier_id, installation in sessions
        ],
    )


def _where_it_is_noon(now: datetime) -> str:
    """Return a zone where contacts may be written to, at whatever hour this is measured."""
    # Signs are POSIX's: west is plus.
    return f"Etc/GMT{now.hour - 12:+d}"


def _phone() -> str:
    return f"+86{uuid4().int % 10**13:013}"
