"""What a contact wishes about our messages: none at all, by which channel, and at which hours.

Which message is then written, and when, is decided by `domain.readiness` and by delivery.
"""

from dataclasses import dataclass
from datetime import time
from typing import Any

from api.domain.errors import RuleBroken
from api.domain.vocabulary import ContactChannel


class ChannelNotPossible(RuleBroken):
    """There is no address for that channel."""

    code = "channel_not_possible"


class HoursImpossible(RuleBroken):
    """Hours have a beginning and an end, and end later on the same day than they begin."""

    code = "hours_impossible"


@dataclass(frozen=True, slots=True)
class Preferences:
    """Hours are local to the branch. None: what the branch does anyway."""

    opted_out: bool = False
    channel: ContactChannel | None = None
    hours_start: time | None = None
    hours_end: time | None = None

    def to_json(self) -> dict[str, Any]:
        """Write them as plain JSON values, for the record of what was wished when."""
        return {
            "opted_out": self.opted_out,
            "channel": self.channel,
            "hours_start": self.hours_start and self.hours_start.isoformat("minutes"),
            "hours_end": self.hours_end and self.hours_end.isoformat("minutes"),
        }


def channels_possible(*, has_phone: bool, has_email: bool) -> tuple[ContactChannel, ...]:
    """Return the channels there is an address for. Chat finds a person by the phone number, like SMS."""
    by_phone = (ContactChannel.SMS, ContactChannel.CHAT) if has_phone else ()
    return by_phone + ((ContactChannel.EMAIL,) if has_email else ())


def check_channel(channel: ContactChannel | None, possible: tuple[ContactChannel, ...]) -> None:
    """Raise ChannelNotPossible for a channel without an address; None is always possible."""
    if channel is not None and channel not in possible:
        raise ChannelNotPossible(errors={"channel": [ChannelNotPossible.__doc__]})


def check_hours(start: time | None, end: time | None) -> None:
    """Raise HoursImpossible unless there are both or none, and the day's end comes after its beginning."""
    if start is None and end is None:
        return
    if start is None or end is None or start >= end:
        raise HoursImpossible(errors={"hours_end": [HoursImpossible.__doc__]})
