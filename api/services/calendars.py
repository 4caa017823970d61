"""A rep's calendar feed: handing out its link, revoking it, and what the link opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries, security
from api.domain.business_hours import local_day
from api.domain.errors import NotFound
from api.domain.link_policy import LinkUnknown
from api.domain.principal import Principal
from api.domain.visit_calendar import SHOWN_AHEAD, SHOWN_BEHIND, CalendarVisit
from api.domain.vocabulary import Locale
from api.models import CalendarLink, StaffMember
from api.services import events


@dataclass(frozen=True, slots=True)
class CalendarAddress:
    """Where a calendar is to be subscribed to. Whoever has the address reads the calendar."""

    url: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """What a calendar link shows, in the language and time zone of its holder."""

    visits: tuple[CalendarVisit, ...]
    zone: ZoneInfo
    locale: Locale
    now: datetime


def share(session: Session, *, by: Principal, now: datetime) -> CalendarAddress:
    """Hand out the caller's calendar link: the live one again, or a new one if its key has been retired."""
    signer = security.vault_of(session).links
    queries.staff.lock(session, [by.staff_id])
    link = queries.calendars.live_of(session, by.staff_id)
    if link is not None and not signer.knows(link.key_id):
        revoke(session, staff_id=by.staff_id, by=by, now=now)
        link = None
    if link is None:
        link = _make(session, by, signer, now)
    return CalendarAddress(signer.calendar_url(link.id, link.key_id), link.created_at)


def address_of(session: Session, *, by: Principal) -> CalendarAddress:
    """Show the caller's calendar link. Raises NotFound when he has none in use."""
    signer = security.vault_of(session).links
    link = queries.calendars.live_of(session, by.staff_id)
    if link is None or not signer.knows(link.key_id):
        raise NotFound()
    return CalendarAddress(signer.calendar_url(link.id, link.key_id), link.created_at)


def revoke(session: Session, *, staff_id: UUID, by: Principal, now: datetime) -> bool:
    """Shut somebody's calendar link at once: phones that subscribed see nothing new. False without one."""
    link = queries.calendars.live_of(session, staff_id)
    if link is None:
        return False
    link.revoked_at = now
    session.flush()
    _record(session, "calendar_link.revoked", staff_id, by, now)
    return True


def open_feed(session: Session, *, token: str, now: datetime) -> Feed:
    """Return what the holder of a token may see. Raises LinkUnknown for a token that opens nothing."""
    holder = queries.calendars.holder_of(session, security.token_hash(token))
    if holder is None or not security.vault_of(session).links.knows(holder[0].key_id):
        raise LinkUnknown()
    member = holder[1]
    zone = queries.staff.zone_of(session, member.id)
    today = local_day(now, zone)
    shown = queries.calendars.visits_shown(session, member.id, today - SHOWN_BEHIND, today + SHOWN_AHEAD)
    return Feed(tuple(shown), zone, member.locale, now)


def _make(session: Session, by: Principal, signer: security.LinkSigner, now: datetime) -> CalendarLink:
    link_id, key_id = uuid7(), signer.current_key_id
    link = CalendarLink(
        id=link_id,
        staff_id=by.staff_id,
        key_id=key_id,
        token_sha256=security.token_hash(signer.calendar_token(link_id, key_id)),
        created_at=now,
    )
    session.add(link)
    session.flush()
    _record(session, "calendar_link.made", by.staff_id, by, now)
    return link


def _record(session: Session, name: str, staff_id: UUID, by: Principal, now: datetime) -> None:
    branch_id = session.get_one(StaffMember, staff_id).branch_id
    events.record(
        session,
        name,
        subject_type="staff",
        subject_id=staff_id,
        branch_id=branch_id,
        actor_id=by.staff_id,
        now=now,
    )
