"""Which of a courier's next stops to do first when one of them is ready later, or its window ends soon.

Pure and deterministic: a proposal keeps every window, or there is none. Who accepts it is a service's job.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from api.domain.errors import Conflict
from api.domain.geofence import Place
from api.domain.readiness import expected_at
from api.domain.travel import travel_time
from api.domain.vocabulary import StopOrderReason

HORIZON = 8  # Nobody turns a whole afternoon round because of a quarter of an hour.
SHORTEST_USE = timedelta(minutes=5)


class ProposalNotOpen(Conflict):
    """This proposal is no longer open. `state` in the details tells what became of it."""

    code = "proposal_not_open"


class ProposalOutOfDate(Conflict):
    """The round has changed since this was proposed: one of its stops is done, moved or another courier's."""

    code = "proposal_out_of_date"


class WhyNot(StrEnum):
    """Why no other order is proposed."""

    NO_OTHER_STOP = "no_other_stop"
    WINDOWS_TOO_TIGHT = "windows_too_tight"
    NOTHING_GAINED = "nothing_gained"


@dataclass(frozen=True, slots=True)
class Stop:
    """One pickup of a round: `ready_at` by the contact's word, `under_way` while the courier drives there."""

    pickup_id: UUID
    place: Place
    window_start: datetime
    window_end: datetime
    eta_at: datetime | None = None
    ready_at: datetime | None = None
    under_way: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """What a courier still has before him. `place` is None while nobody knows where he is.

    `free_at` is when he can set out; `service_time` is how long a stop takes once goods are ready.
    """

    stops: Sequence[Stop]
    place: Place | None
    free_at: datetime
    service_time: timedelta


@dataclass(frozen=True, slots=True)
class PlannedStop:
    pickup_id: UUID
    eta_at: datetime


@dataclass(frozen=True, slots=True)
class ProposedOrder:
    """All stops of the round in the proposed order, each with its new ETA."""

    reason: StopOrderReason
    stops: tuple[PlannedStop, ...]

    def useful_until(self, *, now: datetime) -> datetime:
        """Return until when it can be followed: he would have to be at the first stop by then."""
        return max(self.stops[0].eta_at, now + SHORTEST_USE)


@dataclass(frozen=True, slots=True)
class _Walk:
    """One order, walked through in thought: `idle` is the time spent at doors waiting for goods."""

    stops: tuple[PlannedStop, ...]
    keeps_every_window: bool
    idle: timedelta
    ends_at: datetime


def in_present_order(stops: Sequence[Stop]) -> tuple[Stop, ...]:
    """Sort stops as the courier would do them now: where he is on his way to, then by ETA or window start."""
    return tuple(
        sorted(
            stops,
            key=lambda stop: (
                not stop.under_way,
                expected_at(stop.window_start, stop.eta_at),
                stop.window_end,
                str(stop.pickup_id),
            ),
        )
    )


def propose(round_: Round, about: UUID, reason: StopOrderReason) -> ProposedOrder | WhyNot:
    """Return the order to propose because of the stop `about`, or why there is none.

    Tried are: that stop at every other place, and every other stop right before it, among the next eight.
    Of the orders that begin each handover within its window the one with the least waiting for goods
    wins, then the one that is over first. It must beat the present order: less waiting, or a window kept.
    """
    stops = in_present_order(round_.stops)
    if len(stops) < 2:
        return WhyNot.NO_OTHER_STOP
    present = _walk(round_, stops, stops[0])
    walks = [_walk(round_, order, stops[0]) for order in _other_orders(stops, about)]
    possible = [walk for walk in walks if walk.keeps_every_window]
    if not possible:
        return WhyNot.WINDOWS_TOO_TIGHT
    best = min(possible, key=lambda walk: (walk.idle, walk.ends_at))
    if present.keeps_every_window and best.idle >= present.idle:
        return WhyNot.NOTHING_GAINED
    return ProposedOrder(reason, best.stops)


def _other_orders(stops: tuple[Stop, ...], about: UUID) -> Iterator[tuple[Stop, ...]]:
    here = next(place for place, stop in enumerate(stops) if stop.pickup_id == about)
    rest = stops[:here] + stops[here + 1 :]
    for place in range(min(len(stops), HORIZON)):
        if place != here:
            yield (*rest[:place], stops[here], *rest[place:])
    for place in range(here + 2, min(len(stops), HORIZON)):
        yield (*stops[:here], stops[place], *stops[here:place], *stops[place + 1 :])


def _walk(round_: Round, order: tuple[Stop, ...], first: Stop) -> _Walk:
    place = round_.place or first.place
    at = _sets_out(round_, place, first)
    planned, idle, keeps = [], timedelta(), True
    for stop in order:
        eta = max(at + travel_time(place, stop.place), stop.window_start)
        begins = max(eta, stop.ready_at or eta)
        planned.append(PlannedStop(stop.pickup_id, eta))
        idle += begins - eta
        keeps = keeps and begins <= stop.window_end
        place, at = stop.place, begins + round_.service_time
    return _Walk(tuple(planned), keeps, idle, at)


def _sets_out(round_: Round, place: Place, first: Stop) -> datetime:
    """Return when he leaves: as soon as he is free, or so as to keep the ETA of his first stop."""
    if first.eta_at is None:
        return round_.free_at
    return max(round_.free_at, first.eta_at - travel_time(place, first.place))
