"""Simulated time: everybody is a generator that says how many seconds pass until he does the next thing."""

from collections.abc import Generator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from tests.fakes import FrozenClock

Actor = Generator[float, None, None]


class Agenda:
    """Wakes each actor at his instant, one after the other, and moves the clock there."""

    def __init__(self, clock: FrozenClock) -> None:
        self.clock = clock
        self._turns = count()
        self._due: list[tuple[datetime, int, Actor]] = []

    def start(self, actor: Actor) -> None:
        self._wake(actor)

    def run(self) -> None:
        """Go on until nobody means to do anything more."""
        while self._due:
            at, _, actor = heappop(self._due)
            self.clock.tick(seconds=(at - self.clock.now()).total_seconds())
            self._wake(actor)

    def _wake(self, actor: Actor) -> None:
        pause = next(actor, None)
        if pause is not None:
            at = self.clock.now() + timedelta(seconds=round(pause))
            heappush(self._due, (at, next(self._turns), actor))
