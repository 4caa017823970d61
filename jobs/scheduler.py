"""The metronome: the only file with apscheduler. It knows cadence; rows know what is due.

APScheduler computes waits from the wall clock and stalls when that steps back. A monotonic watchdog
therefore re-adds the ticks whenever the two clocks diverge by over a second.
"""

import logging
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from prometheus_client import start_http_server

from api import memory
from api.clock import JumpDetector, wall_clock
from api.metrics import JOBS_REGISTRY
from api.web.app import ApiApp
from jobs.context import JobContext, run_job
from jobs.schedule import SCHEDULE, Cadence

log = logging.getLogger("doorstep.jobs")

WATCH_SECONDS = 1.0


class Metronome:
    """Runs the schedule in threads: coalesced, one instance of each job, no misfire limit."""

    def __init__(self, context: JobContext, schedule: Sequence[Cadence] = SCHEDULE) -> None:
        self._context = context
        self._schedule = schedule
        self._stopping = context.stopping
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            # A thread for each job: a slow night's work must not hold up a ticking wait.
            executors={"default": ThreadPoolExecutor(len(schedule))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        # It logs a warning whenever a tick is skipped because the last one is still at work.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._add_ticks()
        self._scheduler.start()
        threading.Thread(target=self._watch, name="doorstep-watchdog", daemon=True).start()

    def stop(self) -> None:
        """Let running steps finish, then end. Being told twice changes nothing."""
        self._stopping.set()
        with suppress(SchedulerNotRunningError):
            self._scheduler.shutdown(wait=True)

    def wait(self) -> None:
        self._stopping.wait()

    def _add_ticks(self) -> None:
        """Let every job tick from now on: the first tick finds what fell due while nobody ran."""
        for cadence in self._schedule:
            self._scheduler.add_job(
                run_job,
                "interval",
                args=(cadence.job, self._context),
                seconds=cadence.every.total_seconds(),
                next_run_time=wall_clock(),
                id=cadence.job.__name__,
                replace_existing=True,
            )

    def _watch(self) -> None:
        clocks = JumpDetector()
        while not self._stopping.wait(WATCH_SECONDS):
            if clocks.jumped():
                log.error("scheduler.wall_clock_jumped")
                self._add_ticks()


def context_of(app: Flask) -> JobContext:
    assert isinstance(app, ApiApp)
    push, messenger = app.extensions["push"], app.extensions["messenger"]
    return JobContext(app.database, app.clock, push, messenger, app.proofs)


def start_inside(app: Flask) -> Metronome:
    """Start the jobs inside a server process (SQLite)."""
    metronome = Metronome(context_of(app))
    metronome.start()
    return metronome


def run_until_stopped(app: Flask) -> None:
    """Run the jobs in a process of their own until SIGTERM or SIGINT; running steps finish."""
    context = context_of(app)
    metronome = Metronome(context)
    for number in (signal.SIGTERM, signal.SIGINT):
        # From a thread: the one that is interrupted may hold the event's own lock.
        signal.signal(number, lambda *_: threading.Thread(target=context.stopping.set).start())
    offer_metrics(app.config["SETTINGS"].jobs_metrics_port)
    metronome.start()
    memory.settle_in()
    metronome.wait()
    # Python takes no more work into its pools once this thread ends: what is claimed must be sent before.
    metronome.stop()


def offer_metrics(port: int | None) -> None:
    """Answer Prometheus on loopback, for a process that serves nothing else. Without a port, do not."""
    if port is None:
        return
    try:
        start_http_server(port, addr="127.0.0.1", registry=JOBS_REGISTRY)
    except OSError as failure:
        # The waits at the doors go on, whether somebody counts them or not.
        log.error("jobs.no_metrics", extra={"port": port, "reason": failure.strerror})
