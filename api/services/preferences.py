"""How a contact wants to be written to: changed by himself through a link, or by staff on his word.

Every version is kept as a fact, with the link or the person it came from.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain import preferences as rules
from api.domain.link_policy import LinkUnknown
from api.domain.preferences import Preferences
from api.domain.vocabulary import LinkPurpose
from api.models import Contact
from api.services import events
from api.services.links import OpenLink


def change(session: Session, *, through: OpenLink, preferences: Preferences, now: datetime) -> Preferences:
    """Take over what a contact wishes; the same again changes nothing and is not kept twice.

    Raises ChannelNotPossible and HoursImpossible.
    """
    if through.link.purpose is not LinkPurpose.PREFERENCES:
        raise LinkUnknown()
    contact = session.get_one(Contact, through.link.contact_id)
    return set_for(session, contact, preferences, link_id=through.link.id, now=now)


def set_for(
    session: Session,
    contact: Contact,
    wished: Preferences,
    *,
    link_id: UUID | None = None,
    actor_id: UUID | None = None,
    now: datetime,
) -> Preferences:
    """Give a contact these preferences and keep them as a version. Raises as `change` does."""
    known = queries.preferences.of_contact(session, contact)
    if wished == known.wishes:
        return wished
    rules.check_hours(wished.hours_start, wished.hours_end)
    if wished.channel != known.wishes.channel:
        rules.check_channel(wished.channel, known.channels)
    if wished.opted_out != known.wishes.opted_out:
        contact.opted_out_at = now if wished.opted_out else None
    contact.preferred_channel = wished.channel
    contact.hours_start = wished.hours_start
    contact.hours_end = wished.hours_end
    session.flush()
    events.record(
        session,
        "contact.preferences_changed",
        subject_type="contact",
        subject_id=contact.id,
        branch_id=contact.branch_id,
        actor_id=actor_id,
        data=wished.to_json() | {"link_id": str(link_id) if link_id else None},
        now=now,
    )
    return wished
