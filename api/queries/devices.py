"""Phones that can be pushed to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.domain.principal import Principal
from api.models import Device, EventRecord, StaffMember, StaffSession
from api.queries import driver
from api.queries.among import among
from api.queries.insertion import insert


@dataclass(frozen=True, slots=True)
class TakenDevice:
    """A phone that was just taken from somebody."""

    device_id: UUID
    staff_id: UUID
    branch_id: UUID


LIVE = (
    select(Device.staff_id, Device.id)
    .join(StaffSession, StaffSession.id == Device.session_id)
    .join(StaffMember, StaffMember.id == Device.staff_id)
    .where(
        among(Device.staff_id, "staff_ids"),
        StaffSession.ended_at.is_(None),
        StaffSession.token_epoch == StaffMember.token_epoch,
        StaffMember.deactivated_at.is_(None),
    )
    .order_by(Device.id)
)


def live_of(session: Session, staff_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Return, by person, the phones whose session has not ended and whose owner still works here."""
    session.flush()
    phones: dict[UUID, list[UUID]] = {}
    for staff_id, device_id in driver.rows(session, LIVE, {"staff_ids": list(staff_ids)}):
        phones.setdefault(staff_id, []).append(device_id)
    return phones


def wait_for_address(session: Session, push_address: str) -> None:
    """Let one transaction at a time move an address, so that no two insert it at once.

    There may be no row yet that could be locked. On SQLite the writer is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(push_address, 0))))


def owner_of(session: Session, push_address: str) -> UUID | None:
    """Return whose phone this address is now."""
    return session.scalar(select(Device.staff_id).where(Device.push_address == push_address))


def take(session: Session, push_address: str, *, by: Principal, installation_id: str) -> TakenDevice | None:
    """Remove the address from whatever other phone entry has it; return whose it was."""
    row = session.execute(
        delete(Device)
        .where(
            Device.push_address == push_address,
            (Device.staff_id != by.staff_id) | (Device.installation_id != installation_id),
        )
        .returning(Device.id, Device.staff_id)
    ).one_or_none()
    if row is None:
        return None
    branch_id = session.scalars(select(StaffMember.branch_id).where(StaffMember.id == row.staff_id)).one()
    return TakenDevice(row.id, row.staff_id, branch_id)


def put(session: Session, *, by: Principal, installation_id: str, values: dict[str, Any]) -> Device:
    """Insert or replace the caller's entry for this installation."""
    entry = {"staff_id": by.staff_id, "installation_id": installation_id, **values}
    changed = {name: value for name, value in values.items() if name != "created_at"}
    statement = (
        insert(session, Device)
        .values(**entry)
        .on_conflict_do_update(index_elements=[Device.staff_id, Device.installation_id], set_=changed)
        .returning(Device)
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).one()


def forget(session: Session, *, by: Principal, installation_id: str) -> bool:
    """Remove the caller's entry for this installation; tell whether there was one."""
    mine = (Device.staff_id == by.staff_id) & (Device.installation_id == installation_id)
    return bool(session.scalars(delete(Device).where(mine).returning(Device.id)).all())


def forget_address(session: Session, push_address: str) -> None:
    """Remove the phone with this dead address, unless the app has given it another one meanwhile."""
    session.execute(delete(Device).where(Device.push_address == push_address))


def drop_unseen(session: Session, *, before: datetime, limit: int) -> int:
    """Remove at most `limit` phones that have not shown up since; return how many."""
    unseen = select(Device.id).where(Device.seen_at < before).limit(limit)
    return len(session.scalars(delete(Device).where(Device.id.in_(unseen)).returning(Device.id)).all())


def installation_of(session: Session, session_id: UUID) -> str:
    """Return the installation that a session belongs to."""
    return session.get_one(StaffSession, session_id).installation_id


def moves_since(session: Session, staff_id: UUID, event_name: str, *, since: datetime) -> int:
    """Count how often this person has taken an address from somebody since then."""
    mine = (EventRecord.subject_type == "staff") & (EventRecord.subject_id == staff_id)
    recent = (EventRecord.name == event_name) & (EventRecord.occurred_at >= since)
    return session.scalars(select(func.count()).where(mine, recent)).one()
