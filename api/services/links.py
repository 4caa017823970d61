"""Capability links for contacts: issuing, sharing, opening, revoking.

Opening tells whether a link may do something now; what is then done is the business of other services.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries, security
from api.domain import link_policy, notice_texts
from api.domain.errors import Gone
from api.domain.link_policy import LinkFacts, LinkRevoked, LinkUnknown, LinkVerb, NothingToRateYet
from api.domain.notice_kinds import NoticeKind, Variable
from api.domain.principal import Principal
from api.domain.readiness import expected_at
from api.domain.vocabulary import LinkPurpose, PickupState
from api.models import Contact, Link, Pickup
from api.queries.wait_contacts import ContactAtDoor
from api.services import events

SHARED_AS = {
    LinkPurpose.PICKUP: NoticeKind.READINESS_PING,
    LinkPurpose.RESCHEDULE: NoticeKind.WAIT_LEFT,
    LinkPurpose.FEEDBACK: NoticeKind.FEEDBACK_LINK,
}
"""A courier shares a link in the words that the branch itself would have used."""


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that may do what was asked, and the pickup it is about."""

    link: Link
    pickup: Pickup


@dataclass(frozen=True, slots=True)
class LinkToShare:
    """A link in words, for the share sheet of a courier's own phone."""

    url: str
    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkWish:
    """Who is to get a link, and how the pickup stands that it is about. Its life counts from `since`."""

    contact_id: UUID
    branch_id: UUID
    pickup_id: UUID
    pickup_state: PickupState
    window_end: datetime
    since: datetime


def issue(
    session: Session,
    *,
    purpose: LinkPurpose,
    contact_id: UUID,
    pickup_id: UUID,
    branch_id: UUID,
    now: datetime,
) -> Link:
    """Return the contact's live link for this pickup and purpose, or a new one.

    Raises PickupIsOver or NothingToRateYet when the pickup's state has no use for it.
    """
    pickup = session.get_one(Pickup, pickup_id)
    link_policy.check_may_issue(purpose, pickup.state)
    ends_at = link_policy.expires_at(purpose, window_end=pickup.window_end, now=now)
    found = queries.links.find_live(
        session, purpose=purpose, contact_id=contact_id, pickup_id=pickup_id, now=now
    )
    if found is not None and _signer(session).knows(found.key_id):
        # A window that moved to a later time takes its link along.
        found.expires_at = max(found.expires_at, ends_at)
        return found
    return _make(
        session,
        Link(
            purpose=purpose,
            contact_id=contact_id,
            pickup_id=pickup_id,
            branch_id=branch_id,
            expires_at=ends_at,
            created_at=now,
        ),
    )


def issue_all(
    session: Session, *, purpose: LinkPurpose, contacts: Iterable[ContactAtDoor], now: datetime
) -> dict[UUID, UUID]:
    """Do the same for the contacts of many pickups in a handful of statements; return link ids by pickup."""
    wishes = [
        LinkWish(one.contact_id, one.branch_id, one.pickup_id, one.pickup_state, one.window_end, now)
        for one in contacts
    ]
    return issue_wished(session, purpose=purpose, wishes=wishes)


def issue_wished(session: Session, *, purpose: LinkPurpose, wishes: Sequence[LinkWish]) -> dict[UUID, UUID]:
    """Do the same where each link counts from an instant of its own."""
    if not wishes:
        return {}
    wanted = {(wish.pickup_id, wish.contact_id): wish for wish in wishes}
    found_live = queries.links.live_of_pickups(
        session,
        purpose=purpose,
        pickup_ids={wish.pickup_id for wish in wishes},
        now=min(wish.since for wish in wishes),
    )
    live = {
        (link.pickup_id, link.contact_id): link for link in found_live if _signer(session).knows(link.key_id)
    }
    issued, fresh = {}, []
    for key, wish in wanted.items():
        link_policy.check_may_issue(purpose, wish.pickup_state)
        ends_at = link_policy.expires_at(purpose, window_end=wish.window_end, now=wish.since)
        found = live.get(key)
        if found is None or found.expires_at <= wish.since:
            fresh.append(_new_row(session, purpose, wish, ends_at))
            issued[wish.pickup_id] = fresh[-1]["id"]
            continue
        issued[wish.pickup_id] = found.id
        if found.expires_at < ends_at:
            queries.links.prolong(session, found.id, until=ends_at)
    queries.links.write(session, fresh)
    return issued


def url(session: Session, link: Link) -> str:
    """Make the link's address. Raises KeyError when its key has been retired."""
    return _signer(session).url(link.id, link.key_id)


def token(session: Session, link: Link) -> str:
    """Make the link's token again; it is stored nowhere."""
    return _signer(session).token(link.id, link.key_id)


def share(
    session: Session, *, pickup_id: UUID, purpose: LinkPurpose, by: Principal, now: datetime
) -> LinkToShare:
    """Hand out a link, and the words to send it with in the contact's language. Recorded with who did."""
    pickup = queries.pickups.by_id(session, pickup_id, by=by)
    link = issue(
        session,
        purpose=purpose,
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        branch_id=pickup.branch_id,
        now=now,
    )
    session.flush()
    events.record(
        session,
        "link.shared",
        subject_type="link",
        subject_id=link.id,
        branch_id=link.branch_id,
        actor_id=by.staff_id,
        data={"purpose": purpose.value, "pickup_id": str(pickup.id)},
        now=now,
    )
    return LinkToShare(url(session, link), _words(session, link, pickup), link.expires_at)


def revoke(session: Session, *, contact_id: UUID, pickup_id: UUID, now: datetime) -> None:
    """Void every link a contact holds for a pickup, because it is now somebody else's to answer."""
    for link in queries.links.held_by(session, contact_id=contact_id, pickup_id=pickup_id):
        link.revoked_at = now


def feedback_url(session: Session, *, pickup_id: UUID, by: Principal, now: datetime) -> str:
    """Return the address of the pickup's live feedback link. Raises NothingToRateYet before there is one."""
    pickup = queries.pickups.by_id(session, pickup_id, by=by)
    found = _rating_link(session, pickup.id, pickup.contact_id, now)
    if found is None:
        raise NothingToRateYet(state=pickup.state)
    return url(session, found)


def open_by_token(session: Session, *, token: str, verb: LinkVerb, now: datetime) -> OpenLink:
    """Return the live link behind a token, if it may do this. For a change its pickup is locked.

    Raises LinkUnknown for what is not there or not its purpose, LinkExpired or LinkRevoked at its end.
    """
    return _open(session, queries.links.find_by_token_hash(session, security.token_hash(token)), verb, now)


def open_by_id(session: Session, *, link_id: UUID, verb: LinkVerb, now: datetime) -> OpenLink:
    """Like `open_by_token`, for a caller who has proved by a signed cookie that he had the token."""
    return _open(session, queries.links.find(session, link_id), verb, now)


def _open(session: Session, link: Link | None, verb: LinkVerb, now: datetime) -> OpenLink:
    if link is None or link.pickup_id is None:
        raise LinkUnknown()
    link_policy.check_may(link.purpose, verb)
    if verb is not LinkVerb.READ:
        queries.waits.lock_pickup(session, link.pickup_id)
    pickup = session.get_one(Pickup, link.pickup_id)
    facts = LinkFacts(link.purpose, link.expires_at, link.revoked_at, pickup.state)
    try:
        if not _signer(session).knows(link.key_id):
            raise LinkRevoked()
        link_policy.check_live(facts, now=now)
    except Gone as ended:
        just_left = link.revoked_at is None and now < link.expires_at and link_policy.has_departed(facts)
        rating = _rating_link(session, pickup.id, link.contact_id, now) if just_left else None
        raise type(ended)(**_farewell(session, link, rating)) from None
    return OpenLink(link, pickup)


def _farewell(session: Session, link: Link, rating: Link | None) -> dict[str, Any]:
    """What a link that has ended still tells: whom to call, and where to rate a visit that has just been."""
    branch = queries.links.branch_sign(session, link.branch_id)
    farewell = {"branch": branch.name, "hotline": branch.hotline}
    return farewell | {"feedback_url": url(session, rating)} if rating else farewell


def _rating_link(session: Session, pickup_id: UUID, contact_id: UUID, now: datetime) -> Link | None:
    found = queries.links.find_live(
        session, purpose=LinkPurpose.FEEDBACK, contact_id=contact_id, pickup_id=pickup_id, now=now
    )
    return found if found is not None and _signer(session).knows(found.key_id) else None


def _make(session: Session, link: Link) -> Link:
    link.id = uuid7()
    link.key_id, link.token_sha256 = _signature(session, link.id)
    session.add(link)
    return link


def _new_row(session: Session, purpose: LinkPurpose, wish: LinkWish, ends_at: datetime) -> dict[str, Any]:
    link_id = uuid7()
    key_id, token_sha256 = _signature(session, link_id)
    return {
        "id": link_id,
        "branch_id": wish.branch_id,
        "contact_id": wish.contact_id,
        "pickup_id": wish.pickup_id,
        "purpose": purpose,
        "key_id": key_id,
        "token_sha256": token_sha256,
        "expires_at": ends_at,
        "created_at": wish.since,
    }


def _signature(session: Session, link_id: UUID) -> tuple[str, str]:
    """Return the key that signs new links, and the hash by which this one's token is found."""
    signer = _signer(session)
    return signer.current_key_id, security.token_hash(signer.token(link_id, signer.current_key_id))


def _words(session: Session, link: Link, pickup: Pickup) -> str:
    branch = queries.links.branch_sign(session, link.branch_id)
    kind = SHARED_AS[link.purpose]
    needed: dict[str, Variable] = {"expected_at": expected_at(pickup.window_start, pickup.eta_at)}
    variables = notice_texts.storable(needed, ZoneInfo(branch.timezone))
    locale = session.get_one(Contact, link.contact_id).locale
    filled = {**variables, "branch": branch.name, "url": url(session, link)}
    return notice_texts.render(kind, locale, filled).body


def _signer(session: Session) -> security.LinkSigner:
    return security.vault_of(session).links
