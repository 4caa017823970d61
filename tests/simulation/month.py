"""A simulated month of a branch: contacts are asked, answer as truly as their site does, and couriers come.

All of it goes through the services and jobs, on simulated time. What came of it is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid4

from sqlalchemy import func, select

from api import services
from api.domain.field_event import Envelope, EventDetails, FieldEvent
from api.domain.geofence import Place, Position
from api.domain.link_policy import LinkVerb
from api.domain.notice_kinds import NoticeKind
from api.domain.principal import Principal
from api.domain.readiness import Said
from api.domain.vocabulary import FieldEventType, ReadinessAnswer, WaitCause
from api.models import Contact, Notice, Pickup, Site, StaffMember
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from jobs.fire_wait_timers import fire_wait_timers
from jobs.send_feedback_links import send_feedback_links
from jobs.send_readiness_pings import send_readiness_pings
from tests import factories
from tests.phones import AT_THE_DOOR
from tests.simulation.agenda import Actor, Agenda

DAYS = 30
FIRST_WINDOW = timedelta(hours=1, minutes=30)
HOURS_OF_WINDOWS = 9
AN_HOUR = 3600.0
EVENTS_KEPT = 6
NOTHING_BESIDES = EventDetails()
DOOR = Position(Place(AT_THE_DOOR["latitude"], AT_THE_DOOR["longitude"]), AT_THE_DOOR["accuracy_m"])
QUESTIONS = (NoticeKind.READINESS_PING, NoticeKind.READINESS_REMINDER)


@dataclass(frozen=True, slots=True)
class Door:
    """A site, who is asked there in turn, who comes, and how often "ready" is true."""

    site: Site
    contacts: tuple[Contact, ...]
    courier: StaffMember
    honesty: float


@dataclass(slots=True)
class Stop:
    pickup_id: UUID
    door: Door
    window_start: datetime
    expected_at: datetime
    eta_moved: bool
    said: ReadinessAnswer | None = None


@dataclass(slots=True)
class Month:
    """`context` is that of the jobs, whose clock is everybody's."""

    context: JobContext
    agenda: Agenda
    random: Random
    doors: list[Door]
    pickups: int
    stops: dict[UUID, Stop] = field(default_factory=dict)
    unsent: dict[UUID, list[FieldEvent]] = field(default_factory=dict)
    _visits_ahead: int = 0

    def run(self) -> None:
        self.agenda.start(self._mornings())
        self.agenda.run()

    def _mornings(self) -> Actor:
        """Book each day's pickups at its beginning; the jobs run as long as somebody is still to come."""
        for day in range(DAYS):
            share = self.pickups * (day + 1) // DAYS - self.pickups * day // DAYS
            self._book(share)
            self.agenda.start(self._jobs_run())
            yield timedelta(days=1).total_seconds()

    def _book(self, count: int) -> None:
        now = self.context.now()
        with self.context.unit_of_work() as session:
            for _ in range(count):
                number = len(self.stops)
                door = self.doors[number % len(self.doors)]
                half_hours = self.random.randrange(2 * HOURS_OF_WINDOWS)
                starts_at = now + FIRST_WINDOW + half_hours * timedelta(minutes=30)
                pickup = factories.make_pickup(
                    session,
                    door.site,
                    door.contacts[number // len(self.doors) % len(door.contacts)],
                    courier=door.courier,
                    window_start=starts_at,
                    window_end=starts_at + timedelta(hours=1),
                )
                services.readiness.schedule_ping(session, pickup, now=now)
                self._plan(Stop(pickup.id, door, starts_at, starts_at, self.random.random() < 0.1))

    def _plan(self, stop: Stop) -> None:
        self.stops[stop.pickup_id] = stop
        self._visits_ahead += 1
        if stop.eta_moved:
            stop.expected_at += timedelta(minutes=self.random.choice([-8, 5, 12, 25]))
            self.agenda.start(self._eta_moves(stop))
        self.agenda.start(self._visited(stop))

    def _eta_moves(self, stop: Stop) -> Actor:
        """On the way he turns out to be earlier or later: before the question, or after it."""
        ahead = stop.window_start - self.context.now()
        yield (ahead - timedelta(minutes=self.random.choice([15, 25, 40, 60]))).total_seconds()
        with self.context.unit_of_work() as session:
            pickup = session.get_one(Pickup, stop.pickup_id)
            services.etas.move(session, pickup, stop.expected_at, now=self.context.now())

    def _jobs_run(self) -> Actor:
        """Run the jobs whenever something is due, and every hour."""
        while self._visits_ahead:
            if send_readiness_pings(self.context) + fire_wait_timers(self.context):
                deliver_notices(self.context)
                for pickup_id, contact_link in self._asked_now():
                    self.agenda.start(self._answers(self.stops[pickup_id], contact_link))
            yield self._pause()
        for _ in range(3):
            yield 600
            send_feedback_links(self.context)
            deliver_notices(self.context)

    def _pause(self) -> float:
        with self.context.database.unit_of_work(read_only=True) as session:
            due_at = session.scalar(select(func.min(Pickup.ping_due_at)))
        pause = (due_at - self.context.now()).total_seconds() if due_at else AN_HOUR
        return min(max(pause, 1), AN_HOUR)

    def _asked_now(self) -> list[tuple[UUID, UUID]]:
        with self.context.database.unit_of_work(read_only=True) as session:
            asked = select(Notice.pickup_id, Notice.link_id).where(
                Notice.kind.in_(QUESTIONS), Notice.decided_at == self.context.now()
            )
            return [(pickup_id, link_id) for pickup_id, link_id in session.execute(asked)]

    def _answers(self, stop: Stop, link_id: UUID) -> Actor:
        """Two of three answer a question within minutes; some think again."""
        if self.random.random() < 0.35:
            return
        yield self.random.randint(60, 420)
        for said in self._sayings():
            # Who comes early finds the clock running: an answer is then a wish for more time.
            if self.context.now() >= stop.expected_at:
                return
            with self.context.unit_of_work() as session:
                now = self.context.now()
                opened = services.links.open_by_id(
                    session, link_id=link_id, verb=LinkVerb.ANSWER_READINESS, now=now
                )
                services.readiness.answer(session, through=opened, said=said, now=now)
            stop.said = said.answer
            yield 90

    def _sayings(self) -> Iterator[Said]:
        if self.random.random() < 0.15:
            yield Said(ReadinessAnswer.IN_MINUTES, self.random.choice([5, 10]))
            if self.random.random() < 0.5:
                return
        yield Said(ReadinessAnswer.READY, goods_packed=True, papers_printed=True)

    def _visited(self, stop: Stop) -> Actor:
        """Come when expected, and wait as long as the goods need; some leave with nothing."""
        yield (stop.expected_at - self.context.now()).total_seconds()
        live = self.random.random() < 0.1
        arrived = self._event(stop, FieldEventType.ARRIVED)
        if live:
            self._send(stop.door.courier, [arrived])
        wait = self._wait(stop)
        if live and wait > 130:
            yield 121
            fire_wait_timers(self.context)
            deliver_notices(self.context)
            wait -= 121
        yield wait
        ended = list(self._ends(stop, wait))
        self._visits_ahead -= 1
        if live:
            self._send(stop.door.courier, ended)
        else:
            self._keep(stop.door.courier, [arrived, *ended])

    def _wait(self, stop: Stop) -> int:
        if stop.said is ReadinessAnswer.READY and self.random.random() < stop.door.honesty:
            return self.random.randint(1, 60)
        return self.random.choice([75, 120, 200, 280, 310])

    def _ends(self, stop: Stop, wait: int) -> Iterator[FieldEvent]:
        if wait == 310:
            yield self._event(stop, FieldEventType.LEFT, EventDetails(cause=WaitCause.GOODS_NOT_READY))
            return
        yield self._event(stop, FieldEventType.HANDOVER_STARTED)
        yield self._event(stop, FieldEventType.COLLECTED, EventDetails(parcels=self.random.randint(1, 9)))

    def _event(self, stop: Stop, kind: FieldEventType, details: EventDetails = NOTHING_BESIDES) -> FieldEvent:
        now = self.context.now()
        has_boot = self.random.random() < 0.9
        return FieldEvent(
            uuid4(),
            stop.pickup_id,
            kind,
            now,
            boot_id="boot" if has_boot else None,
            monotonic_ms=_monotonic_ms(now) if has_boot else None,
            position=DOOR,
            details=details,
        )

    def _keep(self, courier: StaffMember, events: list[FieldEvent]) -> None:
        """Where there is no signal, what happened is sent with what follows."""
        kept = self.unsent.setdefault(courier.id, [])
        kept += events
        if len(kept) >= EVENTS_KEPT or not self._visits_ahead:
            for who in {door.courier.id: door.courier for door in self.doors}.values():
                if who is courier or not self._visits_ahead:
                    self._send(who, self.unsent.pop(who.id, []))

    def _send(self, courier: StaffMember, events: list[FieldEvent]) -> None:
        now = self.context.now()
        envelope = Envelope(now, "boot", _monotonic_ms(now))
        by = Principal(courier.id, courier.branch_id, courier.role, courier.locale, None)
        with self.context.unit_of_work() as session:
            results = services.field_events.take_in(session, envelope=envelope, events=events, by=by, now=now)
        assert {result.outcome for result in results} <= {"applied"}, results


def _monotonic_ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
