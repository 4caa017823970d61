"""How a channel's sender stands: how much it may send at once, and what the last answers made of that.

A circuit breaker with three positions. *Closed*: it sends as much as it has slots. *Open*: it sends nothing
until an instant. *Half open*: when that is over one message is sent, and only a good answer lets more follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from api.domain.delivery_policy import Answer, AnswerClass, Consequence
from api.domain.vocabulary import Channel

SLOTS = 128  # Sends at once on one channel: 500 a second while the other side answers within 0.1 s.
MAIL_SLOTS = 8  # Mail servers let one client have only a few connections.
FIRST_SLOTS = 8  # Sends at once with which a run begins on each channel.
OUTAGE = 10  # So many failures in a row, and none that went well, are no accident.

TAKEN = frozenset({AnswerClass.ACCEPTED, AnswerClass.ADDRESS_GONE, AnswerClass.DEAD})
"""Answers of a service that is well, whatever it thought of the message."""


def most_slots(channel: Channel) -> int:
    """Return how many sends at once a channel has when all is well, for all processes of ours together."""
    return MAIL_SLOTS if channel is Channel.EMAIL else SLOTS


def slots_of_run(channel: Channel, *, settled: int) -> int:
    """Return how many sends of a channel one run may have under way, once it has settled so many.

    What is under way when a process dies is sent again by the next. Many die young, and the first sends of a
    process stand together until there are connections and a token of Google's, to leave all at one moment: so
    a run begins with few, and each that is written down is worth another slot.
    """
    return min(FIRST_SLOTS + settled, most_slots(channel))


@dataclass(frozen=True, slots=True)
class Standing:
    """How one sender stands. `slots` is None while it is free, else how many sends it may have under way.

    `refused_at` is since when our credentials are refused; it ends with the first good answer. `failures`
    counts the passing ones since the last good answer.
    """

    slots: int | None = None
    failures: int = 0
    refused_at: datetime | None = None
    paused_until: datetime | None = None
    reason: str | None = None

    def may_send(self, under_way: int, now: datetime) -> int | None:
        """Return how many more may leave while so many are under way; None for as many as there are slots."""
        if self.is_open(now):
            return 0
        return None if self.slots is None else max(self.slots - under_way, 0)

    def is_open(self, now: datetime) -> bool:
        return self.paused_until is not None and self.paused_until > now

    def paused(self, until: datetime, reason: str) -> Standing:
        """Return how it stands after a pause that was asked for; a longer one that already holds stays.

        Whatever the reason, a backlog waits at its end: that is not sent in one burst.
        """
        held = replace(self, slots=1, failures=0)
        if self.paused_until is not None and self.paused_until >= until:
            return held
        return replace(held, paused_until=until, reason=reason)

    def resumed(self) -> Standing:
        return replace(self, paused_until=None, reason=None)

    def after(self, said: Sequence[tuple[Answer, Consequence]], *, most: int, now: datetime) -> Standing:
        """Return how it stands after these answers, of messages that were truly sent.

        Each good answer is worth a slot, so that 1, 2, 4 and so on are under way, until there are `most`.
        What comes in late while it is open changes nothing: it left before the trouble began.
        """
        pauses = [
            (consequence.pause_sender, answer.detail)
            for answer, consequence in said
            if consequence.pause_sender is not None
        ]
        if pauses:
            longest, reason = max(pauses)
            refused = any(consequence.alarm for _, consequence in said)
            held = self.paused(now + longest, reason)
            return replace(held, refused_at=self.refused_at or now) if refused else held
        if self.is_open(now) or not said:
            return self
        good = sum(answer.outcome in TAKEN for answer, _ in said)
        return self._encouraged(good, most) if good else self._discouraged(len(said))

    def _encouraged(self, good: int, most: int) -> Standing:
        slots = None if self.slots is None or self.slots + good >= most else self.slots + good
        return Standing(slots=slots)

    def _discouraged(self, failures: int) -> Standing:
        failures += self.failures
        return replace(self, failures=failures, slots=1 if failures >= OUTAGE else self.slots)
