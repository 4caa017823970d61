"""By which channel a contact is written to: his wish, where it can be met, else what reaches him.

What he wishes is in `preferences`; what is then written, in `contact_texts`.
"""

from collections.abc import Collection
from dataclasses import dataclass

from api.domain.contacts import masked_email
from api.domain.phone import masked
from api.domain.preferences import channels_possible
from api.domain.vocabulary import ContactChannel

IN_TURN = (ContactChannel.SMS, ContactChannel.EMAIL, ContactChannel.CHAT)
"""Who wishes nothing gets a text message: it is read at once, and needs no app that we do not know of."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a contact can be reached. `failed` are channels whose address turned out to lead nowhere."""

    has_phone: bool
    has_email: bool
    preferred: ContactChannel | None = None
    failed: frozenset[ContactChannel] = frozenset()


def channel_for(reach: Reach, ways: Collection[ContactChannel]) -> ContactChannel | None:
    """Return the channel to write by, of those the house has `ways` for; None when there is none."""
    possible = channels_possible(has_phone=reach.has_phone, has_email=reach.has_email)
    usable = [one for one in possible if one in ways and one not in reach.failed]
    if reach.preferred in usable:
        return reach.preferred
    return next((channel for channel in IN_TURN if channel in usable), None)


def masked_address(channel: ContactChannel, *, phone: str | None, email: str | None) -> str | None:
    """Return the address of a channel as people see it who need not know it all."""
    if channel is ContactChannel.EMAIL:
        return email and masked_email(email)
    return phone and masked(phone)
