"""A sender that was stopped, paused or met an outage: one message first, then more with each good answer."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask.testing import FlaskClient

from api import queries, services
from api.db import Database
from api.domain.delivery_policy import LEASE, STOP, Answer
from api.domain.outgoing import PushMessage
from api.domain.sender_breaker import OUTAGE, Standing
from api.domain.vocabulary import Channel, NoticeState
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from jobs.say_alive import say_alive
from tests.fakes import NOW, FrozenClock, RecordingPush
from tests.tellings import deliveries_in, notice_of, told_courier

TOMORROW = NOW + timedelta(days=1)


class Crowd:
    """A push service that notes how many messages it holds at once, each for a moment."""

    def __init__(self) -> None:
        self.most: list[int] = []
        self._here = 0
        self._one_at_a_time = threading.Lock()

    def send(self, message: PushMessage) -> Answer:
        with self._one_at_a_time:
            self._here += 1
            self.most.append(self._here)
        threading.Event().wait(0.03)
        with self._one_at_a_time:
            self._here -= 1
        return Answer.accepted("crowd/1")


def standing_of(database: Database) -> Standing:
    with database.unit_of_work(read_only=True) as session:
        return queries.senders.standing(session, Channel.PUSH)


def tell(database: Database, count: int) -> None:
    for _ in range(count):
        told_courier(database, useful_until=TOMORROW)


def test_fault_23_after_the_stop_one_message_probes_while_the_others_wait(
    job_context: JobContext, database: Database, clock: FrozenClock, push: RecordingPush
) -> None:
    tell(database, 1)
    push.answers.append(Answer.refused("401"))
    deliver_notices(job_context)
    tell(database, 5)
    clock.tick(seconds=STOP.total_seconds())
    push.answers.append(Answer.refused("401"))

    deliver_notices(job_context)

    assert len(push.sent) == 2
    assert standing_of(database).paused_until == NOW + 2 * STOP
    assert standing_of(database).refused_at == NOW


def test_fault_23_many_refusals_at_once_are_one_alarm(
    job_context: JobContext, database: Database, push: RecordingPush, alarms: Callable[[], list[str]]
) -> None:
    tell(database, 5)
    push.answers.extend([Answer.refused("401")] * 5)

    deliver_notices(job_context)

    assert alarms() == ["notices.sender_stopped"]
    assert {delivery.attempts for delivery in deliveries_in(database)} == {0}


def test_fault_23_health_tells_of_it_until_a_message_was_taken(
    job_context: JobContext, database: Database, clock: FrozenClock, push: RecordingPush, client: FlaskClient
) -> None:
    tell(database, 1)
    push.answers.append(Answer.refused("401"))
    deliver_notices(job_context)

    say_alive(job_context)
    during = client.get("/health/work").json
    metrics = client.get("/metrics").text
    clock.tick(seconds=STOP.total_seconds())
    deliver_notices(job_context)
    after = client.get("/health/work").json

    assert during is not None
    assert after is not None
    assert (during["paused_channels"], during["refused_channels"]) == (["push"], ["push"])
    assert 'doorstep_sender_refused{channel="push"} 1.0' in metrics
    assert after["refused_channels"] == []


def test_fault_9_two_processes_send_one_probe_between_them(database: Database) -> None:
    tell(database, 4)
    with database.unit_of_work() as session:
        services.senders.pause(session, Channel.PUSH, reason="moving house", now=NOW)
        services.senders.resume(session, Channel.PUSH, now=NOW)

    taken = []
    for _ in range(2):
        with database.unit_of_work() as session:
            taken.append(services.deliveries.take_due(session, Channel.PUSH, limit=64, now=NOW))

    assert [len(claims) for claims in taken] == [1, 0]


def test_a_probe_whose_process_died_is_taken_over(database: Database) -> None:
    tell(database, 4)
    with database.unit_of_work() as session:
        services.senders.pause(session, Channel.PUSH, reason="moving house", now=NOW)
        services.senders.resume(session, Channel.PUSH, now=NOW)
        services.deliveries.take_due(session, Channel.PUSH, limit=64, now=NOW)

    with database.unit_of_work() as session:
        again = services.deliveries.take_due(session, Channel.PUSH, limit=64, now=NOW + LEASE)

    assert len(again) == 1


def test_fault_20_after_an_outage_it_picks_up_speed_and_sends_everything(
    job_context: JobContext, database: Database, clock: FrozenClock, push: RecordingPush
) -> None:
    tell(database, 40)
    push.answers.extend([Answer.retry("503")] * 40)
    deliver_notices(job_context)
    slowed = standing_of(database)
    clock.tick(seconds=3)
    crowd = Crowd()

    deliver_notices(replace(job_context, push=crowd))

    assert (slowed.slots, slowed.failures) == (1, 40)
    assert len(crowd.most) == 40
    assert crowd.most[0] == 1
    assert max(crowd.most[:3]) <= 2
    assert max(crowd.most[:7]) <= 4


def test_fault_20_during_an_outage_one_attempt_is_under_way_at_a_time(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    tell(database, OUTAGE)
    push.answers.extend([Answer.retry("503")] * OUTAGE)
    deliver_notices(job_context)
    tell(database, 5)

    with database.unit_of_work() as session:
        taken = services.deliveries.take_due(session, Channel.PUSH, limit=64, now=NOW)

    assert len(taken) == 1


def test_what_never_left_the_house_says_nothing_of_the_sender(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    tell(database, 1)
    with database.unit_of_work() as session:
        services.senders.pause(session, Channel.PUSH, reason="moving house", now=NOW)
        services.senders.resume(session, Channel.PUSH, now=NOW)
        queries.devices.drop_unseen(session, before=TOMORROW, limit=10)

    deliver_notices(job_context)

    assert push.sent == []
    assert standing_of(database).slots == 1


def test_k11_thousands_that_went_stale_do_not_hold_up_the_one_that_is_fresh(
    job_context: JobContext, database: Database, clock: FrozenClock, push: RecordingPush
) -> None:
    stale = [told_courier(database) for _ in range(100)]
    clock.tick(minutes=2)
    fresh = told_courier(database, useful_until=TOMORROW)
    with database.unit_of_work() as session:
        services.senders.pause(session, Channel.PUSH, reason="moving house", now=NOW)
        services.senders.resume(session, Channel.PUSH, now=NOW)

    with database.unit_of_work() as session:
        taken = services.deliveries.take_due(session, Channel.PUSH, limit=64, now=clock.now())

    assert [outgoing.claim.notice_id for outgoing in taken] == [fresh]
    assert {notice_of(database, notice_id).state for notice_id in stale} == {NoticeState.SUPERSEDED}


def test_a_burst_leaves_many_at_once(job_context: JobContext, database: Database) -> None:
    tell(database, 100)
    crowd = Crowd()

    deliver_notices(replace(job_context, push=crowd))

    assert len(crowd.most) == 100
    assert max(crowd.most) > 10
