"""Readiness: the newest answer for a pickup, how many there were, and whose contact is to be asked now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from api.models import Branch, Contact, Pickup, ReadinessRecord
from api.queries import wait_contacts


@dataclass(frozen=True, slots=True)
class ContactHours:
    """The time zone of a contact's branch, and the hours he named; None where the branch's hold."""

    zone: ZoneInfo
    own: tuple[time, time] | None


def newest_answer(session: Session, pickup_id: UUID) -> ReadinessRecord | None:
    return _newest(session, ReadinessRecord.pickup_id == pickup_id)


def newest_answer_through(session: Session, link_id: UUID) -> ReadinessRecord | None:
    """Return what was answered last through one link."""
    return _newest(session, ReadinessRecord.link_id == link_id)


def count_answers(session: Session, pickup_id: UUID) -> int:
    """Count the versions of a pickup's answer."""
    statement = select(func.count()).where(ReadinessRecord.pickup_id == pickup_id)
    return session.scalar(statement) or 0


def due_pings(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return pickups whose contact is to be asked, longest due first."""
    due = select(Pickup.id).where(Pickup.ping_due_at <= now)
    return session.scalars(due.order_by(Pickup.ping_due_at).limit(limit)).all()


def claim_due_ping(session: Session, pickup_id: UUID, *, now: datetime) -> Pickup | None:
    """Take a pickup whose contact is to be asked; None when another process was quicker."""
    return session.scalar(
        select(Pickup)
        .where(Pickup.id == pickup_id, Pickup.ping_due_at <= now)
        .with_for_update(key_share=True, skip_locked=True)
    )


def look_again(session: Session, pickup: Pickup, *, at: datetime | None) -> None:
    """Set when asking is looked at next. Nothing that people see of a pickup changes, nor its version."""
    session.execute(
        update(Pickup)
        .where(Pickup.id == pickup.id)
        .values(ping_due_at=at)
        .execution_options(synchronize_session=False)
    )
    set_committed_value(pickup, "ping_due_at", at)


def hours_of(session: Session, contact_id: UUID) -> ContactHours:
    """Return when a contact may be written to, as far as he and the place say so themselves."""
    timezone, start, end = session.execute(
        select(Branch.timezone, Contact.hours_start, Contact.hours_end)
        .join(Branch, Branch.id == Contact.branch_id)
        .where(Contact.id == contact_id)
    ).one()
    return ContactHours(ZoneInfo(timezone), wait_contacts.hours_of(start, end))


def _newest(session: Session, condition: ColumnElement[bool]) -> ReadinessRecord | None:
    return session.scalar(
        select(ReadinessRecord).where(condition).order_by(ReadinessRecord.id.desc()).limit(1)
    )
