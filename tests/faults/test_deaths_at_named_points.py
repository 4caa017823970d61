"""Processes that die or hang where it hurts most: around a commit, and between a push and its settling."""

import time
from typing import Any

import pytest

from api.domain.delivery_policy import LEASE
from api.domain.vocabulary import Role
from api.models import Delivery, FieldEvent, Notice, Pickup, Wait, WaitTimer
from demo.fcm_stand_in import StandIn
from jobs.deliver_notices import deliver_notices
from jobs.fire_wait_timers import fire_wait_timers
from jobs.remind_of_visits import remind_of_visits
from tests import factories
from tests.databases import only_postgres
from tests.faults import children
from tests.faults.children import KILLED, Child, Fate, Point
from tests.rounds import Round, rows

pytestmark = pytest.mark.slow


def upload(round_: Round, *events: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return what the courier's phone sends: his token and the body."""
    return round_.phone.client.environ_base["HTTP_AUTHORIZATION"], round_.phone.envelope(*events)


def arrived_ids(google: StandIn) -> list[str]:
    return [one["message"]["data"]["notice_id"] for one in google.mood.received]


def test_fault_1_a_death_before_the_commit_leaves_no_trace(database, settings, clock, round_):
    event = round_.phone.event(round_.first, "arrived")
    child = Child(settings, clock.now(), point=Point.BEFORE_COMMIT)

    assert children.exit_code(children.answer, child, *upload(round_, event)) == KILLED

    assert rows(database, FieldEvent) + rows(database, Wait) + rows(database, WaitTimer) == []
    assert {row["state"] for row in rows(database, Pickup)} == {"assigned"}
    assert [round_.phone.send(event)[0]["outcome"] for _ in range(2)] == ["applied", "duplicate"]
    assert len(rows(database, FieldEvent)) == len(rows(database, Wait)) == len(rows(database, WaitTimer)) == 1


def test_fault_2_a_death_before_the_answer_makes_the_repeat_a_duplicate(database, settings, clock, round_):
    event = round_.phone.event(round_.first, "arrived")
    child = Child(settings, clock.now(), point=Point.AFTER_COMMIT)
    arrived_at = clock.now()

    assert children.exit_code(children.answer, child, *upload(round_, event)) == KILLED
    clock.tick(seconds=200)
    repeated = round_.phone.send(event)[0]

    (stored,) = rows(database, FieldEvent)
    assert repeated == {"event_id": event["event_id"], **stored["result"], "outcome": "duplicate"}
    (wait,) = rows(database, Wait)
    assert (wait["arrived_at"], (wait["deadline_at"] - arrived_at).total_seconds()) == (arrived_at, 300)


def test_fault_3_a_death_after_the_claim_gives_the_timer_back(database, settings, job_context, clock, round_):
    round_.phone.report(round_.first, "arrived")
    due_at = clock.tick(seconds=120)
    child = Child(settings, due_at, point=Point.BEFORE_COMMIT)

    assert children.exit_code(children.do_jobs, child, fire_wait_timers) == KILLED
    untouched = [row["state"] for row in rows(database, WaitTimer)], rows(database, Notice)
    clock.tick(seconds=1)

    assert untouched == (["armed"], [])
    assert fire_wait_timers(job_context) == 1
    (nudge,) = [row for row in rows(database, WaitTimer) if row["kind"] == "nudge"]
    assert (nudge["state"], (nudge["fired_at"] - due_at).total_seconds()) == ("fired", 1)
    assert [row["kind"] for row in rows(database, Notice)] == ["wait_nudge"]


def test_fault_4_what_was_decided_before_a_death_is_sent_by_another(
    database, settings, worker, google, clock, round_
):
    round_.phone.report(round_.first, "arrived")
    child = Child(settings, clock.tick(seconds=300), point=Point.AFTER_COMMIT)

    assert children.exit_code(children.do_jobs, child, fire_wait_timers) == KILLED
    deliver_notices(worker)

    (notice,) = rows(database, Notice)
    assert (notice["kind"], notice["state"]) == ("wait_expired", "accepted")
    assert arrived_ids(google) == [str(notice["id"])]


def test_fault_4_a_delivery_that_was_claimed_before_a_death_is_sent_after_the_lease(
    database, settings, job_context, worker, google, fcm, clock, round_
):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=300)
    fire_wait_timers(job_context)
    child = Child(settings, clock.now(), fcm, Point.BEFORE_SENDING)

    assert children.exit_code(children.do_jobs, child, deliver_notices) == KILLED
    clock.tick(seconds=LEASE.total_seconds() - 1)
    too_early = deliver_notices(worker)
    clock.tick(seconds=1)
    taken_over = deliver_notices(worker)

    assert (too_early, taken_over, len(arrived_ids(google))) == (0, 1, 1)
    assert [(row["state"], row["attempts"]) for row in rows(database, Delivery)] == [("accepted", 2)]


def test_fault_5_a_push_that_was_accepted_before_the_death_goes_again_under_the_same_id(
    database, settings, job_context, worker, google, fcm, clock, round_
):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=300)
    fire_wait_timers(job_context)
    child = Child(settings, clock.now(), fcm, Point.AFTER_SENDING)

    assert children.exit_code(children.do_jobs, child, deliver_notices) == KILLED
    clock.tick(seconds=LEASE.total_seconds())
    deliver_notices(worker)

    (notice,) = rows(database, Notice)
    assert arrived_ids(google) == [str(notice["id"])] * 2
    assert notice["state"] == "accepted"


def test_fault_8_a_worker_that_hung_past_its_lease_changes_nothing_when_it_wakes(
    database, settings, job_context, worker, google, fcm, clock, round_
):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=300)
    fire_wait_timers(job_context)
    child = Child(settings, clock.now(), fcm, Point.AFTER_SENDING, Fate.HANGS)

    with children.hanging(children.do_jobs, child, deliver_notices) as process:
        clock.tick(seconds=LEASE.total_seconds())
        deliver_notices(worker)
        before = rows(database, Delivery), rows(database, Notice)

    assert process.exitcode == 0
    assert (rows(database, Delivery), rows(database, Notice)) == before
    assert [(row["state"], row["attempts"]) for row in before[0]] == [("accepted", 2)]
    assert len(arrived_ids(google)) == 2
    assert len(set(arrived_ids(google))) == 1


@only_postgres
def test_fault_8_a_sweep_that_hangs_is_cut_off_and_its_timer_fired_by_another(
    database, settings, job_context, clock, round_
):
    round_.phone.report(round_.first, "arrived")
    child = Child(settings, clock.tick(seconds=120), point=Point.BEFORE_COMMIT, fate=Fate.HANGS)

    with children.hanging(children.do_jobs, child, fire_wait_timers) as process:
        while_it_is_claimed = fire_wait_timers(job_context)
        time.sleep(1.5)
        after_the_cut = fire_wait_timers(job_context)

    assert (while_it_is_claimed, after_the_cut) == (0, 1)
    assert process.exitcode == 1, "its commit must fail"
    assert [row["kind"] for row in rows(database, Notice)] == ["wait_nudge"]
    assert sorted(row["state"] for row in rows(database, WaitTimer)) == ["armed", "fired"]


@only_postgres
def test_fault_9_four_processes_have_the_effects_of_one(database, settings, google, fcm, clock, round_):
    with database.unit_of_work() as session:
        site = factories.make_site(session, factories.make_customer(session, round_.branch))
        pickups = [factories.make_pickup(session, site, courier=round_.courier) for _ in range(40)]
    round_.phone.send(*[round_.phone.event(pickup, "arrived") for pickup in pickups])
    child = Child(settings, clock.tick(seconds=300), fcm)

    ended = children.at_once(4, child, fire_wait_timers, deliver_notices)

    assert ended == [0] * 4
    notices = rows(database, Notice)
    assert [(row["kind"], row["state"]) for row in notices] == [("wait_expired", "accepted")] * 40
    assert sorted(arrived_ids(google)) == sorted(str(row["id"]) for row in notices)
    assert {row["attempts"] for row in rows(database, Delivery)} == {1}


@only_postgres
def test_fault_32_two_nodes_prepare_one_morning(database, settings, clock, hire):
    rep = hire(Role.SALES_REP)
    with database.unit_of_work() as session:
        factories.make_visit(session, rep=rep)

    ended = children.at_once(2, Child(settings, clock.now()), remind_of_visits)

    assert ended == [0, 0]
    assert [row["kind"] for row in rows(database, Notice)] == ["visit_reminder"]
