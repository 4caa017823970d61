"""Capability links of contacts: opening them, their addresses, ending them. `link_issuing` makes them.

Opening tells whether a link may do something now; what is then done is the business of other services.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries, security
from api.domain import link_policy
from api.domain.errors import Gone
from api.domain.link_policy import LinkFacts, LinkRevoked, LinkUnknown, LinkVerb, NothingToRateYet
from api.domain.principal import Principal
from api.domain.vocabulary import LinkPurpose
from api.models import Case, Link, Pickup
from api.queries.links import LinkView, LiveLink


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


def url(session: Session, link: Link | LiveLink) -> str:
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


def _signer(session: Session) -> security.LinkSigner:
    return security.vault_of(session).links
