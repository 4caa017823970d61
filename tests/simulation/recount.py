"""The day told again from its raw events: as plainly as can be, and without the code under test.

Raw are the field events that counted, what dispatchers and contacts did, and the bookings. No stored wait
is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.vocabulary import EventOutcome, Quality, WaitCause
from api.models import EventRecord, FieldEvent, Pickup, ReadinessRecord

LIMIT = timedelta(seconds=300)
ABANDONED_AFTER = timedelta(minutes=30)
OURS = {"access", "courier_early", "our_delay"}


@dataclass(slots=True)
class Told:
    """A wait as the raw events tell it."""

    pickup: Pickup
    courier_id: UUID
    attempt: int
    arrived_at: datetime
    started_at: datetime
    deadline_at: datetime
    trusts: list[str]
    qualities: list[Quality]
    answer: ReadinessRecord | None
    handover_at: datetime | None = None
    departed_at: datetime | None = None
    outcome: str | None = None
    cause: str | None = None

    @property
    def counts(self) -> bool:
        return self.outcome in ("collected", "left")

    @property
    def dwell(self) -> int | None:
        return seconds(self.departed_at - self.arrived_at) if self.counts and self.departed_at else None

    @property
    def avoidable(self) -> int | None:
        if not self.counts or self.departed_at is None:
            return None
        if self.cause in OURS or self.arrived_at > self.pickup.window_end + timedelta(minutes=10):
            return 0
        return max(seconds((self.handover_at or self.departed_at) - self.started_at), 0)

    @property
    def left_early(self) -> bool:
        return self.outcome == "left" and self.departed_at is not None and self.departed_at < self.deadline_at

    @property
    def protected(self) -> bool:
        arrived, left = self.trusts[0], self.trusts[-1]
        believed = left in ("verified", "near") and arrived != "low"
        return self.outcome == "left" and not self.left_early and self.cause is not None and believed

    @property
    def quality(self) -> Quality:
        return max(self.qualities, key=list(Quality).index)


@dataclass(slots=True)
class Story:
    """What became of one pickup."""

    pickup: Pickup
    state: str = "booked"
    undone: int = 0
    parcels: int | None = None
    answer: ReadinessRecord | None = None
    waits: tuple[Told, ...] = ()

    @property
    def running(self) -> Told | None:
        return self.waits[-1] if self.waits and self.waits[-1].outcome is None else None


def stories(session: Session, *, now: datetime) -> dict[UUID, Story]:
    """Fold the raw events of every pickup, in the order of their instants."""
    found = {pickup.id: Story(pickup) for pickup in session.scalars(select(Pickup))}
    for _, _, pickup_id, happen in sorted(_everything(session), key=lambda one: one[:2]):
        happen(found[pickup_id])
    for story in found.values():
        running = story.running
        if running and now >= running.deadline_at - LIMIT + ABANDONED_AFTER:
            running.outcome = "abandoned"
    return found


Happening = tuple[datetime, UUID, UUID, Callable[[Story], None]]
"""When, in which order of writing, to which pickup, and what it does."""


def _everything(session: Session) -> Iterable[Happening]:
    pickup_of_wait = {}
    for event in session.scalars(select(FieldEvent).where(FieldEvent.outcome == EventOutcome.APPLIED)):
        pickup_of_wait[event.wait_id] = event.pickup_id
        yield event.effective_at, event.id, event.pickup_id, lambda story, event=event: _step(story, event)
    for answer in session.scalars(select(ReadinessRecord)):
        yield answer.answered_at, answer.id, answer.pickup_id, lambda story, said=answer: _answer(story, said)
    for fact in session.scalars(select(EventRecord)):
        if fact.name in ("pickup.assigned", "pickup.cancelled"):
            yield fact.occurred_at, fact.id, fact.subject_id, lambda story, fact=fact: _dispatch(story, fact)
        elif fact.name == "pickup.booked":
            yield (
                fact.occurred_at,
                fact.id,
                fact.subject_id,
                lambda story: setattr(story, "state", "assigned"),
            )
        elif fact.name == "wait.extension_decided" and fact.data["granted"]:
            pickup_id = pickup_of_wait[fact.subject_id]
            yield fact.occurred_at, fact.id, pickup_id, lambda story, fact=fact: _extend(story, fact)


def _step(story: Story, event: FieldEvent) -> None:
    running = story.running
    match event.type.value:
        case "departed":
            story.state = "en_route"
        case "arrived" if running is None:
            story.state = "at_door"
            story.waits = (*story.waits, _arrival(story, event))
        case "arrival_undone":
            story.state, story.undone = "en_route", story.undone + 1
            running.outcome, running.departed_at = "undone", event.effective_at
        case "handover_started":
            running.handover_at = event.effective_at
            running.qualities.append(event.quality)
        case "collected" | "left":
            story.state = event.type.value
            running.outcome, running.departed_at = event.type.value, event.effective_at
            running.cause = event.data.get("cause")
            running.trusts.append(event.trust.value)
            running.qualities.append(event.quality)
            story.parcels = event.data.get("parcels", story.parcels)


def _arrival(story: Story, event: FieldEvent) -> Told:
    pickup, answer = story.pickup, story.answer
    started = max(event.effective_at, pickup.window_start)
    if answer and answer.promised_ready_at:
        started = max(started, min(answer.promised_ready_at, pickup.window_end))
    return Told(
        pickup=pickup,
        courier_id=event.courier_id,
        attempt=len(story.waits) + 1,
        arrived_at=event.effective_at,
        started_at=started,
        deadline_at=started + LIMIT,
        trusts=[event.trust.value],
        qualities=[event.quality],
        answer=answer,
    )


def _answer(story: Story, said: ReadinessRecord) -> None:
    story.answer = said
    running = story.running
    if running and said.answer == "ready" and said.answered_at < running.started_at:
        running.started_at, running.deadline_at = said.answered_at, said.answered_at + LIMIT
        running.answer = said


def _dispatch(story: Story, fact: EventRecord) -> None:
    if story.running:
        story.running.departed_at = fact.occurred_at
        story.waits[-1].outcome = "cancelled"
    story.state = "cancelled" if fact.name == "pickup.cancelled" else "assigned"
    story.undone = 0 if fact.name == "pickup.assigned" else story.undone


def _extend(story: Story, fact: EventRecord) -> None:
    assert story.running, "time is only given to a wait that runs"
    later = max(story.running.deadline_at, fact.occurred_at) + timedelta(minutes=fact.data["minutes"])
    story.running.deadline_at = later


def report_of(waits: Sequence[Told], key: Callable[[Told], Any]) -> dict[str, Any]:
    """Count the report again: what `flat` makes of the lines that the API answers."""
    lines: dict[str, list[Told]] = defaultdict(list)
    for wait in waits:
        lines[str(key(wait))].append(wait)
    return {name: _line(told) for name, told in lines.items()}


def _line(told: list[Told]) -> dict[str, Any]:
    left_out: dict[str, int] = defaultdict(int)
    for wait in told:
        if not wait.counts:
            left_out[wait.outcome or "running"] += 1
    by_quality = {}
    for quality in Quality:
        waits = [wait for wait in told if wait.counts and wait.quality is quality]
        if waits:
            by_quality[quality.value] = _figures(waits)
    return {"left_out": dict(left_out), "by_quality": by_quality}


def _figures(waits: list[Told]) -> dict[str, Any]:
    avoidable = [wait.avoidable for wait in waits]
    answered = [wait for wait in waits if wait.answer]
    silent = [wait.avoidable for wait in waits if not wait.answer]
    ready = [wait.avoidable for wait in answered if wait.answer.answer == "ready"]
    return {
        "count": len(waits),
        "collected": sum(wait.outcome == "collected" for wait in waits),
        "left": sum(wait.outcome == "left" for wait in waits),
        "protected_leaves": sum(wait.protected for wait in waits),
        "early_leaves": sum(wait.left_early for wait in waits),
        "dwell": _spread([wait.dwell for wait in waits]),
        "dwell_once_seconds": _seconds_stood(waits),
        "avoidable_wait": _spread(avoidable),
        "causes": {cause.value: sum(wait.cause == cause for wait in waits) for cause in WaitCause},
        "with_answer": _mean([wait.avoidable for wait in answered]),
        "without_answer": _mean(silent),
        "promises": (len(ready), sum(waited <= 60 for waited in ready)),
        "in_window": sum(w.pickup.window_start <= w.arrived_at <= w.pickup.window_end for w in waits),
    }


def flat(answer: dict[str, Any]) -> dict[str, Any]:
    """Bring a report of the API into the form of `report_of`."""
    return {
        line["key"]: {
            "left_out": {one["why"]: one["count"] for one in line["left_out"]},
            "by_quality": {figures["quality"]: flat_figures(figures) for figures in line["by_quality"]},
        }
        for line in answer["items"]
    }


def flat_figures(figures: dict[str, Any]) -> dict[str, Any]:
    promises = figures["promises"]
    taken = {name: value for name, value in figures.items() if name not in ("quality", "answered_share")}
    return {
        **{name: value for name, value in taken.items() if name != "punctuality"},
        "promises": (promises["promised"], promises["kept"]),
        "in_window": figures["punctuality"]["in_window"],
    }


def _spread(values: list[int]) -> dict[str, int]:
    ordered = sorted(values)
    return {
        "p50_seconds": ordered[ceil(Fraction(50, 100) * len(ordered)) - 1],
        "p90_seconds": ordered[ceil(Fraction(90, 100) * len(ordered)) - 1],
        "max_seconds": ordered[-1],
        "total_seconds": sum(ordered),
    }


def _mean(values: list[int]) -> dict[str, Any]:
    return {"count": len(values), "mean_seconds": round(sum(values) / len(values), 1) if values else None}


def _seconds_stood(waits: list[Told]) -> int:
    """Count each second once in which a courier stood at a site."""
    stood: set[tuple[UUID, UUID, int]] = set()
    for wait in waits:
        begins = int(wait.arrived_at.timestamp())
        stood |= {(wait.courier_id, wait.pickup.site_id, begins + passed) for passed in range(wait.dwell)}
    return len(stood)


def seconds(length: timedelta) -> int:
    return round(length.total_seconds())
