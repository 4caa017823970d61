"""A proxy between us and PostgreSQL that can cut a connection around a COMMIT, or vanish without a word."""

import ctypes
import selectors
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock, Thread

from sqlalchemy import URL, make_url

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
"""How PostgreSQL's protocol says it: a simple query, its length, its text."""

SO_ATTACH_FILTER = 26
PIECE_BYTES = 65_536


class Cut(StrEnum):
    """Where a connection breaks around its COMMIT. Whoever sent it cannot tell one from the other."""

    BEFORE_IT_ARRIVES = "before the server has read it"
    BEFORE_THE_ANSWER = "after the server has done it"


@dataclass(slots=True)
class Proxy:
    """Brings bytes to and fro. `url` is the database's, by way of here."""

    target: URL
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _callers: list[socket.socket] = field(default_factory=list)
    _cut: Cut | None = None
    _one_cut: Lock = field(default_factory=Lock)
    cuts: int = 0

    @property
    def url(self) -> str:
        port = self._listener.getsockname()[1]
        here = self.target.set(host="127.0.0.1", port=port, query={"sslmode": "disable"})
        return here.render_as_string(hide_password=False)

    def cut_next_commit(self, cut: Cut) -> None:
        self._cut = cut

    def vanish(self) -> None:
        """Let nothing more arrive from those who are connected, and tell them nothing: no answer, no reset.

        As when a host loses its power. Whoever connects anew is served, as by the host that took over.
        """
        deaf = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: keep 0 bytes of each.
        program = struct.pack("HL", 1, ctypes.addressof(deaf))
        for caller in self._callers:
            with suppress(OSError):
                caller.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)

    def serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            self._callers.append(caller)
            Thread(target=self._carry, args=(caller, self._reach_server()), daemon=True).start()

    def close(self) -> None:
        for end in (self._listener, *self._callers):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _reach_server(self) -> socket.socket:
        folder = self.target.query.get("host") or self.target.host or "127.0.0.1"
        assert isinstance(folder, str)
        port = self.target.port or 5432
        if not folder.startswith("/"):
            return socket.create_connection((folder, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{folder}/.s.PGSQL.{port}")
        return server

    def _carry(self, caller: socket.socket, server: socket.socket) -> None:
        with caller, server, selectors.DefaultSelector() as ready, suppress(OSError):
            ready.register(caller, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, caller)
            while True:
                for key, _ in ready.select():
                    source, sink = key.fileobj, key.data
                    assert isinstance(source, socket.socket)
                    piece = source.recv(PIECE_BYTES)
                    if not piece or self._is_cut(piece, server):
                        return
                    sink.sendall(piece)

    def _is_cut(self, piece: bytes, server: socket.socket) -> bool:
        with self._one_cut:
            if self._cut is None or COMMIT not in piece:
                return False
            cut, self._cut = self._cut, None
            self.cuts += 1
        if cut is Cut.BEFORE_THE_ANSWER:
            server.sendall(piece)
            server.recv(PIECE_BYTES)
        return True


@contextmanager
def proxy_to(database_url: str) -> Iterator[Proxy]:
    proxy = Proxy(make_url(database_url))
    thread = Thread(target=proxy.serve, daemon=True)
    thread.start()
    yield proxy
    proxy.close()
    thread.join()
