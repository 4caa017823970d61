"""An open-loop load generator: requests leave when they are due, whether or not those before are answered.

Latency is counted from when a request was due, not from when it left: a server that stalls is not excused by
a generator that waits for it (coordinated omission).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from benchmarks.crowd import Asked
from benchmarks.load import percentile

PATIENCE_SECONDS = 15.0
"""A phone gives up after that; what is answered later counts as not answered."""
MOST_CONNECTIONS = 600
TIMED_OUT, BROKEN = "timed out", "broken"


@dataclass(frozen=True, slots=True)
class Answered:
    """How one request ended: a status or TIMED_OUT or BROKEN, and how long after it was due."""

    asked: Asked
    outcome: int | str
    seconds: float
    due_at: float
    tells_when_to_retry: bool = False

    @property
    def is_good(self) -> bool:
        """Whether the server did what it does on any day; to say that somebody has answered already is."""
        return isinstance(self.outcome, int) and self.outcome < 500 and self.outcome != 429


@dataclass(slots=True)
class Played:
    """All that was asked in one go."""

    rate: float
    answers: list[Answered]
    seconds: float

    @property
    def outcomes(self) -> Counter[int | str]:
        return Counter(answer.outcome for answer in self.answers)

    @property
    def good_share(self) -> float:
        return sum(answer.is_good for answer in self.answers) / len(self.answers)

    def good_ms(self, share: int, among: Callable[[Answered], bool] = lambda _: True) -> float:
        """Return the percentile of the latency of good answers in milliseconds."""
        good = [answer.seconds for answer in self.answers if answer.is_good and among(answer)]
        return percentile(good, share) * 1000 if len(good) > 1 else float("inf")

    def line(self) -> str:
        served = sum(answer.is_good for answer in self.answers) / self.seconds
        outcomes = ", ".join(f"{count} x {what}" for what, count in sorted(self.outcomes.items(), key=str))
        return (
            f"{self.rate:6.0f}/s due  {served:6.0f}/s served  p50 {self.good_ms(50):7.0f} ms  "
            f"p99 {self.good_ms(99):7.0f} ms   {outcomes}"
        )


@dataclass(slots=True)
class Player:
    """Keeps connections as phones and a proxy do, and opens another when all are waiting for answers."""

    port: int
    hear: Callable[[Asked, bytes], None]
    _idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_CONNECTIONS))

    async def play(self, requests: Iterator[Asked], rate: float, seconds: float) -> Played:
        """Send so many requests a second, evenly, for so long; return when the last has ended."""
        began = time.perf_counter()
        running = []
        for number in range(int(rate * seconds)):
            due_at = began + number / rate
            if (early := due_at - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            running.append(asyncio.create_task(self._ask(next(requests), due_at)))
        answers = await asyncio.gather(*running)
        return Played(rate, list(answers), seconds)

    async def _ask(self, asked: Asked, due_at: float) -> Answered:
        status: int | str
        tells = False
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._slots:
                status, tells = await self._exchange(asked)
        except TimeoutError:
            status = TIMED_OUT
        except (OSError, asyncio.IncompleteReadError):
            status = BROKEN
        return Answered(asked, status, time.perf_counter() - due_at, due_at, tells)

    async def _exchange(self, asked: Asked) -> tuple[int, bool]:
        reader, writer = await self._connection()
        try:
            writer.write(asked.raw)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            body = await reader.readexactly(_length(head))
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in head:
            writer.close()
        else:
            self._idle.append((reader, writer))
        status = int(head[9:12])
        if status < 300:
            self.hear(asked, body)
        return status, b"\r\nretry-after:" in head

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():  # the server closes what was idle for too long
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def _length(head: bytes) -> int:
    _, found, rest = head.partition(b"\r\ncontent-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0
