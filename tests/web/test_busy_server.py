"""More is asked than can be served: what waited too long is refused before any work, with when to retry."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.cli.worker import patience_for
from tests import processes
from tests.fakes import settings_for

READ = b"GET /v1/changes HTTP/1.1\r\nHost: doorstep\r\n\r\n"
REPORT = b"POST /v1/field-events HTTP/1.1\r\nHost: doorstep\r\nContent-Length: 2\r\n\r\n{}"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: doorstep\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = processes.free_port()
    command = ("-m", "tests.web.slow_server", str(port))
    log: Path = tmp_path_factory.mktemp("slow") / "server.log"
    with processes.process(settings_for("sqlite:///"), log, *command) as running:
        processes.wait_until_says(b"Booting worker", running, log)
        yield port


Answers = list[bytes]


@pytest.fixture
def answers(port: int) -> Iterator[Answers]:
    """Six reads, a report and a health check, sent at the same moment; then one that was refused, again."""
    with ExitStack() as connections:
        callers = [
            connections.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            for _ in range(8)
        ]
        for caller, request in zip(callers, [READ] * 6 + [REPORT, LIVE], strict=True):
            caller.sendall(request)
        answers = [caller.recv(65_536) for caller in callers]
        # Who comes first of those who come together is chance.
        refused = next(caller for caller, answer in zip(callers, answers, strict=True) if is_refusal(answer))
        refused.sendall(READ)
        yield [*answers, refused.recv(65_536)]


def is_refusal(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 503")


def test_reads_that_waited_too_long_are_refused_and_field_events_are_not(answers: Answers):
    *reads, report, health, _ = answers

    assert sorted(read[9:12] for read in reads) == [b"200", b"200", b"200", b"503", b"503", b"503"]
    assert (report[9:12], health[9:12]) == (b"200", b"200")


def test_who_is_refused_is_told_why_and_when_to_ask_again(answers: Answers):
    refused = next(filter(is_refusal, answers))

    assert b"\r\nRetry-After: 2\r\n" in refused
    assert b"\r\nContent-Type: application/problem+json\r\n" in refused
    assert b'"code": "busy"' in refused


def test_who_is_refused_keeps_his_connection_and_is_served_when_he_asks_again(answers: Answers):
    assert answers[-1].startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("sooner", "later"),
    [(READ, b"PATCH /v1/me HTTP/1.1\r\n"), (b"PATCH /v1/me HTTP/1.1\r\n", REPORT), (REPORT, LIVE)],
)
def test_what_is_worth_less_when_late_is_given_up_sooner(sooner: bytes, later: bytes):
    assert patience_for(sooner) < patience_for(later)
