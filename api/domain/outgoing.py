"""What leaves the house: a push to one phone, a message to one contact, and the claim it leaves under."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.domain.delivery_policy import Attempt
from api.domain.vocabulary import AddressKind, Channel


@dataclass(frozen=True, slots=True)
class PushMessage:
    """One push to one phone. Thin: `ids` and a short text that a lock screen may show.

    The phone shows a `notice_id` once, and lets a newer message of the same `thread` replace the older one.
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

    @property
    def data(self) -> dict[str, str]:
        """What the app gets, besides the text."""
        return {"notice_id": str(self.notice_id), "kind": self.kind, **self.ids}

    @property
    def time_to_live(self) -> timedelta:
        """How long a push service may hold the message for a phone that is off: while it is of use."""
        seconds = int((self.useful_until - self.leaves_at).total_seconds())
        return timedelta(seconds=max(seconds, 0))


@dataclass(frozen=True, slots=True)
class ContactMessage:
    """One message to one contact, with a phone in E.164, an e-mail address, or both."""

    notice_id: UUID
    kind: str
    phone: str | None
    email: str | None
    text: str
    useful_until: datetime
    leaves_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to attempt one delivery until the lease ends. Every later write must show the token."""

    delivery_id: UUID
    notice_id: UUID
    channel: Channel
    address_key: str
    token: str
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed delivery with what is to be sent; without a message, `problem` says why none can be made."""

    claim: Claim
    message: PushMessage | ContactMessage | None
    problem: str = ""
