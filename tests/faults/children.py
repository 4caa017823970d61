"""Work of ours in processes of their own, which die or hang at a named point, as by kill -9 or SIGSTOP.

A child stands at the instant it is given. What it leaves behind is looked at by the test that started it.
"""

import multiprocessing
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from api.app import create_app
from api.db import Database
from api.domain.delivery_policy import Answer
from api.domain.outgoing import PushMessage
from api.integrations.fcm import FcmPush
from api.integrations.proof_store import DiskProofStore
from api.integrations.push import ConsolePush, PushSender
from api.settings import Settings
from jobs.context import Job, JobContext
from tests.fakes import FrozenClock, RecordingMessenger
from tests.faults.patience import until

# Children are forked from one process that has loaded the code and done nothing else: none loads it again.
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.faults.children", "jobs.schedule"])
KILLED = 137
CUT_AFTER = "1s"
PATIENCE_SECONDS = 120.0


class Point(StrEnum):
    """Where something happens to a child."""

    BEFORE_COMMIT = "before its transaction commits"
    AFTER_COMMIT = "after its transaction has committed"
    BEFORE_SENDING = "after it claimed a delivery"
    AFTER_SENDING = "after the push was accepted"


class Fate(StrEnum):
    DIES = "dies"
    HANGS = "hangs"


@dataclass(slots=True)
class Child:
    """What a process of ours is given: settings, an instant, where Google is, and its fate, met once."""

    settings: Settings
    now: datetime
    fcm: tuple[Path, str] | None = None
    point: Point | None = None
    fate: Fate = Fate.DIES
    _met: bool = field(default=False, init=False)

    def reach(self, point: Point) -> None:
        if point is not self.point or self._met:
            return
        self._met = True
        if self.fate is Fate.DIES:
            os._exit(KILLED)
        os.kill(os.getpid(), signal.SIGSTOP)

    def database(self) -> Database:
        database = Database.connect(self.settings.database_url, self.settings.vault())
        event.listen(database.engine, "commit", lambda _: self.reach(Point.BEFORE_COMMIT))
        event.listen(Session, "after_commit", lambda _: self.reach(Point.AFTER_COMMIT))
        if self.fate is Fate.HANGS and not database.is_sqlite:
            _hasten_the_cut(database.engine)
        return database

    def push(self) -> PushSender:
        if self.fcm is None:
            return ConsolePush()
        account, endpoint = self.fcm
        return _Watched(FcmPush(account, endpoint=endpoint), self)


@dataclass(frozen=True, slots=True)
class _Watched:
    sender: PushSender
    child: Child

    def send(self, message: PushMessage) -> Answer:
        self.child.reach(Point.BEFORE_SENDING)
        answer = self.sender.send(message)
        self.child.reach(Point.AFTER_SENDING)
        return answer


def do_jobs(child: Child, *jobs: Job, start: Barrier | None = None) -> None:
    """Run one step of each job, from the moment on when all who share `start` are ready."""
    clock, proofs = FrozenClock(child.now), DiskProofStore(Path("proofs"), child.settings.vault().files)
    context = JobContext(child.database(), clock, child.push(), RecordingMessenger(), proofs)
    for job in jobs:
        if start is not None:
            start.wait(PATIENCE_SECONDS)
        job(context)


def answer(child: Child, authorization: str, upload: dict[str, Any]) -> None:
    """Answer one upload of field events."""
    app = create_app(child.settings, clock=FrozenClock(child.now), database=child.database())
    headers = {"Authorization": authorization}
    answered = app.test_client().post("/v1/field-events", json=upload, headers=headers)
    assert answered.status_code == 200, answered.json


@contextmanager
def running(work: Callable[..., None], *given: Any, **named: Any) -> Iterator[BaseProcess]:
    """Let a child work beside the test, and wait for it at the end."""
    child = FORKING.Process(target=work, args=given, kwargs=named)
    child.start()
    try:
        yield child
        child.join(PATIENCE_SECONDS)
    finally:
        child.kill()
        child.join()


def exit_code(work: Callable[..., None], *given: Any) -> int | None:
    """Let a child work; return how it ended."""
    with running(work, *given) as child:
        child.join(PATIENCE_SECONDS)
        return child.exitcode


def at_once(count: int, child: Child, *jobs: Job) -> list[int | None]:
    """Let as many processes do the same jobs at the same time; return how they ended."""
    start = FORKING.Barrier(count)
    with ExitStack() as all_of_them:
        started = [
            all_of_them.enter_context(running(do_jobs, child, *jobs, start=start)) for _ in range(count)
        ]
    return [process.exitcode for process in started]


@contextmanager
def hanging(work: Callable[..., None], *given: Any) -> Iterator[BaseProcess]:
    """Let a child work until it hangs; it wakes up after the block, and is waited for."""
    with running(work, *given) as child:
        assert child.pid is not None
        until("the child hangs", partial(_is_stopped, child.pid), PATIENCE_SECONDS)
        yield child
        os.kill(child.pid, signal.SIGCONT)


def _is_stopped(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return state.stdout.startswith("T")


def _hasten_the_cut(engine: Engine) -> None:
    """Let PostgreSQL cut a transaction in which nothing happens after a second instead of half a minute."""

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(f"SET idle_in_transaction_session_timeout = '{CUT_AFTER}'")
        connection.commit()
