"""A link in words, to be sent from one's own phone. Which links there are: `services.links`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain import notice_texts
from api.domain.erasure import ContactErased
from api.domain.notice_kinds import NoticeKind, Variable
from api.domain.principal import Principal
from api.domain.readiness import expected_at
from api.domain.vocabulary import LinkPurpose
from api.models import Contact, Link, Pickup
from api.services import events, link_issuing, links

SHARED_AS = {
    LinkPurpose.PICKUP: NoticeKind.READINESS_PING,
    LinkPurpose.RESCHEDULE: NoticeKind.WAIT_LEFT,
    LinkPurpose.FEEDBACK: NoticeKind.FEEDBACK_LINK,
}
"""A courier shares a link in the words that the branch itself would have used."""


@dataclass(frozen=True, slots=True)
class LinkToShare:
    """A link in words, for the share sheet of a courier's own phone."""

    url: str
    text: str
    expires_at: datetime


def share(
    session: Session, *, pickup_id: UUID, purpose: LinkPurpose, by: Principal, now: datetime
) -> LinkToShare:
    """Hand out a link, and the words to send it with in the contact's language. Recorded with who did."""
    pickup = queries.pickups.by_id(session, pickup_id, by=by)
    if session.get_one(Contact, pickup.contact_id).erased_at is not None:
        raise ContactErased()
    link = link_issuing.issue(
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
    return LinkToShare(links.url(session, link), _words(session, link, pickup), link.expires_at)


def _words(session: Session, link: Link, pickup: Pickup) -> str:
    branch = queries.links.branch_sign(session, link.branch_id)
    kind = SHARED_AS[link.purpose]
    needed: dict[str, Variable] = {"expected_at": expected_at(pickup.window_start, pickup.eta_at)}
    variables = notice_texts.storable(needed, ZoneInfo(branch.timezone))
    locale = session.get_one(Contact, link.contact_id).locale
    filled = {**variables, "branch": branch.name, "url": links.url(session, link)}
    return notice_texts.render(kind, locale, filled).body
