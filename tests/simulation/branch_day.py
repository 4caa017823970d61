"""A simulated day of a branch: two couriers, one dispatcher, and contacts who answer, or do not, and rate.

All of them use the API over HTTP; between them the wait timers fire. What came of it is judged elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient

from api.models import Contact, Site, StaffMember
from jobs.context import JobContext
from jobs.fire_wait_timers import fire_wait_timers
from tests.phones import Phone
from tests.simulation.agenda import Actor, Agenda
from tests.simulation.couriers import MINUTE, Courier, Stop

SECONDS_PER_STOP = 250


@dataclass(slots=True)
class BranchDay:
    """`context` is that of the jobs, whose clock is everybody's."""

    dispatcher: FlaskClient
    agenda: Agenda
    random: Random
    context: JobContext
    couriers: list[Courier] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)

    def run(self) -> None:
        """Live the day, and two hours more, in which whatever was forgotten is closed."""
        for courier in self.couriers:
            self.agenda.start(courier.works())
            self.agenda.start(courier.lives())
        for stop in self.stops:
            self.agenda.start(self._answers(stop))
            self.agenda.start(self._rates(stop))
        self.agenda.start(self._dispatches())
        self.agenda.start(self._timers_fire())
        self.agenda.run()

    def employ(self, staff: StaffMember, phone: Phone) -> None:
        self.couriers.append(
            Courier(
                staff.id,
                phone,
                self.agenda,
                self.random,
                lambda stop: self.agenda.start(self._decides(stop)),
            )
        )

    def book(self, number: int, site: Site, contact: Contact, courier: Courier) -> None:
        """Book a pickup that its courier reaches after those he has already."""
        now = self.agenda.clock.now()
        expected_at = now + timedelta(seconds=SECONDS_PER_STOP * (len(courier.stops) + 1))
        starts_at = expected_at + timedelta(minutes=self.random.choice([-40, -20, -10, 0, 4]))
        booking = {
            "external_ref": f"SIM-{number}",
            "site_id": str(site.id),
            "contact_id": str(contact.id),
            "courier_id": str(courier.staff_id),
            "window_start": starts_at.isoformat(),
            "window_end": (starts_at + timedelta(minutes=self.random.choice([30, 60, 120]))).isoformat(),
        }
        booked = self._post("/v1/pickups", booking)
        stop = Stop(UUID(booked["id"]), site.id, starts_at, expected_at, courier)
        self.stops.append(stop)
        courier.stops.append(stop)

    def _answers(self, stop: Stop) -> Actor:
        """The contact answers up to half an hour before the courier comes, or not at all."""
        if self.random.random() < 0.4:
            return
        ahead = stop.expected_at - self.agenda.clock.now() - timedelta(minutes=self.random.randint(3, 30))
        yield max(ahead.total_seconds(), 1)
        for _ in range(2 if self.random.random() < 0.1 else 1):
            if stop.over or stop.at_door or stop.holder.has_unsent(stop):
                return
            stop.token = stop.token or self._share(stop, "pickup")
            said: dict[str, Any] = {
                "answer": self.random.choice(["ready", "ready", "in_minutes", "another_time"])
            }
            if said["answer"] == "in_minutes":
                said["minutes"] = self.random.choice([5, 10, 15])
            self._post(f"/v1/links/{stop.token}/readiness", said)
            yield MINUTE

    def _rates(self, stop: Stop) -> Actor:
        if self.random.random() < 0.7:
            return
        while not stop.is_settled:
            yield 5 * MINUTE
        shared = self.dispatcher.post(f"/v1/pickups/{stop.pickup_id}/links", json={"purpose": "feedback"})
        if shared.status_code == 201:  # Not where nobody came in the end.
            token = shared.json["url"].rsplit("/", 1)[-1]
            self._post(f"/v1/links/{token}/feedback", {"score": self.random.randint(1, 5)})

    def _dispatches(self) -> Actor:
        """The dispatcher gives pickups to the other courier, some from the very door, and calls a few off."""
        while not self._is_done():
            yield self.random.randint(4, 12) * MINUTE
            free = [stop for stop in self.stops if not stop.is_settled and not stop.moved]
            waiting = [stop for stop in free if stop.at_door]
            if waiting and self.random.random() < 0.4:
                self._reassign(self.random.choice(waiting))
            elif free and self.random.random() < 0.75:
                self._reassign(self.random.choice(free[:12]))
            elif free:
                self._call_off(self.random.choice(free[:12]))

    def _decides(self, stop: Stop) -> Actor:
        """A request for more time is granted, refused, or overlooked until silence has refused it."""
        yield self.random.choice([20, 40, 90])
        path = f"/v1/pickups/{stop.pickup_id}/extension/decision"
        answer = self.dispatcher.post(path, json={"granted": self.random.random() < 0.7})
        assert answer.status_code in (200, 409), answer.json

    def _reassign(self, stop: Stop) -> None:
        stop.moved = True
        other = next(courier for courier in self.couriers if courier is not stop.holder)
        self._post(f"/v1/pickups/{stop.pickup_id}/assignment", {"courier_id": str(other.staff_id)})
        stop.holder, stop.at_door, stop.over = other, False, False
        other.stops.append(stop)

    def _call_off(self, stop: Stop) -> None:
        self._post(f"/v1/pickups/{stop.pickup_id}/cancellation", {"reason": "the customer called"})
        stop.moved, stop.over, stop.at_door = True, True, False

    def _timers_fire(self) -> Actor:
        while not self._is_done():
            yield 2 * MINUTE
            fire_wait_timers(self.context)
        for _ in range(8):
            yield 15 * MINUTE
            fire_wait_timers(self.context)

    def _is_done(self) -> bool:
        done = all(stop.is_settled for stop in self.stops)
        for courier in self.couriers:
            courier.is_done = done
        return done

    def _share(self, stop: Stop, purpose: str) -> str:
        shared = self._post(f"/v1/pickups/{stop.pickup_id}/links", {"purpose": purpose})
        return str(shared["url"]).rsplit("/", 1)[-1]

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.dispatcher.post(path, json=body)
        assert answer.status_code in (200, 201), (path, body, answer.json)
        return answer.json
