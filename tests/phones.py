"""A courier's phone as tests use one: it makes events by its own clocks and sends them over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient

from api.models import Pickup
from tests.fakes import FrozenClock

AT_THE_DOOR = {"latitude": 31.2335, "longitude": 121.5055, "accuracy_m": 10.0}
"""Where `make_site` puts its sites."""

FAR_AWAY = {"latitude": 31.3, "longitude": 121.5055, "accuracy_m": 10.0}


class Phone:
    """Its wall clock is wrong by `skew`; it was switched on ten days before the test."""

    def __init__(self, client: FlaskClient, clock: FrozenClock, *, skew: timedelta = timedelta()) -> None:
        self.client = client
        self.boot_id: str | None = "boot-1"
        self._clock = clock
        self._skew = skew
        self._booted_at = clock.now() - timedelta(days=10)
        self._seq = 0

    def event(
        self, pickup: Pickup | UUID, kind: str, *, ago: timedelta = timedelta(), **said: Any
    ) -> dict[str, Any]:
        """Make an event that happened `ago`, at the door unless `position` says otherwise."""
        self._seq += 1
        made = {
            "event_id": str(uuid4()),
            "pickup_id": str(pickup if isinstance(pickup, UUID) else pickup.id),
            "type": kind,
            "occurred_at": (self._clock.now() + self._skew - ago).isoformat(),
            "boot_id": self.boot_id,
            "monotonic_ms": self._monotonic_ms() - int(ago.total_seconds() * 1000),
            "seq": self._seq,
            "position": AT_THE_DOOR,
        }
        return {name: value for name, value in (made | said).items() if value is not None}

    def envelope(self, *events: Any) -> dict[str, Any]:
        return {
            "sent_at": (self._clock.now() + self._skew).isoformat(),
            "boot_id": self.boot_id,
            "monotonic_ms": self._monotonic_ms(),
            "events": list(events),
        }

    def send(self, *events: Any) -> list[dict[str, Any]]:
        """Send events now and return their results."""
        answer = self.client.post("/v1/field-events", json=self.envelope(*events))
        assert answer.status_code == 200, answer.json
        results: list[dict[str, Any]] = answer.json["results"]
        return results

    def report(self, pickup: Pickup | UUID, kind: str, **said: Any) -> dict[str, Any]:
        """Make one event, send it at once and return its result."""
        return self.send(self.event(pickup, kind, **said))[0]

    def _monotonic_ms(self) -> int:
        return int((self._clock.now() - self._booted_at).total_seconds() * 1000)
