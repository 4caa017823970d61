"""What a courier's phone reports, as values: the events of a batch and the envelope they travel in.

What time it really was is decided in `event_time`, what an event does to a pickup in `pickup_flow`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from api.domain.errors import Conflict, Invalid, RuleBroken, TooLarge
from api.domain.geofence import Position
from api.domain.vocabulary import FieldEventType, WaitCause

MOST_EVENTS = 500

MAY_NAME_PROOFS = frozenset({FieldEventType.HANDOVER_STARTED, FieldEventType.COLLECTED, FieldEventType.LEFT})
"""A picture proves what was handed over, or that there was nothing."""


class TooManyEvents(TooLarge):
    """A batch has at most 500 events; send the rest in the next one."""

    code = "too_many_events"


class EventIdReused(RuleBroken):
    """This event_id was already used for an event with another body."""

    code = "event_id_reused"


class NotAssignee(Conflict):
    """This pickup has been given to another courier."""

    code = "not_assignee"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The phone's wall clock and monotonic clock, stamped again at each attempt to send."""

    sent_at: datetime
    boot_id: str | None = None
    monotonic_ms: int | None = None


@dataclass(frozen=True, slots=True)
class EventDetails:
    """What some events say besides: why he left, how many parcels, why he acts from afar, what proves it."""

    cause: WaitCause | None = None
    parcels: int | None = None
    override_reason: str | None = None
    proofs: tuple[str, ...] = ()
    """Photos or signatures by their SHA-256; each may have come already, or be still to come."""

    def to_json(self) -> dict[str, Any]:
        """Return what was said as plain JSON values; what was not said has no key."""
        said: dict[str, Any] = {
            "cause": self.cause,
            "parcels": self.parcels,
            "override_reason": self.override_reason,
        }
        if self.proofs:
            said["proofs"] = list(self.proofs)
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class FieldEvent:
    """One fact made on the phone; `event_id` makes it safe to send again."""

    event_id: UUID
    pickup_id: UUID
    type: FieldEventType
    occurred_at: datetime
    boot_id: str | None = None
    monotonic_ms: int | None = None
    seq: int | None = None
    position: Position | None = None
    details: EventDetails = field(default_factory=EventDetails)

    def body_hash(self) -> str:
        """Return the SHA-256 by which a replay is told from another event under the same id.

        It is made of what was understood, so that another spelling of an instant is no other body.
        """
        body = json.dumps(self._body(), sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(body.encode()).hexdigest()

    def _body(self) -> list[Any]:
        place = self.position and [
            self.position.place.latitude,
            self.position.place.longitude,
            self.position.accuracy_m,
            self.position.mock,
        ]
        said = [self.pickup_id, self.type, self.occurred_at.timestamp(), self.boot_id, self.monotonic_ms]
        return [*said, self.seq, place, self.details.to_json()]


@dataclass(frozen=True, slots=True)
class UnreadableEvent:
    """An item of a batch that is no event: its id if that much could be read, and what is wrong with it."""

    event_id: str | None
    refusal: Invalid
