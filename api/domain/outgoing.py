"""What leaves the house: a push to one phone, a message to one contact, and the claim it leaves under."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias
from uuid import UUID

from api.domain.delivery_policy import Answer, Attempt
from api.domain.vocabulary import AddressKind, Channel, ContactChannel, Locale


@dataclass(frozen=True, slots=True)
class PushMessage:
    """One push to one phone. Thin: `ids` and a short text that a lock screen may show.

    The phone shows a `notice_id` once, and lets a newer message of the same `thread` replace the older one.
    What its reader has put off comes with `shown_again` 1, then 2: each is shown once more.
    """

    notice_id: UUID
    kind: str
    address: str
    address_kind: AddressKind
    thread: str
    title: str
    body: str
    ids: Mapping[str, str]
    urgent: bool
    useful_until: datetime
    leaves_at: datetime
    shown_again: int = 0

    @property
    def data(self) -> dict[str, str]:
        """What the app gets, besides the text."""
        again = {"shown_again": str(self.shown_again)} if self.shown_again else {}
        return {"notice_id": str(self.notice_id), "kind": self.kind, **again, **self.ids}

    @property
    def time_to_live(self) -> timedelta:
        """How long a push service may hold the message for a phone that is off: while it is of use."""
        return _remaining(self.useful_until, self.leaves_at)


@dataclass(frozen=True, slots=True)
class SilentPush:
    """Tells one phone, and nobody who looks at it, that there is something new to be read in the feed.

    A newer one replaces an older one that the phone has not got yet.
    """

    device_id: UUID
    address: str
    address_kind: AddressKind
    useful_until: datetime
    leaves_at: datetime

    kind: ClassVar[str] = "refresh"
    thread: ClassVar[str] = "refresh"

    @property
    def data(self) -> dict[str, str]:
        """All that the phone gets: there is nothing to be shown."""
        return {"kind": self.kind}

    @property
    def time_to_live(self) -> timedelta:
        """How long a push service may hold it for a phone that is off."""
        return _remaining(self.useful_until, self.leaves_at)


Push: TypeAlias = PushMessage | SilentPush


def _remaining(useful_until: datetime, leaves_at: datetime) -> timedelta:
    seconds = int((useful_until - leaves_at).total_seconds())
    return timedelta(seconds=max(seconds, 0))


@dataclass(frozen=True, slots=True)
class ContactMessage:
    """One message to one person by one channel. `address` is an e-mail address, else a phone in E.164.

    `url` and `preferences_url` are the links in the text; what falls back to staff has none. A repeat has the
    same `notice_id`.
    """

    notice_id: UUID
    kind: str
    channel: ContactChannel
    address: str
    locale: Locale
    sender: str
    subject: str
    text: str
    url: str | None
    preferences_url: str | None
    useful_until: datetime
    leaves_at: datetime

    @property
    def phone(self) -> str | None:
        return None if self.channel is ContactChannel.EMAIL else self.address

    @property
    def email(self) -> str | None:
        return self.address if self.channel is ContactChannel.EMAIL else None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to attempt one delivery until the lease ends. Every later write must show the token.

    `due_at` is from when this attempt could have been made.
    """

    delivery_id: UUID
    notice_id: UUID
    channel: Channel
    address_key: str
    token: str
    attempt: Attempt
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed delivery with what is to be sent, or what becomes of it when nothing can be."""

    claim: Claim
    message: PushMessage | ContactMessage | Answer
