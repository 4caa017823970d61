"""A storm over real processes while couriers arrive and timers fall due: of kill -9, or of what else strikes.

Phones send each report again until it is answered. What must hold afterwards is in `aftermath`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import Queue
from random import Random
from threading import Thread
from typing import Any
from uuid import UUID

import requests
from sqlalchemy import func, or_, select

from api.db import Database
from api.domain.branch_policy import BranchPolicy
from api.domain.vocabulary import DeliveryState, Role, StaffFallback, TimerKind, TimerState
from api.models import BranchPolicyVersion, Delivery, WaitTimer
from demo.phones import CourierPhone, Place, Refused, StaffPhone
from tests import factories
from tests.endtoend.company import noon_somewhere
from tests.endtoend.house import GLANCE_SECONDS, House, Program

DOOR = Place(31.2335, 121.5055)
COURIERS = 2
COLLECTED_SHARE = 0.25
KILLED_WHILE_STARTING = 0.2
PATIENCE_SECONDS = 180.0
SEED = 7


@dataclass(frozen=True, slots=True)
class Weather:
    """How hard it storms. A wait climbs four rungs within 1.4 limits, unless the goods come sooner."""

    strikes: int
    waits: int
    limit: timedelta
    longest_life: float = 0.0
    """Where strikes kill: how long a process lives at most, in the time that it took to start.

    A busy machine is slow in both. What was claimed twenty times by those who died before they could send it
    would end as `dead`, and rightly so: that is fault 34.
    """


@dataclass(frozen=True, slots=True)
class Door:
    """Where one courier is about to arrive."""

    phone: CourierPhone
    pickup_id: UUID


@dataclass(slots=True)
class Uplink:
    """Brings what phones report to the servers, one batch after the other, until each is answered."""

    acknowledged: set[UUID] = field(default_factory=set)
    unanswered: int = 0
    busy: int = 0
    _batches: "Queue[tuple[CourierPhone, Sequence[dict[str, Any]]] | None]" = field(default_factory=Queue)
    _thread: Thread = field(init=False)

    def open(self) -> None:
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def report(self, kind: str, doors: Sequence[Door]) -> None:
        """Note now what happens at these doors, in one batch for each phone."""
        for phone in dict.fromkeys(door.phone for door in doors):
            here = [door for door in doors if door.phone is phone]
            self._batches.put((phone, [phone.event(str(door.pickup_id), kind, DOOR) for door in here]))

    def close(self) -> None:
        """Wait until everything has been answered."""
        self._batches.put(None)
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "phones were not answered"

    def _work(self) -> None:
        while batch := self._batches.get():
            for result in self._answer_to(*batch):
                if result["outcome"] in ("applied", "duplicate"):
                    self.acknowledged.add(UUID(result["event_id"]))

    def _answer_to(self, phone: CourierPhone, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        while True:
            try:
                return phone.send(*events)
            except requests.RequestException:
                self.unanswered += 1
                time.sleep(GLANCE_SECONDS)
            except Refused as refusal:
                if refusal.status in (429, 503):
                    self.busy += 1
                    time.sleep(GLANCE_SECONDS)
                elif refusal.status == 401:
                    self._renew(phone)
                else:
                    raise

    @staticmethod
    def _renew(phone: CourierPhone) -> None:
        with suppress(requests.RequestException, Refused):
            phone.renew()


def blow(
    house: House, database: Database, weather: Weather, strike: Callable[[], None] | None = None
) -> Uplink:
    """Let couriers arrive at all doors while it strikes; return after the calm.

    Without a `strike` of the test's own, processes are killed and started again. In the end every process has
    been stopped politely. Returns what the phones know.
    """
    chance, programs, uplink = Random(SEED), [*house.doors, *house.jobs], Uplink()
    people = hire(database, weather.limit, weather.waits)
    starting = max(_seconds_to_start(program) for program in programs)
    strike = strike or partial(_kill_one, programs, chance, weather.longest_life * starting)
    doors = list(sign_in(house, people))
    chance.shuffle(doors)
    uplink.open()
    before: list[Door] = []
    for number in range(weather.strikes):
        now = doors[number :: weather.strikes]
        uplink.report("arrived", now)
        uplink.report("collected", chance.sample(before, int(len(before) * COLLECTED_SHARE)))
        before = now
        strike()
    for program in programs:
        program.await_ready()
    uplink.close()
    house.until("all rungs have come and all notices have gone", lambda: _is_calm(database), PATIENCE_SECONDS)
    for program in programs:
        program.stop()
    return uplink


def _seconds_to_start(program: Program) -> float:
    began = time.monotonic()
    program.start()
    return time.monotonic() - began


def _kill_one(programs: Sequence[Program], chance: Random, longest_life_seconds: float) -> None:
    """Kill a process at a random moment, now and then while one is just starting, and start it again."""
    if chance.random() >= KILLED_WHILE_STARTING:
        for program in programs:
            program.await_ready()
    time.sleep(chance.uniform(0, longest_life_seconds))
    struck = chance.choice(programs)
    struck.kill()
    struck.launch()


@dataclass(frozen=True, slots=True)
class People:
    """The phone numbers they sign in with, and the pickups of each courier."""

    dispatcher: str
    pickups: dict[str, list[UUID]]


def hire(database: Database, limit: timedelta, waits: int) -> People:
    """Write a branch with a dispatcher, couriers, and as many pickups at a site with this wait limit."""
    now = datetime.now(UTC)
    with database.unit_of_work() as session:
        branch = factories.make_branch(session, timezone=noon_somewhere(now))
        # Nobody looks at his phone here, and 20 s after each push somebody would be written to.
        policy = BranchPolicy(staff_fallback=StaffFallback.OFF).to_json()
        session.add(BranchPolicyVersion(branch_id=branch.id, version=1, settings=policy, created_at=now))
        dispatcher = factories.make_staff(session, branch, role=Role.DISPATCHER)
        customer = factories.make_customer(session, branch)
        site = factories.make_site(session, customer, wait_limit_seconds=int(limit.total_seconds()))
        couriers = [factories.make_staff(session, branch) for _ in range(COURIERS)]
        pickups: dict[str, list[UUID]] = {courier.phone: [] for courier in couriers}
        for number in range(waits):
            courier = couriers[number % COURIERS]
            window = {"window_start": now - timedelta(minutes=1), "window_end": now + timedelta(hours=8)}
            pickups[courier.phone].append(
                factories.make_pickup(session, site, courier=courier, assigned_at=now, **window).id
            )
    return People(dispatcher.phone, pickups)


def sign_in(house: House, people: People) -> Iterator[Door]:
    """Sign everybody in, with an address for pushes that is his phone number."""
    StaffPhone(house.servers, people.dispatcher, factories.PASSWORD).take_pushes(people.dispatcher)
    for number, pickup_ids in people.pickups.items():
        phone = CourierPhone(house.servers, number, factories.PASSWORD)
        phone.take_pushes(number)
        yield from (Door(phone, pickup_id) for pickup_id in pickup_ids)


def _is_calm(database: Database) -> bool:
    """Tell whether only the last rungs, half an hour away, are still to come, and nothing is on its way."""
    coming = select(func.count()).where(
        WaitTimer.state == TimerState.ARMED, WaitTimer.kind != TimerKind.ABANDON
    )
    on_the_way = select(func.count()).where(
        or_(Delivery.state == DeliveryState.PENDING, Delivery.state == DeliveryState.LEASED)
    )
    with database.unit_of_work(read_only=True) as session:
        return session.scalar(coming) == 0 == session.scalar(on_the_way)
