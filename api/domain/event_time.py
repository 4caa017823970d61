"""When a field event really happened, seen from our clock, how well that is known, and what came before what.

A phone's wall clock is a claim; its monotonic clock within one boot is evidence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.domain.field_event import Envelope, FieldEvent
from api.domain.vocabulary import FieldEventType, Quality, Trust

FURTHEST_AHEAD = timedelta(seconds=60)
LATE_AFTER = timedelta(hours=72)
REPLAYED_AFTER = timedelta(minutes=2)  # Longer than any request takes: the phone had no signal.
JITTER = timedelta(seconds=30)
"""How far two events of one phone may seem swapped only because their requests took different times."""


@dataclass(frozen=True, slots=True)
class EventTime:
    """The corrected instant. `late`: over 72 h before its receipt. `replayed`: made without a signal."""

    at: datetime
    quality: Quality
    late: bool
    replayed: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as it is believed: when it happened, and how well the place is proven."""

    event: FieldEvent
    time: EventTime
    trust: Trust

    @property
    def needs_override_reason(self) -> bool:
        """The app asks why he acts from afar. Whoever sets out may be anywhere."""
        is_at_door = self.event.type is not FieldEventType.DEPARTED
        return is_at_door and self.trust is Trust.LOW and self.event.details.override_reason is None


def corrected(event: FieldEvent, envelope: Envelope, *, received_at: datetime) -> EventTime:
    """Return the event's instant on our clock.

    Same boot as the envelope: receipt less the monotonic difference, `measured`. Otherwise the phone's
    wall clock, corrected by what it was off at sending: `estimated`, or `unverified` when the phone
    was rebooted in between. What claims to lie over 60 s ahead is set to 60 s ahead, `unverified`.
    """
    age = _measured_age(event, envelope)
    if age is not None:
        at, quality = received_at - age, Quality.MEASURED
    else:
        rebooted = None not in (event.boot_id, envelope.boot_id) and event.boot_id != envelope.boot_id
        at = _shifted(event.occurred_at, received_at - envelope.sent_at, otherwise=received_at)
        quality = Quality.UNVERIFIED if rebooted else Quality.ESTIMATED
    if at > received_at + FURTHEST_AHEAD:
        at, quality = received_at + FURTHEST_AHEAD, Quality.UNVERIFIED
    return EventTime(
        at=at,
        quality=quality,
        late=received_at - at > LATE_AFTER,
        replayed=received_at - at > REPLAYED_AFTER,
    )


def surely_follows(at: datetime, last_event_at: datetime | None) -> bool:
    """Tell whether an event can only belong behind all that is known: jitter does not reach back that far."""
    return last_event_at is None or at > last_event_at + JITTER


def in_order(facts: Iterable[Fact]) -> list[tuple[datetime, Fact]]:
    """Return one courier's facts in the order in which they happened, each with the instant it counts at.

    The order is that of corrected times, then of `seq`. Within one boot `seq` knows better than times that
    lie within the jitter of requests: such an event counts at the instant of the one it followed. The result
    depends on the facts alone, not on the order in which they became known, but for facts that nothing parts.
    """
    facts = list(facts)
    followed = _instants_followed(facts)
    counted = [(followed.get(fact.event.event_id, fact.time.at), fact) for fact in facts]
    return sorted(counted, key=lambda item: (item[0], item[1].event.seq or 0))


def _instants_followed(facts: Iterable[Fact]) -> dict[UUID, datetime]:
    numbered = [fact for fact in facts if fact.event.boot_id is not None and fact.event.seq is not None]
    latest: dict[str, datetime] = {}
    followed = {}
    for fact in sorted(numbered, key=lambda fact: fact.event.seq or 0):
        boot_id, at = fact.event.boot_id or "", fact.time.at
        before = latest.get(boot_id, at)
        if at < before <= at + JITTER:
            followed[fact.event.event_id] = before
        latest[boot_id] = max(before, at)
    return followed


def _measured_age(event: FieldEvent, envelope: Envelope) -> timedelta | None:
    if event.boot_id is None or event.boot_id != envelope.boot_id:
        return None
    if event.monotonic_ms is None or envelope.monotonic_ms is None:
        return None
    milliseconds = envelope.monotonic_ms - event.monotonic_ms
    # A negative age means that the boot id is not what it says; the wall clock must do.
    return timedelta(milliseconds=milliseconds) if milliseconds >= 0 else None


def _shifted(instant: datetime, by: timedelta, *, otherwise: datetime) -> datetime:
    try:
        return instant + by
    except OverflowError:  # A phone that claims the year 9999.
        return otherwise
