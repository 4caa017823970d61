"""What most faults strike: a courier on his round, and a Google on loopback that can be in any mood."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from api.integrations.fcm import FcmPush
from demo.fcm_stand_in import StandIn
from jobs.context import JobContext
from tests import factories
from tests.rounds import Round, make_round


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    """A courier who gets pushes, with two pickups."""
    made = make_round(database, signed_in, clock)
    with database.unit_of_work() as session:
        factories.make_device(session, made.courier)
    return made


@pytest.fixture
def google() -> Iterator[StandIn]:
    stand_in = StandIn()
    thread = Thread(target=stand_in.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield stand_in
    stand_in.close()
    thread.join()


@pytest.fixture
def fcm(google: StandIn, tmp_path: Path) -> tuple[Path, str]:
    """The service account and the address of that Google."""
    return google.write_account(tmp_path / "account.json"), google.url


@pytest.fixture
def worker(job_context: JobContext, fcm: tuple[Path, str]) -> Iterator[JobContext]:
    """A worker, alive and well, that sends to that Google with the real SDK."""
    account, endpoint = fcm
    push = FcmPush(account, endpoint=endpoint, workers=8)
    yield replace(job_context, push=push)
    push.close()
