"""What contacts wish about our messages."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from api.domain.preferences import Preferences, channels_possible
from api.domain.vocabulary import ContactChannel
from api.models import Contact
from api.queries import deliveries


@dataclass(frozen=True, slots=True)
class PreferencesView:
    """What a contact wishes, and the channels he can choose from."""

    wishes: Preferences
    channels: tuple[ContactChannel, ...]
    version: int


def of(session: Session, contact_id: UUID) -> PreferencesView:
    return of_contact(session, session.get_one(Contact, contact_id))


def of_contact(session: Session, contact: Contact) -> PreferencesView:
    """Return his wishes, and the channels that he has an address and this house has a way for."""
    possible = channels_possible(has_phone=contact.phone is not None, has_email=contact.email is not None)
    ways = deliveries.ways(session)
    return PreferencesView(
        Preferences(
            opted_out=contact.opted_out_at is not None,
            channel=contact.preferred_channel,
            hours_start=contact.hours_start,
            hours_end=contact.hours_end,
        ),
        tuple(channel for channel in possible if channel in ways),
        contact.version,
    )
