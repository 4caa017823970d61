"""When a field event really happened, seen from our clock, and how well that is known.

A phone's wall clock is a claim; its monotonic clock within one boot is evidence.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.field_event import Envelope, FieldEvent
from api.domain.vocabulary import Quality

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


def happened_before(at: datetime, last_event_at: datetime | None) -> bool:
    """Tell whether an event is older than what is already known, beyond what jitter explains."""
    return last_event_at is not None and at < last_event_at - JITTER


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
