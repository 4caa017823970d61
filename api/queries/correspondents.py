"""Contacts as people to write to without a pickup: may they be, and how often were they already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.domain.readiness import MessagesSent
from api.models import Branch, Contact, Notice
from api.queries.wait_contacts import WEEK, hours_of


@dataclass(frozen=True, slots=True)
class Correspondent:
    """`zone` is the branch's: the contact's hours are local to it."""

    contact_id: UUID
    branch_id: UUID
    zone: ZoneInfo
    has_opted_out: bool
    own_hours: tuple[time, time] | None
    sent: MessagesSent
    pickup_id: None = None


def by_contact(session: Session, contact_id: UUID, *, now: datetime) -> Correspondent:
    contact = session.get_one(Contact, contact_id)
    branch = session.get_one(Branch, contact.branch_id)
    in_week = session.scalar(
        select(func.count()).where(Notice.contact_id == contact_id, Notice.decided_at > now - WEEK)
    )
    return Correspondent(
        contact_id=contact.id,
        branch_id=branch.id,
        zone=ZoneInfo(branch.timezone),
        has_opted_out=contact.opted_out_at is not None,
        own_hours=hours_of(contact.hours_start, contact.hours_end),
        sent=MessagesSent(about_pickup=0, in_week=in_week or 0),
    )
