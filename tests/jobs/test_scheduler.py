"""The metronome: every job ticks by itself, and one that fails or hangs holds up no other."""

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from jobs.context import run_job
from jobs.schedule import Cadence
from jobs.scheduler import Metronome
from tests.databases import only_sqlite
from tests.processes import environment_of

pytestmark = only_sqlite

OFTEN = timedelta(milliseconds=20)
PATIENCE_SECONDS = 10


class Ticks:
    """A job that counts its runs."""

    def __init__(self, name, then=lambda: None):
        self.__name__ = name
        self.runs = 0
        self._then = then

    def __call__(self, context):
        self.runs += 1
        self._then()
        return 1


def fail():
    raise ZeroDivisionError


@pytest.fixture
def start(job_context):
    """Starts a metronome for these jobs, each at a short beat; it stops after the test."""
    started = []

    def start(*jobs):
        metronome = Metronome(job_context, [Cadence(job, OFTEN, "A test.") for job in jobs])
        metronome.start()
        started.append(metronome)
        return metronome

    yield start
    for metronome in started:
        metronome.stop()


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.005)


def test_a_job_runs_again_and_again(start):
    job = Ticks("job")

    start(job)

    wait_until(lambda: job.runs >= 3)


def test_a_job_that_fails_runs_again_and_stops_no_other(start):
    broken, sound = Ticks("broken", fail), Ticks("sound")

    start(broken, sound)

    wait_until(lambda: broken.runs >= 3 and sound.runs >= 3)


def test_a_job_that_hangs_holds_up_no_other_and_is_not_started_twice(start):
    released = threading.Event()
    hanging, sound = Ticks("hanging", lambda: released.wait(PATIENCE_SECONDS)), Ticks("sound")

    start(hanging, sound)

    wait_until(lambda: sound.runs >= 5)
    runs_meanwhile = hanging.runs
    released.set()
    assert runs_meanwhile == 1


def test_stopping_lets_a_running_step_finish(start):
    finished = []
    job = Ticks("job", lambda: (time.sleep(0.1), finished.append(1)))
    metronome = start(job)
    wait_until(lambda: job.runs)

    metronome.stop()

    assert len(finished) == job.runs


def test_a_failing_step_is_counted_as_nothing_done(job_context):
    assert run_job(Ticks("broken", fail), job_context) == 0


def test_a_step_tells_how_much_was_done(job_context):
    assert run_job(Ticks("job"), job_context) == 1


def test_the_job_process_refuses_sqlite(settings):
    answer = subprocess.run(
        [sys.executable, "-m", "jobs"],
        env={**os.environ, **environment_of(settings)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.returncode == 1
    assert "flask --app wsgi serve" in answer.stderr
