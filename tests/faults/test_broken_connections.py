"""Connections to PostgreSQL that break during a commit, or whose other end is gone without a word."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.db import Database, retrying
from api.domain.delivery_policy import LEASE, Answer
from api.domain.outgoing import PushMessage
from api.failures import may_pass
from api.models import Delivery, FieldEvent, Notice, Wait, WaitTimer
from api.settings import Settings
from jobs.context import JobContext, run_job
from jobs.deliver_notices import deliver_notices
from jobs.fire_wait_timers import fire_wait_timers
from tests.databases import only_postgres
from tests.fakes import FrozenClock, RecordingPush
from tests.faults.tcp_proxy import Cut, Proxy, proxy_to
from tests.rounds import Round, rows

NOTICED_WITHIN_SECONDS = 30.0

pytestmark = only_postgres


@pytest.fixture
def proxy(settings: Settings) -> Iterator[Proxy]:
    with proxy_to(settings.database_url) as proxy:
        yield proxy


@pytest.fixture
def database(settings: Settings, proxy: Proxy, request: pytest.FixtureRequest) -> Iterator[Database]:
    """The database, by way of the proxy."""
    database = Database.connect(proxy.url, settings.vault())
    yield database
    database.close()


def upload(round_: Round, event: dict[str, Any]) -> Any:
    return round_.phone.client.post("/v1/field-events", json=round_.phone.envelope(event))


@pytest.mark.parametrize(
    ("cut", "outcome"), [(Cut.BEFORE_IT_ARRIVES, "applied"), (Cut.BEFORE_THE_ANSWER, "duplicate")]
)
def test_fault_13_of_a_commit_with_unknown_outcome_the_repeat_tells_the_truth(
    database: Database, proxy: Proxy, round_: Round, cut: Cut, outcome: str
) -> None:
    event = round_.phone.event(round_.first, "arrived")
    proxy.cut_next_commit(cut)

    unknown = upload(round_, event)
    repeated = upload(round_, event)

    assert proxy.cuts == 1
    assert (unknown.status_code, unknown.json["code"]) == (503, "busy")
    assert int(unknown.headers["Retry-After"]) > 0
    assert [result["outcome"] for result in repeated.json["results"]] == [outcome]
    assert len(rows(database, FieldEvent)) == len(rows(database, Wait)) == len(rows(database, WaitTimer)) == 1


@pytest.mark.parametrize("cut", Cut)
def test_fault_13_a_sweep_whose_commit_was_cut_fires_each_timer_once(
    database: Database, proxy: Proxy, round_: Round, job_context: JobContext, clock: FrozenClock, cut: Cut
) -> None:
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=300)
    proxy.cut_next_commit(cut)

    for _ in range(3):
        run_job(fire_wait_timers, job_context)

    states = [(row["kind"], row["state"]) for row in rows(database, WaitTimer)]
    assert proxy.cuts == 1
    assert states.count(("expire", "fired")) == 1
    assert [row["kind"] for row in rows(database, Notice)] == ["wait_expired"]


class CuttingPush(RecordingPush):
    """A push service that accepts, while our connection to the database breaks at the next commit."""

    def __init__(self, proxy: Proxy, cut: Cut) -> None:
        super().__init__()
        self._proxy, self._cut = proxy, cut

    def send(self, message: PushMessage) -> Answer:
        if not self.sent:
            self._proxy.cut_next_commit(self._cut)
        return super().send(message)


@pytest.mark.parametrize(("cut", "most_pushes"), [(Cut.BEFORE_IT_ARRIVES, 2), (Cut.BEFORE_THE_ANSWER, 1)])
def test_fault_13_a_settling_whose_commit_was_cut_loses_no_notice_and_repeats_at_most_once(
    database: Database,
    proxy: Proxy,
    round_: Round,
    job_context: JobContext,
    clock: FrozenClock,
    cut: Cut,
    most_pushes: int,
) -> None:
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=300)
    run_job(fire_wait_timers, job_context)
    push = CuttingPush(proxy, cut)
    context = replace(job_context, push=push)

    run_job(deliver_notices, context)
    clock.tick(seconds=LEASE.total_seconds())
    run_job(deliver_notices, context)

    assert proxy.cuts == 1
    assert [(row["channel"], row["state"]) for row in rows(database, Delivery)] == [("push", "accepted")]
    assert len(push.sent) <= most_pushes
    assert len({message.notice_id for message in push.sent}) == 1


@pytest.mark.slow
def test_fault_40_a_server_that_vanished_is_noticed_and_replaced_while_time_goes_on(
    database: Database, proxy: Proxy
) -> None:
    """At once: a connection in the pool, one that sends, one that waits for an answer, and the clock."""
    clock = database.clock()
    clock.now()

    def work(session: Any, statement: str) -> None:
        session.execute(text(statement))

    with ThreadPoolExecutor(5) as threads, database.unit_of_work() as sending:
        sending.execute(text("SELECT 1"))
        waiting = threads.submit(timed, lambda: in_a_unit(database, "SELECT pg_sleep(40)"))
        warm_up(database)
        time.sleep(0.5)
        proxy.vanish()
        pooled = threads.submit(timed, lambda: retrying(lambda: in_a_unit(database, "SELECT 1")))
        looks = [threads.submit(slowest, clock.now, seconds=8.0) for _ in range(2)]
        own_seconds, own_failure = timed(lambda: work(sending, "SELECT 2"))
        sending.invalidate()

    waited_seconds, waited_failure = waiting.result()
    pooled_seconds, pooled_failure = pooled.result()
    assert max(own_seconds, waited_seconds, pooled_seconds) <= NOTICED_WITHIN_SECONDS
    assert isinstance(own_failure, DBAPIError)
    assert may_pass(own_failure)
    assert isinstance(waited_failure, DBAPIError)
    assert may_pass(waited_failure)
    assert pooled_failure is None, "the pool must see that the connection is dead, and make another"
    assert min(look.result() for look in looks) < 1.0, "only who asks the database for the time waits for it"


def in_a_unit(database: Database, statement: str) -> None:
    with database.unit_of_work() as session:
        session.execute(text(statement))


def warm_up(database: Database) -> None:
    """Leave two idle connections in the pool."""
    with database.unit_of_work() as first, database.unit_of_work() as second:
        first.execute(text("SELECT 1"))
        second.execute(text("SELECT 1"))


def timed(work: Callable[[], object]) -> tuple[float, Exception | None]:
    """Return how long it took, in seconds, and how it failed, if so."""
    began = time.monotonic()
    try:
        work()
    except Exception as failure:
        return time.monotonic() - began, failure
    return time.monotonic() - began, None


def slowest(look: Callable[[], object], *, seconds: float) -> float:
    ends = time.monotonic() + seconds
    worst = 0.0
    while time.monotonic() < ends:
        worst = max(worst, timed(look)[0])
        time.sleep(0.1)
    return worst
