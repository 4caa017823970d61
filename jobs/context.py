"""What a job is given, and how one run is timed, logged and kept from taking others down."""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from api.clock import Clock
from api.db import Database, retrying
from api.domain.proofs import ProofStore
from api.integrations.messenger import Messenger
from api.integrations.push import PushSender
from jobs.set_aside import SetAside

log = structlog.get_logger("doorstep.jobs")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JobContext:
    """The parts a job works with. `public_url` is part of the database's vault.

    A job that works on and on takes up nothing new once `stopping` is set.
    """

    database: Database
    clock: Clock
    push: PushSender
    messenger: Messenger
    proofs: ProofStore
    stopping: threading.Event = field(default_factory=threading.Event)
    set_aside: SetAside = field(default_factory=SetAside)

    def unit_of_work(self) -> AbstractContextManager[Session]:
        return self.database.unit_of_work()

    def now(self) -> datetime:
        return self.clock.now()


Job = Callable[[JobContext], int]
"""Does what is due and returns how much that was. Safe to run twice, and by two processes at once."""


def run_job(job: Job, context: JobContext) -> int:
    """Run one step. A failure is logged and counted, never raised: the next tick tries again."""
    started = time.perf_counter()
    try:
        done = retrying(lambda: job(context))
    except Exception as failure:
        log.error("job.failed", job=job.__name__, exc_info=failure)
        return 0
    if done:
        ms = round((time.perf_counter() - started) * 1000, 1)
        log.info("job.done", job=job.__name__, done=done, ms=ms)
    return done


def each(items: Iterable[T], work: Callable[[T], int]) -> int:
    """Do `work`, units of work of its own, for item after item; return how much it did, or for how many.

    One that fails is logged and left for the next tick; the others go on.
    """
    done = 0
    for item in items:
        try:
            done += retrying(partial(work, item))
        except Exception as failure:
            log.error("job.item_failed", item=str(item), exc_info=failure)
    return done
