"""The worker process: gunicorn's threads, and before them a porter who lets in whole requests only.

gunicorn's own `gthread` gives a thread to whoever connects. The thread then waits for the first byte and for
the rest of a slow request, and the main loop waits for the other side to hang up. Here the main loop waits
for nobody: it takes in what is there, and a thread gets a request once it is whole. A request that had to
wait too long for a thread is answered 503 before any work.
"""

import json
import socket
import struct
import time
from collections import Counter, defaultdict, deque
from contextlib import suppress
from functools import partial
from math import inf
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from api.cli.arriving import Arriving, BodyTooLarge, HeadTooLarge
from api.metrics import SHED
from api.web.errors import RETRY_AFTER_SECONDS
from api.web.response_headers import HEADERS

WHOLE_WITHIN_SECONDS = 120.0
"""From the first byte to the last, of a photo on a poor line too. Nothing but memory waits meanwhile."""
HANGS_UP_WITHIN_SECONDS = 2.0
STALLED_SECONDS = 5
"""The most that a thread waits for the other side to take in more of an answer."""
MOST_HELD_BYTES = 64 * 1024 * 1024
"""Of all requests that are not whole yet, together."""
READ_BYTES = 65_536
ROOM = 40
"""So many connections are closed at once when all are taken."""
MOST_AT_ONCE = 2
"""So many requests of one caller are served at a time, or a noisy one would have all the threads. What else
he asks waits for its turn among his own, and nobody else waits for it."""

# What is worth less when it is late is given up sooner: a phone asks again for what it wants to show, but a
# courier stands at the door until his event is in. Whether we are well is answered always.
PATIENCE_SECONDS = (
    (b"GET /health/", inf),
    (b"GET /metrics", inf),
    (b"POST /v1/field-events", 10.0),
    (b"GET /p/", 5.0),
    (b"GET ", 2.0),
    (b"", 5.0),
)


def refusal(status: int, title: str, code: str, detail: str, *more: str) -> bytes:
    """Return a whole answer, made once: refusing costs no more than sending it."""
    problem = {"type": f"urn:doorstep:problem:{code}", "title": title, "status": status, "code": code}
    body = json.dumps({**problem, "detail": detail}).encode()
    head = [
        f"HTTP/1.1 {status} {title}",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in HEADERS.items()),
        *more,
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


GO_AHEAD = b"HTTP/1.1 100 Continue\r\n\r\n"
BUSY = refusal(
    503,
    "Service Unavailable",
    "busy",
    "Too much is asked of this server just now; try again in a moment.",
    f"Retry-After: {RETRY_AFTER_SECONDS}",
)
TOO_LARGE = refusal(
    413, "Content Too Large", "too_large", "This is more than can be taken at once.", "Connection: close"
)
LONG_HEAD = refusal(
    431,
    "Request Header Fields Too Large",
    "headers_too_large",
    "The head of the request is too long.",
    "Connection: close",
)


def patience_for(request: bytes | bytearray) -> float:
    """Return how many seconds this request may wait for a thread before it is given up."""
    return next(seconds for beginning, seconds in PATIENCE_SECONDS if request.startswith(beginning))


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's `gthread`, with requests taken in, and callers seen off, by the main loop.

    `pending_conns` are those whose request is not whole, the longest waiting first.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pending_conns: deque[Any] = deque()
        self._leaving: deque[Any] = deque()
        self._under_way: Counter[bytes] = Counter()
        self._lines: defaultdict[bytes, deque[Any]] = defaultdict(deque)
        self._holds_much = False

    def accept(self, listener: Any) -> None:
        """Take in all who are at the door: one at a time, a busy loop would be slower than they come."""
        while self.nr_conns < self.worker_connections:
            try:
                caller, address = listener.accept()
                for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                    caller.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", STALLED_SECONDS, 0))
            except OSError:  # nobody left, somebody who is gone already, or no more files
                return
            self.nr_conns += 1
            conn = TConn(self.cfg, caller, address, listener.getsockname())
            conn.init()
            self.enqueue_req(conn)

    def enqueue_req(self, conn: Any) -> None:
        """Begin to take in a request; gunicorn calls this when there is something to read."""
        conn.sock.setblocking(False)
        conn.arriving = Arriving()
        conn.timeout = time.monotonic() + WHOLE_WITHIN_SECONDS
        if not self._take_in(conn, conn.parser.unreader.take_buffered()):
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: Any, client: Any) -> None:
        self.poller.unregister(client)
        if self._take_in(conn):
            self.pending_conns.remove(conn)
        else:
            self.poller.register(client, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _take_in(self, conn: Any, early: bytes = b"") -> bool:
        """Read what is there. Tell whether that was the end of it: a thread has it now, or it is refused."""
        try:
            is_whole = conn.arriving.take(early or self._received(conn))
            if conn.arriving.awaits_go_ahead and not is_whole:
                conn.sock.send(GO_AHEAD)
                conn.arriving.awaits_go_ahead = False
        except BlockingIOError:
            return False
        except (HeadTooLarge, BodyTooLarge) as error:
            with suppress(OSError):
                conn.sock.send(LONG_HEAD if isinstance(error, HeadTooLarge) else TOO_LARGE)
            self._see_off(conn)
            return True
        except OSError:
            self._close(conn)
            return True
        if is_whole:
            self._line_up(conn)
            return True
        self._holds_much |= _held(conn) > READ_BYTES
        return False

    def _received(self, conn: Any) -> bytes:
        part: bytes = conn.sock.recv(READ_BYTES)
        if not part:
            raise ConnectionResetError("the caller hung up")
        return part

    def _line_up(self, conn: Any) -> None:
        """Hand a whole request to the threads, or let it wait for what its caller has under way."""
        conn.whole_at, conn.token = time.monotonic(), conn.arriving.token
        if conn.token and self._under_way[conn.token] >= MOST_AT_ONCE:
            self._lines[conn.token].append(conn)
        else:
            self._under_way[conn.token] += 1
            super().enqueue_req(conn)  # from here on it belongs to a thread

    def _call_next(self, token: bytes) -> None:
        """Hand the caller's next request to the threads, for one of his is done."""
        if line := self._lines.get(token):
            super().enqueue_req(line.popleft())
            return
        self._lines.pop(token, None)
        self._under_way[token] -= 1
        if not self._under_way[token]:
            del self._under_way[token]

    def handle(self, conn: Any) -> Any:
        """Serve a whole request in a thread, or say at once that it has waited too long for one."""
        if time.monotonic() - conn.whole_at <= patience_for(conn.arriving.data):
            conn.parser.unreader.unread(bytes(conn.arriving.data))
            conn.arriving = None
            return super().handle(conn)
        SHED.inc()
        conn.sock.setblocking(True)
        try:
            conn.sock.sendall(BUSY)
        except OSError:
            return False
        conn.parser.unreader.unread(conn.arriving.behind())
        return True

    def finish_request(self, conn: Any, fs: Any) -> None:
        self._call_next(conn.token)
        if not fs.cancelled() and fs.exception() is None and fs.result() is False:
            self._see_off(conn)
        else:
            super().finish_request(conn, fs)

    def _see_off(self, conn: Any) -> None:
        """Say that nothing more comes, and read what is still sent: cut off now, an answer may get lost."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
        except OSError:
            self._close(conn)
            return
        conn.timeout = time.monotonic() + HANGS_UP_WITHIN_SECONDS
        self._leaving.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_last_words, conn))

    def _on_last_words(self, conn: Any, _client: Any) -> None:
        try:
            if conn.sock.recv(READ_BYTES):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._drop(conn, self._leaving)

    def murder_pending(self) -> None:
        """Close those whose time is up, and more where connections or memory run short.

        Called between two rounds of events: nobody is closed of whom an event is still to be handled.
        """
        now = time.monotonic()
        for waiting in (self.pending_conns, self._leaving):
            while waiting and waiting[0].timeout <= now:
                self._drop(waiting[0], waiting)
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        if self._holds_much:
            self._holds_much = False
            while sum(map(_held, self.pending_conns)) > MOST_HELD_BYTES:
                self._drop(max(self.pending_conns, key=_held), self.pending_conns)

    def _cap_keepalive(self, deadline: float) -> None:
        """A stopping worker waits for requests under way, not for callers that have not begun one."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = conn.timeout if _held(conn) else min(conn.timeout, deadline)
        self.pending_conns = deque(sorted(self.pending_conns, key=lambda conn: conn.timeout))

    def _make_room(self) -> None:
        """Close who has waited longest with nothing to do for us: another may have."""
        for waiting in (self._leaving, self.pending_conns, self.keepalived_conns):
            while waiting and self.nr_conns > self.worker_connections - ROOM:
                self._drop(waiting[0], waiting)

    def _drop(self, conn: Any, waiting: "deque[Any]") -> None:
        waiting.remove(conn)
        self.poller.unregister(conn.sock)
        self._close(conn)

    def _close(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()


def _held(conn: Any) -> int:
    """Return how many bytes of a request that is not whole yet are here."""
    return len(conn.arriving.data)
