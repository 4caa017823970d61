"""Rate limits: how often whom, and why that often. Who is counted, and where, is decided in `web`.

A budget refills evenly, so for each key one instant says everything: when its budget will be whole again
(the generic cell rate algorithm, ITU-T I.371). Who waits until enough has come back may go on at once, and
nobody gains by waiting for the turn of a minute.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol

from api.domain.errors import TooMany

BYTES_PER_USE = 16_384
"""A JSON body counts once more for each of these: some fifty field events, or sixty shipments."""


@dataclass(frozen=True, slots=True)
class Budget:
    """So many uses at once; what was used comes back evenly within `per`."""

    name: str
    most: int
    per: timedelta
    shut_when_blind: bool = False
    """Refused while processes cannot tell each other what was used: guessing must not gain by an outage."""

    def price(self, uses: int) -> timedelta:
        """Return how long it takes until so many uses have come back."""
        return self.per * uses / self.most

    def check(self, whole_at: datetime, now: datetime) -> None:
        """Raise TooMany unless one use is left. A dearer one is let in on it, and paid off afterwards."""
        wait = whole_at + self.price(1) - self.per - now
        if wait > timedelta():
            raise TooMany(retry_after_seconds=ceil(wait.total_seconds()))

    def left(self, whole_at: datetime, now: datetime) -> int:
        """Return how many single uses are left."""
        return max(0, int((now + self.per - max(whole_at, now)) / self.price(1)))


class SharedCounters(Protocol):
    """Where processes tell each other what was used."""

    def add(self, spent: Mapping[str, timedelta], now: datetime) -> Mapping[str, datetime]:
        """Add what each key spent; return when each budget will be whole again, by what all have spent.

        Nothing spent only asks whether the counters can be reached. Raises what the store raises.
        """
        ...


def after(whole_at: datetime, spent: timedelta, now: datetime) -> datetime:
    """Return when a budget will be whole again of which some is spent now."""
    return max(whole_at, now) + spent


MINUTE = timedelta(minutes=1)

# By account, wherever it calls from: an office's people share an address, never a budget.
FIELD_WORK = Budget("field_work", 240, MINUTE)
"""A phone sends some six events and positions a minute; after a day in a basement it sends all at once."""
READS = Budget("reads", 600, MINUTE)
"""A dispatcher's screen that asks for five things every three seconds uses a sixth."""
WRITES = Budget("writes", 300, MINUTE)
"""Five a second is more than hands do; a spreadsheet of customers goes in by one call."""
REPORTS = Budget("reports", 30, MINUTE)
"""Each reads up to a quarter of a year."""
MACHINES = Budget("machines", 1_200, MINUTE)
"""All calls of an integration: a thousand shipments a second, in full bodies, would use it up."""

# By address, for callers whom we do not know. An office, or a carrier's gateway, is one address.
SIGN_INS = Budget("sign_ins", 120, MINUTE, shut_when_blind=True)
"""A shift of a hundred that signs in at once fits; each attempt costs 40 ms of a processor."""
REFRESHES = Budget("refreshes", 1_200, MINUTE)
"""Eighteen thousand phones behind one gateway, each every 15 minutes."""
BAD_TOKENS = Budget("bad_tokens", 300, MINUTE)
"""Of calls with a token that is not valid. Those with a valid one from the same address are not concerned."""

# By network (the /24 or /64), for whoever holds a link or pretends to.
LINK_GUESSES = Budget("link_guesses", 60, MINUTE, shut_when_blind=True)
"""Unknown tokens: people mistype, but few do in a minute."""
LINK_REQUESTS = Budget("link_requests", 600, MINUTE)
"""An office shares one network, and its pages are looked at again and again."""

# By link.
LINK_READS = Budget("link_reads", 120, MINUTE)
LINK_WRITES = Budget("link_writes", 30, timedelta(hours=1))
"""Refused ones among them: a form that is filled in wrongly ten times is still a person."""
