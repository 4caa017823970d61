"""Simulated couriers: they drive to stops, wait, take parcels or leave, and lose the signal at times."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from api.domain.vocabulary import WaitCause
from tests.phones import AT_THE_DOOR, Phone
from tests.simulation.agenda import Actor, Agenda

MINUTE = 60
CAUSES = [cause.value for cause in WaitCause]


@dataclass(slots=True)
class Stop:
    """A pickup as those who deal with it know it. `token` opens its page once the contact has a link."""

    pickup_id: UUID
    site_id: UUID
    window_start: datetime
    expected_at: datetime
    holder: Courier
    token: str | None = None
    answered: bool = False
    moved: bool = False
    at_door: bool = False
    over: bool = False

    @property
    def is_settled(self) -> bool:
        """Over, and the server knows it."""
        return self.over and not self.holder.has_unsent(self)


@dataclass(slots=True)
class Courier:
    """What happens is reported at once, or when there is a signal again: shuffled, and sometimes twice."""

    staff_id: UUID
    phone: Phone
    agenda: Agenda
    random: Random
    asks_dispatcher: Callable[[Stop], None]
    happened: dict[str, datetime] = field(default_factory=dict)
    """When each event really happened, by its id."""
    stops: deque[Stop] = field(default_factory=deque)
    has_signal: bool = True
    is_done: bool = False
    unsent: list[dict[str, Any]] = field(default_factory=list)

    def has_unsent(self, stop: Stop) -> bool:
        return any(event["pickup_id"] == str(stop.pickup_id) for event in self.unsent)

    def lives(self) -> Actor:
        """Signal comes and goes until the work is done; now and then the phone has to be started again."""
        while not self.is_done:
            yield self.random.randint(20, 50) * MINUTE
            self.has_signal = False
            yield self.random.randint(2, 14) * MINUTE
            if self.random.random() < 0.3:
                self.phone.boot_id = f"boot-{uuid4()}"
            self.has_signal = True
            self._send()

    def works(self) -> Actor:
        """Go from stop to stop; those at the same site are dealt with at once."""
        while True:
            here = self._next_stops()
            if here:
                if self.random.random() < 0.3:  # Few think of saying so.
                    self._report(here[0], "departed")
                yield self.random.randint(45, 120)
                yield from self._visit([stop for stop in here if self._still_mine(stop)])
            elif self.is_done:
                return
            else:
                yield MINUTE

    def _next_stops(self) -> list[Stop]:
        here = []
        while self.stops and len(here) < 3 and (not here or self.stops[0].site_id == here[0].site_id):
            stop = self.stops.popleft()
            if self._still_mine(stop):
                here.append(stop)
        return here

    def _still_mine(self, stop: Stop) -> bool:
        """Without a signal he does not hear that a pickup was called off or given to somebody else."""
        return not self.has_signal or (stop.holder is self and not stop.over)

    def _visit(self, here: list[Stop]) -> Actor:
        if here and self.random.random() < 0.06:
            yield from self._press_the_wrong_button(here[0])
        for stop in here:
            self._arrive(stop)
            yield 4
        yield from self._hear_ready_early(here)
        for stop in here:
            yield from self._wait_at(stop)

    def _press_the_wrong_button(self, stop: Stop) -> Actor:
        self._report(stop, "arrived")
        yield 20
        self._report(stop, "arrival_undone")
        yield 40

    def _arrive(self, stop: Stop) -> None:
        self._report(stop, "arrived")
        if self.random.random() < 0.1:
            self._report(stop, "arrived")  # His thumb is not sure that it was taken.
        stop.at_door = stop.at_door or stop.holder is self

    def _hear_ready_early(self, here: list[Stop]) -> Actor:
        """Where he came before the window, a contact may say "ready" while he stands there."""
        for stop in here:
            early = stop.window_start - self.agenda.clock.now()
            if early > timedelta() and stop.token and self.has_signal and self._still_mine(stop):
                yield min(30, early.total_seconds() / 2)
                if self.has_signal and self._still_mine(stop):
                    path = f"/v1/links/{stop.token}/readiness"
                    assert self.phone.client.post(path, json={"answer": "ready"}).status_code in (200, 201)

    def _wait_at(self, stop: Stop) -> Actor:
        begins_at = max(self.agenda.clock.now(), stop.window_start)
        yield min((begins_at - self.agenda.clock.now()).total_seconds(), 20 * MINUTE)
        fate = self.random.random()
        if fate < 0.02:
            stop.over = stop.over or stop.holder is self
            return  # He forgets to say how it ended.
        if fate < 0.16:
            yield from self._wait_in_vain(stop, early=fate < 0.05)
            return
        wait = self.random.choices([30, 90, 200, 280, 420], [30, 30, 25, 10, 5])[0]
        if wait > 250:
            yield 100
            self._ask_for_time(stop)
        yield self.random.randint(wait // 2, wait)
        yield from self._hand_over(stop)

    def _wait_in_vain(self, stop: Stop, *, early: bool) -> Actor:
        yield self.random.randint(60, 200) if early else self.random.randint(305, 420)
        cause = self.random.choice(CAUSES) if early or self.random.random() < 0.9 else None
        if self._still_mine(stop):
            self._end(stop, "left", **({"data": {"cause": cause}} if cause else {}))
        if self.random.random() < 0.2:
            yield 3 * MINUTE
            if stop.holder is self and self.has_signal:
                stop.over = False
                self._arrive(stop)
                yield 45
                yield from self._hand_over(stop)

    def _hand_over(self, stop: Stop) -> Actor:
        if self._still_mine(stop) and self.random.random() < 0.8:
            self._report(stop, "handover_started")
            yield self.random.randint(20, 60)
        if self._still_mine(stop):
            self._end(stop, "collected", data={"parcels": self.random.randint(1, 9)})

    def _ask_for_time(self, stop: Stop) -> None:
        """Ask, and have the dispatcher asked where it takes him."""
        if not self.has_signal or not self._still_mine(stop):
            return
        path = f"/v1/pickups/{stop.pickup_id}/extension"
        answer = self.phone.client.post(path, json={"minutes": self.random.randint(1, 5)})
        assert answer.status_code in (200, 409), answer.json
        if answer.status_code == 200 and answer.json["extension"]["state"] == "requested":
            self.asks_dispatcher(stop)

    def _end(self, stop: Stop, kind: str, **said: Any) -> None:
        self._report(stop, kind, **said)
        if stop.holder is self:
            stop.over, stop.at_door = True, False

    def _report(self, stop: Stop, kind: str, **said: Any) -> None:
        place = AT_THE_DOOR if self.random.random() < 0.9 else None
        if self.random.random() < 0.1:
            said["monotonic_ms"] = None
        event = self.phone.event(stop.pickup_id, kind, position=place, **said)
        self.happened[event["event_id"]] = self.agenda.clock.now()
        self.unsent.append(event)
        if self.has_signal:
            self._send()

    def _send(self) -> None:
        if not self.unsent:
            return
        batch = self.random.sample(self.unsent, len(self.unsent))
        self.unsent.clear()
        self.phone.send(*batch)
        if self.random.random() < 0.1:
            self.phone.send(*batch)  # The answer was lost: the phone cannot know that all is well.
