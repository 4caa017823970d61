"""Workers that die, hang or wake up late: a lease runs out by itself, and a late word changes nothing."""

import threading
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from api import services
from api.db import Database
from api.domain.delivery_policy import LEASE, MAX_ATTEMPTS, Answer
from api.domain.outgoing import PushMessage
from api.domain.sender_breaker import FIRST_SLOTS, SLOTS
from api.domain.vocabulary import Channel, DeliveryState, NoticeState
from api.failures import OutcomeUnknown
from api.models import Notice
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from tests.fakes import NOW, FrozenClock, RecordingMessenger, RecordingPush
from tests.tellings import deliveries_in, notice_of, told_contact, told_courier


def test_fault_4_a_dead_workers_lease_is_taken_over(
    job_context: JobContext, database: Database, clock: FrozenClock, push: RecordingPush
) -> None:
    notice_id = told_courier(database)
    with database.unit_of_work() as session:
        taken = services.deliveries.take_due(session, Channel.PUSH, limit=10, now=NOW)
    assert len(taken) == 1

    clock.tick(seconds=LEASE.total_seconds() - 1)
    too_early = deliver_notices(job_context)
    clock.tick(seconds=1)
    taken_over = deliver_notices(job_context)

    assert (too_early, taken_over) == (0, 1)
    assert [message.notice_id for message in push.sent] == [notice_id]
    assert deliveries_in(database)[0].attempts == 2


def test_fault_8_a_settling_after_its_lease_changes_nothing(
    job_context: JobContext, database: Database, clock: FrozenClock, push: RecordingPush
) -> None:
    told_courier(database)
    with database.unit_of_work() as session:
        stopped = services.deliveries.take_due(session, Channel.PUSH, limit=10, now=NOW)
    now = clock.tick(seconds=LEASE.total_seconds())
    deliver_notices(job_context)
    before = deliveries_in(database)[0]

    with database.unit_of_work() as session:
        held = services.deliveries.settle(session, [(stopped[0], Answer.dead("late"))], now=now)

    after = deliveries_in(database)[0]
    assert held == 0
    assert (after.state, after.provider_ref, after.settled_at) == (
        before.state,
        before.provider_ref,
        before.settled_at,
    )


def test_fault_33_a_sender_with_a_bug_does_not_hurt_neighbours(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    class Broken:
        def send(self, message: PushMessage) -> Answer:
            if message.notice_id == poison:
                raise RuntimeError("a bug")
            return push.send(message)

    poison = told_courier(database)
    told_courier(database)

    deliver_notices(replace(job_context, push=Broken()))

    assert len(push.sent) == 1
    assert sorted(delivery.state for delivery in deliveries_in(database)) == ["accepted", "pending"]


def test_fault_34_what_kills_its_worker_each_time_ends_dead(
    job_context: JobContext, database: Database, clock: FrozenClock
) -> None:
    notice_id = told_courier(database, useful_until=NOW + timedelta(days=1))
    for _ in range(MAX_ATTEMPTS):
        with database.unit_of_work() as session:
            services.deliveries.take_due(session, Channel.PUSH, limit=10, now=clock.now())
        clock.tick(seconds=LEASE.total_seconds())

    deliver_notices(job_context)

    assert notice_of(database, notice_id).state is NoticeState.DEAD


def test_a_superseded_notice_whose_sender_died_is_not_sent_again(
    job_context: JobContext, database: Database, clock: FrozenClock, push: RecordingPush
) -> None:
    notice_id = told_courier(database)
    with database.unit_of_work() as session:
        services.deliveries.take_due(session, Channel.PUSH, limit=10, now=NOW)
        services.notices.supersede_thread(session, session.get_one(Notice, notice_id).thread, now=NOW)

    clock.tick(seconds=LEASE.total_seconds())
    deliver_notices(job_context)

    assert push.sent == []
    assert deliveries_in(database)[0].state is DeliveryState.SUPERSEDED


def test_fault_19_one_hanging_send_does_not_hold_up_the_others(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    others = [told_courier(database) for _ in range(2 * SLOTS)]
    hanging = told_courier(database)
    all_others_sent = threading.Event()

    class OneHangs:
        def send(self, message: PushMessage) -> Answer:
            if message.notice_id == hanging:
                assert all_others_sent.wait(timeout=10)
                return Answer.retry("timed out")
            answer = push.send(message)
            if len(push.sent) == len(others):
                all_others_sent.set()
            return answer

    deliver_notices(replace(job_context, push=OneHangs()))

    assert {message.notice_id for message in push.sent} == set(others)
    assert notice_of(database, hanging).state is NoticeState.PENDING


def test_fault_7_a_run_begins_with_few_sends_and_each_that_is_settled_lets_one_more_be_on_its_way(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    notices, seen = 5 * FIRST_SLOTS, []

    class Watching:
        def send(self, message: PushMessage) -> Answer:
            states = Counter(delivery.state for delivery in deliveries_in(database))
            seen.append((states[DeliveryState.LEASED], states[DeliveryState.ACCEPTED]))
            return push.send(message)

    for _ in range(notices):
        told_courier(database)

    deliver_notices(replace(job_context, push=Watching()))

    assert len(push.sent) == notices
    assert seen[0] == (FIRST_SLOTS, 0)
    assert all(leased <= FIRST_SLOTS + settled for leased, settled in seen)


def test_fault_7_all_channels_are_claimed_before_the_first_message_leaves(
    job_context: JobContext, database: Database, push: RecordingPush, messenger: RecordingMessenger
) -> None:
    seen = []

    @dataclass
    class Watching:
        sender: RecordingPush | RecordingMessenger

        def send(self, message: Any) -> Answer:
            seen.append([delivery.state for delivery in deliveries_in(database)])
            return self.sender.send(message)

    told_courier(database)
    told_contact(database)

    deliver_notices(replace(job_context, push=Watching(push), messenger=Watching(messenger)))

    assert seen[0] == [DeliveryState.LEASED] * 2


def test_a_stopping_process_takes_up_nothing_new(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    told_courier(database)
    job_context.stopping.set()

    assert deliver_notices(job_context) == 0
    assert push.sent == []


def test_fault_12_what_was_sent_is_written_down_once_the_database_is_back(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    """Forgotten, it would be sent a second time."""
    notice_id = told_courier(database)

    def rename(old: str, new: str) -> None:
        with database.engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")

    class GoneMeanwhile:
        def send(self, message: PushMessage) -> Answer:
            rename("deliveries", "away")
            threading.Timer(0.3, rename, ("away", "deliveries")).start()
            return push.send(message)

    settled = deliver_notices(replace(job_context, push=GoneMeanwhile()))

    assert settled == 1
    assert len(push.sent) == 1
    assert notice_of(database, notice_id).state is NoticeState.ACCEPTED


@pytest.mark.parametrize("failure", [PoolTimeout(), OutcomeUnknown(), RuntimeError("a bug")])
def test_fault_12_a_claim_that_fails_does_not_make_forgotten_what_is_on_its_way(
    job_context: JobContext, database: Database, push: RecordingPush, failure: Exception
) -> None:
    units, has_failed = count(1), threading.Event()

    class SecondClaimFails(JobContext):
        def unit_of_work(self) -> AbstractContextManager[Session]:
            if next(units) == 2:
                has_failed.set()
                raise failure
            return super().unit_of_work()

    class AnotherFallsDueMeanwhile:
        def send(self, message: PushMessage) -> Answer:
            if message.notice_id == first:
                told_courier(database)
                assert has_failed.wait(timeout=10)
            return push.send(message)

    first = told_courier(database)
    parts = {part.name: getattr(job_context, part.name) for part in fields(job_context)}

    settled = deliver_notices(SecondClaimFails(**parts | {"push": AnotherFallsDueMeanwhile()}))

    assert settled == 2
    assert [delivery.attempts for delivery in deliveries_in(database)] == [1, 1]
