"""Processes that die around a sweep or a push: each threshold acts once, late if need be, never early."""

from collections import Counter
from contextlib import suppress
from random import Random

import pytest

from api import services
from api.db import Database
from api.domain.delivery_policy import LEASE
from api.domain.vocabulary import Channel
from api.models import Delivery, Notice, Wait, WaitTimer
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from jobs.fire_wait_timers import fire_wait_timers
from tests import factories
from tests.fakes import RecordingPush
from tests.rounds import rows

KILLS = 150


class Killed(Exception):
    """Stands for a process that dies before its transaction commits."""


@pytest.fixture
def restarted(settings, clock, push, messenger, proofs):
    """The same database as a process finds it that has just been started."""
    database = Database.connect(settings.database_url, settings.vault())
    yield JobContext(database, clock, push, messenger, proofs)
    database.close()


def work(context: JobContext) -> None:
    fire_wait_timers(context)
    deliver_notices(context)


def shown(push: RecordingPush) -> list[str]:
    return [message.kind for message in push.sent]


def test_fault_6_killed_at_170_s_and_started_again_at_310_s_prompts_once(
    job_context, restarted, clock, push, round_
):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=170)
    work(job_context)
    clock.tick(seconds=140)

    for _ in range(3):
        work(restarted)
        clock.tick(seconds=1)

    assert shown(push) == ["wait_expired"]


def test_c6_leaving_and_returning_at_290_s_fires_nothing_of_the_first_attempt(
    database, job_context, clock, push, messenger, round_
):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=290)
    round_.phone.report(round_.first, "left", data={"cause": "nobody_there"})
    round_.phone.report(round_.first, "arrived")

    first, second = sorted(rows(database, Wait), key=lambda row: row["attempt"])
    for _ in range(119):
        clock.tick(seconds=1)
        work(job_context)

    told = [row for row in rows(database, Notice) if row["kind"] != "early_leave"]
    assert (shown(push), messenger.sent, told) == ([], [], [])
    timers = rows(database, WaitTimer)
    assert {row["state"] for row in timers if row["wait_id"] == first["id"]} == {"cancelled"}
    assert [row["state"] for row in timers if row["wait_id"] == second["id"]] == ["armed"]


def test_fault_7_deaths_around_every_commit_lose_and_double_nothing(
    database, job_context, clock, push, round_
):
    """Each step of the day dies half way, before or after its commit; nobody doubles, nobody is forgotten."""
    chance = Random(7)
    with database.unit_of_work() as session:
        site = factories.make_site(session, factories.make_customer(session, round_.branch))
        pickups = [factories.make_pickup(session, site, courier=round_.courier) for _ in range(60)]
    round_.phone.send(*[round_.phone.event(pickup, "arrived") for pickup in pickups])

    for _ in range(KILLS):
        clock.tick(seconds=chance.choice([0, 1, 5]))
        with suppress(Killed), database.unit_of_work() as session:
            services.wait_timers.fire_due(session, limit=chance.randint(1, 20), now=clock.now())
            if chance.random() < 0.8:
                raise Killed
        with database.unit_of_work() as session:
            for delivery in services.deliveries.take_due(session, Channel.PUSH, limit=3, now=clock.now()):
                push.send(delivery.message)  # And dies before it can say so.
    clock.tick(seconds=LEASE.total_seconds())
    work(job_context)

    timers = rows(database, WaitTimer)
    assert not [row for row in timers if row["state"] == "armed" and row["due_at"] < clock.now()]
    decided = Counter((row["wait_id"], row["kind"], row["generation"]) for row in timers)
    assert set(decided.values()) == {1}
    assert all(row["fired_at"] >= row["due_at"] for row in timers if row["state"] == "fired")
    told = Counter((row["wait_id"], row["kind"], row["staff_id"]) for row in rows(database, Notice))
    assert set(told.values()) == {1}
    for kind in ("expire", "undecided"):
        fired = [row for row in timers if (row["kind"], row["state"]) == (kind, "fired")]
        asked = "wait_expired" if kind == "expire" else "wait_undecided"
        assert len([one for one in told if one[1] == asked]) == len(fired)
    assert not [row for row in rows(database, Delivery) if row["state"] in ("pending", "leased")]


def test_a_phone_without_a_signal_knows_the_ids_of_what_it_will_be_told(
    database, job_context, clock, push, round_
):
    wait = round_.phone.report(round_.first, "arrived")["wait"]
    announced = {rung["kind"]: rung["notice_id"] for rung in wait["ladder"]}

    for seconds in (240, 60):
        clock.tick(seconds=seconds)
        work(job_context)

    assert [str(message.notice_id) for message in push.sent] == [announced["warn"], announced["expire"]]
    assert (announced["nudge"], announced["undecided"], announced["abandon"]) == (None, None, None)


def test_the_alarm_of_a_long_handover_has_its_id_beforehand_too(job_context, clock, push, round_):
    round_.phone.report(round_.first, "arrived")
    wait = round_.phone.report(round_.first, "handover_started")["wait"]

    clock.tick(minutes=10)
    work(job_context)

    (rung,) = wait["ladder"]
    assert (rung["kind"], rung["notice_id"]) == ("loading", str(push.sent[0].notice_id))
