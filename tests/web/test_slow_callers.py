"""Callers who take their time cost no thread: others are served meanwhile. Real sockets, a real server."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.cli.worker import STALLED_SECONDS
from migrations import runner
from tests import processes
from tests.fakes import settings_for

SLOW_CALLERS = 50
MORE_THAN_THE_HOUSE_HOLDS = 900
PATIENCE_SECONDS = STALLED_SECONDS / 2
"""Shorter than gunicorn's own patience with one silent caller, of which eight threads had to wait for 50."""

LIVE = b"GET /health/live HTTP/1.1\r\nHost: doorstep\r\n\r\n"
SIGN_IN = b"POST /v1/auth/login HTTP/1.1\r\nHost: doorstep\r\nContent-Type: application/json\r\n"

Call = Callable[[bytes], socket.socket]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("slow")
    settings = settings_for(f"sqlite:///{folder}/doorstep.db")
    runner.upgrade(settings.database_url)
    with processes.server(settings, folder) as url:
        yield int(url.rpartition(":")[2])


@pytest.fixture
def call(port: int) -> Iterator[Call]:
    """Returns a function that connects and sends these bytes, and nothing more."""
    with ExitStack() as connections:

        def call(request: bytes) -> socket.socket:
            caller = connections.enter_context(
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
            )
            caller.sendall(request)
            return caller

        yield call


def head(caller: socket.socket) -> str:
    """Return the status line of the next answer."""
    return caller.recv(65_536).split(b"\r\n", 1)[0].decode()


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /v1/me HTT",
        SIGN_IN + b"Content-Length: 99\r\n\r\n{",
        SIGN_IN + b"Transfer-Encoding: chunked\r\n\r\n9",
    ],
    ids=["silent", "in the head", "in the body", "in a chunk"],
)
def test_g2_others_are_served_beside_fifty_slow_callers(call: Call, beginning: bytes):
    for _ in range(SLOW_CALLERS):
        call(beginning)

    assert head(call(LIVE)) == "HTTP/1.1 200 OK"


def test_g2_others_are_served_beside_callers_who_do_not_hang_up(call: Call):
    for _ in range(SLOW_CALLERS):
        assert head(call(LIVE.replace(b"Host", b"Connection: close\r\nHost"))) == "HTTP/1.1 200 OK"

    assert head(call(LIVE)) == "HTTP/1.1 200 OK"


def test_g2_who_has_waited_longest_makes_room_when_the_house_is_full(call: Call):
    first = call(b"")
    for _ in range(MORE_THAN_THE_HOUSE_HOLDS):
        call(b"")

    assert head(call(LIVE)) == "HTTP/1.1 200 OK"
    assert first.recv(1) == b""


def test_a_request_in_many_pieces_is_answered_like_any_other(call: Call):
    caller = call(b"")

    for piece in (SIGN_IN, b"Transfer-Encoding: chunked\r\n\r\n1\r\n", b"{\r\n1\r", b"\n}\r\n0\r\n\r\n"):
        caller.sendall(piece)
        time.sleep(0.02)

    assert head(caller) == "HTTP/1.1 422 UNPROCESSABLE ENTITY"


def test_requests_that_are_sent_one_behind_the_other_are_answered_in_turn(call: Call):
    caller = call(LIVE * 3)

    answers = b""
    while answers.count(b'{"status":"live"}') < 3:
        answers += caller.recv(65_536)

    assert answers.count(b"HTTP/1.1 200 OK") == 3


def test_who_asks_before_he_sends_his_body_is_told_to_go_on(call: Call):
    caller = call(SIGN_IN + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")

    assert head(caller) == "HTTP/1.1 100 Continue"
    caller.sendall(b"{}")
    assert head(caller) == "HTTP/1.1 422 UNPROCESSABLE ENTITY"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (SIGN_IN + b"Content-Length: 9999999\r\n\r\n{", "HTTP/1.1 413 Content Too Large"),
        (
            b"GET / HTTP/1.1\r\n" + b"X-More: and more\r\n" * 5_000,
            "HTTP/1.1 431 Request Header Fields Too Large",
        ),
    ],
    ids=["body", "head"],
)
def test_c10_what_is_too_large_for_anybody_is_refused_at_the_door(call: Call, request_: bytes, status: str):
    caller = call(request_)

    assert head(caller) == status
    assert caller.recv(1) == b""
