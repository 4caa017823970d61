"""The contacts of pickups where a courier waits: may they be written to, and how often were they already."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.domain.readiness import MessagesSent
from api.domain.vocabulary import PickupState
from api.models import Branch, Contact, Notice, Pickup

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ContactAtDoor:
    """`zone` is the branch's: the contact's hours are local to it."""

    contact_id: UUID
    branch_id: UUID
    pickup_id: UUID
    pickup_state: PickupState
    window_end: datetime
    zone: ZoneInfo
    has_opted_out: bool
    sent: MessagesSent


def of_pickups(session: Session, pickup_ids: Collection[UUID], *, now: datetime) -> dict[UUID, ContactAtDoor]:
    """Return the contact of each pickup, by the pickup's id."""
    found = session.execute(
        select(
            Pickup.id,
            Pickup.contact_id,
            Pickup.branch_id,
            Pickup.state,
            Pickup.window_end,
            Contact.opted_out_at,
            Branch.timezone,
        )
        .join(Contact, Contact.id == Pickup.contact_id)
        .join(Branch, Branch.id == Pickup.branch_id)
        .where(Pickup.id.in_(pickup_ids))
    ).all()
    sent = _messages(session, {contact_id for _, contact_id, *_ in found}, now)
    in_week: Counter[UUID | None] = Counter()
    for (contact_id, _), count in sent.items():
        in_week[contact_id] += count
    # Taken apart in one step: after an outage there are many rows, and each look-up by name costs.
    return {
        pickup_id: ContactAtDoor(
            contact_id=contact_id,
            branch_id=branch_id,
            pickup_id=pickup_id,
            pickup_state=state,
            window_end=window_end,
            zone=ZoneInfo(timezone),
            has_opted_out=opted_out_at is not None,
            sent=MessagesSent(about_pickup=sent.get((contact_id, pickup_id), 0), in_week=in_week[contact_id]),
        )
        for pickup_id, contact_id, branch_id, state, window_end, opted_out_at, timezone in found
    }


def _messages(
    session: Session, contact_ids: Collection[UUID], now: datetime
) -> dict[tuple[UUID | None, UUID | None], int]:
    """Count the last week's notices by contact and pickup: a pickup's own are never older."""
    counted = session.execute(
        select(Notice.contact_id, Notice.pickup_id, func.count())
        .where(Notice.contact_id.in_(contact_ids), Notice.decided_at > now - WEEK)
        .group_by(Notice.contact_id, Notice.pickup_id)
    )
    return {(contact_id, pickup_id): count for contact_id, pickup_id, count in counted}
