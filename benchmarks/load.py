"""The load generator: keep-alive connections, each sending its next request when the last is answered.

Requests are ready-made bytes and answers are hardly looked at, so that two processes keep a server busy.
"""

import multiprocessing
import selectors
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PROCESSES = 2
PATIENCE_SECONDS = 120.0
UNLIMITED = {"DOORSTEP_RATE_LIMITS": "off", "DOORSTEP_PUBLIC_URL": "http://127.0.0.1"}
"""A few connections do here what thousands of phones do elsewhere."""

Script = Sequence[bytes]
"""What one connection sends, one request after the other."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How long each request took, in seconds; how many answers were not as they had to be."""

    latencies: list[float]
    seconds: float
    refused: int

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: int) -> float:
        """Return the latency in milliseconds that `share` percent of the requests stayed under."""
        return percentile(self.latencies, share) * 1000


def percentile(values: Sequence[float], share: int) -> float:
    """Return what `share` percent of the values stayed under."""
    return statistics.quantiles(values, n=100)[share - 1]


def post(path: str, body: bytes, token: str = "") -> bytes:
    """Return a whole request as it goes over the wire."""
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def fire(port: int, scripts: Sequence[Script], expected: bytes) -> Measured:
    """Play one script per connection, all at once. An answer without `expected` in it counts as refused."""
    shares = [scripts[number::PROCESSES] for number in range(PROCESSES)]
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        # The processes are up before the clock starts.
        pool.map(len, shares)
        started = time.perf_counter()
        played = pool.starmap(_play, [(port, share, expected) for share in shares], chunksize=1)
        seconds = time.perf_counter() - started
    latencies = [latency for share, _ in played for latency in share]
    return Measured(latencies, seconds, sum(refused for _, refused in played))


class _Connection:
    """One keep-alive connection and where it is in its script."""

    def __init__(self, port: int, script: Script) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._script: Iterator[bytes] = iter(script)
        self._answer = b""
        self._sent_at = 0.0

    def send_next(self) -> bool:
        """Send the next request; tell whether there was one."""
        request = next(self._script, None)
        if request is None:
            return False
        self._answer, self._sent_at = b"", time.perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self) -> tuple[bytes, float] | None:
        """Read what has come; return the answer and its latency once it is whole."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("the server closed a connection in the middle of its script")
        self._answer += part
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < _content_length(head):
            return None
        return self._answer, time.perf_counter() - self._sent_at


def _content_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0])


def _play(port: int, scripts: Sequence[Script], expected: bytes) -> tuple[list[float], int]:
    latencies: list[float] = []
    refused = 0
    with selectors.DefaultSelector() as waiting:
        for script in scripts:
            connection = _Connection(port, script)
            if connection.send_next():
                waiting.register(connection.socket, selectors.EVENT_READ, connection)
        while waiting.get_map():
            for key, _ in waiting.select(PATIENCE_SECONDS):
                answered = key.data.receive()
                if answered is None:
                    continue
                answer, latency = answered
                latencies.append(latency)
                refused += expected not in answer
                if not key.data.send_next():
                    waiting.unregister(key.data.socket)
                    key.data.socket.close()
    return latencies, refused
