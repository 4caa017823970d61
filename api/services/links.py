"""Capability links for contacts: issuing, opening, revoking.

Opening tells whether a link may do something now; what is then done is the business of other services.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries, security
from api.domain import link_policy
from api.domain.errors import Gone
from api.domain.link_policy import LinkFacts, LinkRevoked, LinkUnknown, LinkVerb, NothingToRateYet
from api.domain.principal import Principal
from api.domain.vocabulary import LinkPurpose, PickupState
from api.models import Case, Link, Pickup
from api.queries.links import LinkView
from api.queries.wait_contacts import ContactAtDoor


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that may do what was asked, and the pickup or the case it is about."""

    link: Link
    pickup: Pickup | None = None
    case: Case | None = None

    @property
    def the_pickup(self) -> Pickup:
        """The pickup of a link whose purpose is about one. Raises LinkUnknown for any other."""
        if self.pickup is None:
            raise LinkUnknown()
        return self.pickup

    @property
    def the_case(self) -> Case:
        """The case of a `case` link. Raises LinkUnknown for any other."""
        if self.case is None:
            raise LinkUnknown()
        return self.case


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
    _keep_preferences_links(session, {contact_id: branch_id}, now)
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


def issue_for_case(session: Session, *, case: Case, contact_id: UUID, now: datetime) -> Link:
    """Return the contact's live link to follow this case, or a new one."""
    _keep_preferences_links(session, {contact_id: case.branch_id}, now)
    found = queries.links.live_of_case(session, case_id=case.id, contact_id=contact_id, now=now)
    if found is not None and found.key_id == _signer(session).current_key_id:
        return found
    return _make(
        session,
        Link(
            purpose=LinkPurpose.CASE,
            contact_id=contact_id,
            pickup_id=case.pickup_id,
            case_id=case.id,
            branch_id=case.branch_id,
            expires_at=link_policy.expires_at(LinkPurpose.CASE, now=now),
            created_at=now,
        ),
    )


def issue_preferences(session: Session, *, contact_id: UUID, branch_id: UUID, now: datetime) -> Link:
    """Return the link by which the contact says how he wants to be written to, if at all."""
    _keep_preferences_links(session, {contact_id: branch_id}, now)
    session.flush()
    return queries.links.live_preferences(session, [contact_id], now=now)[contact_id]


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
            fresh.append(
                _new_row(
                    session,
                    purpose=purpose,
                    contact_id=wish.contact_id,
                    branch_id=wish.branch_id,
                    pickup_id=wish.pickup_id,
                    expires_at=ends_at,
                    created_at=wish.since,
                )
            )
            issued[wish.pickup_id] = fresh[-1]["id"]
            continue
        issued[wish.pickup_id] = found.id
        if found.expires_at < ends_at:
            queries.links.prolong(session, found.id, until=ends_at)
    queries.links.write(session, fresh)
    newest = max(wish.since for wish in wishes)
    _keep_preferences_links(session, {one.contact_id: one.branch_id for one in wishes}, newest)
    return issued


def url(session: Session, link: Link) -> str:
    """Make the link's address. Raises KeyError when its key has been retired."""
    return _signer(session).url(link.id, link.key_id)


def token(session: Session, link: Link) -> str:
    """Make the link's token again; it is stored nowhere."""
    return _signer(session).token(link.id, link.key_id)


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


def view(session: Session, through: OpenLink, *, now: datetime) -> LinkView:
    """Return what stands behind an open link, with the addresses of the contact's wishes and of his case."""
    case = _case_of(session, through)
    # A pickup link is what people pass on before a visit: it does not lead to what a contact wrote.
    follows = case is not None and through.link.purpose is not LinkPurpose.PICKUP
    return queries.links.view(
        session,
        through.link,
        through.pickup,
        case,
        preferences_url=preferences_url(session, through.link.contact_id, now=now),
        case_url=_case_url(session, case, through.link.contact_id, now) if case and follows else None,
        now=now,
    )


def preferences_url(session: Session, contact_id: UUID, *, now: datetime) -> str | None:
    """Return the address of the contact's preferences; None before the first message, which makes it."""
    found = queries.links.live_preferences(session, [contact_id], now=now).get(contact_id)
    return url(session, found) if found is not None and _signer(session).knows(found.key_id) else None


def open_by_token(session: Session, *, token: str, verb: LinkVerb, now: datetime) -> OpenLink:
    """Return the live link behind a token, if it may do this. For a change its pickup is locked.

    Raises LinkUnknown for what is not there or not its purpose, LinkExpired or LinkRevoked at its end.
    """
    return _open(session, queries.links.find_by_token_hash(session, security.token_hash(token)), verb, now)


def open_by_id(session: Session, *, link_id: UUID, verb: LinkVerb, now: datetime) -> OpenLink:
    """Like `open_by_token`, for a caller who has proved by a signed cookie that he had the token."""
    return _open(session, queries.links.find(session, link_id), verb, now)


def _open(session: Session, link: Link | None, verb: LinkVerb, now: datetime) -> OpenLink:
    if link is None:
        raise LinkUnknown()
    link_policy.check_may(link.purpose, verb)
    if verb not in link_policy.READING and link.pickup_id is not None:
        queries.waits.lock_pickup(session, link.pickup_id)
    pickup = session.get_one(Pickup, link.pickup_id) if link.pickup_id else None
    case = session.get_one(Case, link.case_id) if link.case_id else None
    facts = LinkFacts(link.purpose, link.expires_at, link.revoked_at, pickup.state if pickup else None)
    try:
        if not _signer(session).knows(link.key_id):
            raise LinkRevoked()
        link_policy.check_live(facts, now=now)
    except Gone as ended:
        just_left = link.revoked_at is None and now < link.expires_at and link_policy.has_departed(facts)
        rating = _rating_link(session, pickup.id, link.contact_id, now) if pickup and just_left else None
        raise type(ended)(**_farewell(session, link, rating)) from None
    return OpenLink(link, pickup, case)


def _case_of(session: Session, through: OpenLink) -> Case | None:
    """Return the case that a link is about, or the one that grew out of its pickup."""
    can_complain = LinkVerb.COMPLAIN in link_policy.ALLOWED[through.link.purpose]
    if through.case is not None or through.pickup is None or not can_complain:
        return through.case
    return queries.cases.newest_of_pickup(session, through.pickup.id, through.link.contact_id)


def _case_url(session: Session, case: Case, contact_id: UUID, now: datetime) -> str | None:
    found = queries.links.live_of_case(session, case_id=case.id, contact_id=contact_id, now=now)
    return url(session, found) if found is not None and _signer(session).knows(found.key_id) else None


def _farewell(session: Session, link: Link, rating: Link | None) -> dict[str, Any]:
    """What a link that has ended still tells: whom to call, and where to rate a visit that has just been."""
    branch = queries.links.branch_sign(session, link.branch_id)
    farewell = {
        "branch": branch.name,
        "hotline": branch.hotline,
        "accent_colour": branch.accent_colour,
        "logo_sha256": branch.logo_sha256,
    }
    return farewell | {"feedback_url": url(session, rating)} if rating else farewell


def _rating_link(session: Session, pickup_id: UUID, contact_id: UUID, now: datetime) -> Link | None:
    found = queries.links.find_live(
        session, purpose=LinkPurpose.FEEDBACK, contact_id=contact_id, pickup_id=pickup_id, now=now
    )
    return found if found is not None and _signer(session).knows(found.key_id) else None


def _keep_preferences_links(session: Session, branch_of: dict[UUID, UUID], now: datetime) -> None:
    """See to it that whoever is written to has a preferences link, and that it does not end soon."""
    ends_at = link_policy.expires_at(LinkPurpose.PREFERENCES, now=now)
    live = queries.links.live_preferences(session, branch_of, now=now)
    fresh = []
    for contact_id, branch_id in branch_of.items():
        found = live.get(contact_id)
        # One of an older key is not prolonged: that key could never be retired.
        if found is None or found.key_id != _signer(session).current_key_id:
            fresh.append(
                _new_row(
                    session,
                    purpose=LinkPurpose.PREFERENCES,
                    contact_id=contact_id,
                    branch_id=branch_id,
                    expires_at=ends_at,
                    created_at=now,
                )
            )
        elif link_policy.is_worth_renewing(found.expires_at, ends_at):
            found.expires_at = ends_at
    queries.links.write(session, fresh)


def _make(session: Session, link: Link) -> Link:
    link.id = uuid7()
    link.key_id, link.token_sha256 = _signature(session, link.id)
    session.add(link)
    return link


def _new_row(session: Session, **columns: Any) -> dict[str, Any]:
    """Return a link that has yet to be written, with the id and the signature that belong to it."""
    link_id = uuid7()
    key_id, token_sha256 = _signature(session, link_id)
    return {"id": link_id, "key_id": key_id, "token_sha256": token_sha256, **columns}


def _signature(session: Session, link_id: UUID) -> tuple[str, str]:
    """Return the key that signs new links, and the hash by which this one's token is found."""
    signer = _signer(session)
    return signer.current_key_id, security.token_hash(signer.token(link_id, signer.current_key_id))


def _signer(session: Session) -> security.LinkSigner:
    return security.vault_of(session).links
