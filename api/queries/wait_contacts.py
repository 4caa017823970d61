"""The contacts of pickups where a courier waits: may they be written to, and how often were they already."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from api.domain.readiness import MessagesSent
from api.domain.vocabulary import PickupState
from api.models import Branch, Contact, Notice, Pickup
from api.queries import driver
from api.queries.among import among

WEEK = timedelta(days=7)


class ContactAtDoor(NamedTuple):
    """`zone` is the branch's: the contact's hours are local to it."""

    contact_id: UUID
    branch_id: UUID
    pickup_id: UUID
    pickup_state: PickupState
    window_end: datetime
    zone: ZoneInfo
    has_opted_out: bool
    own_hours: tuple[time, time] | None
    sent: MessagesSent


AT_DOORS = (
    select(
        *(Pickup.id, Pickup.contact_id, Pickup.branch_id, Pickup.state, Pickup.window_end),
        *(Contact.opted_out_at, Contact.hours_start, Contact.hours_end, Branch.timezone),
    )
    .join(Contact, Contact.id == Pickup.contact_id)
    .join(Branch, Branch.id == Pickup.branch_id)
    .where(among(Pickup.id, "pickup_ids"))
)

_IS_RECENT = Notice.decided_at > bindparam("a_week_ago")

TOLD = (
    select(Notice.contact_id, Notice.pickup_id, func.count(), func.sum(case((_IS_RECENT, 1), else_=0)))
    .where(
        among(Notice.contact_id, "contact_ids"),
        or_(_IS_RECENT, among(Notice.pickup_id, "pickup_ids")),
    )
    .group_by(Notice.contact_id, Notice.pickup_id)
)


def of_pickups(session: Session, pickup_ids: Collection[UUID], *, now: datetime) -> dict[UUID, ContactAtDoor]:
    """Return the contact of each pickup, by the pickup's id."""
    session.flush()
    found = driver.rows(session, AT_DOORS, {"pickup_ids": list(pickup_ids)})
    about_pickup, in_week = _messages(session, {contact_id for _, contact_id, *_ in found}, pickup_ids, now)
    return {
        pickup_id: ContactAtDoor(
            contact_id=contact_id,
            branch_id=branch_id,
            pickup_id=pickup_id,
            pickup_state=state,
            window_end=window_end,
            zone=ZoneInfo(timezone),
            has_opted_out=opted_out_at is not None,
            own_hours=hours_of(opens, closes),
            sent=MessagesSent(about_pickup[contact_id, pickup_id], in_week[contact_id]),
        )
        for (
            pickup_id,
            contact_id,
            branch_id,
            state,
            window_end,
            opted_out_at,
            opens,
            closes,
            timezone,
        ) in found
    }


def hours_of(start: time | None, end: time | None) -> tuple[time, time] | None:
    """Return the hours that a contact named; None where the branch's hold."""
    return None if start is None or end is None else (start, end)


def _messages(
    session: Session, contact_ids: Collection[UUID], pickup_ids: Collection[UUID], now: datetime
) -> tuple[Counter[tuple[UUID, UUID]], Counter[UUID]]:
    """Count what contacts were told: about each of these pickups ever, and about any in the last week.

    A pickup that was moved by weeks still has no more than its share.
    """
    about, to = list(pickup_ids), list(contact_ids)
    given = {"pickup_ids": about, "contact_ids": to, "a_week_ago": now - WEEK}
    about_pickup: Counter[tuple[UUID, UUID]] = Counter()
    in_week: Counter[UUID] = Counter()
    for contact_id, pickup_id, ever, recently in driver.rows(session, TOLD, given):
        in_week[contact_id] += recently
        if pickup_id is not None:
            about_pickup[contact_id, pickup_id] = ever
    return about_pickup, in_week
