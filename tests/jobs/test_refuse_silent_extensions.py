"""Sixty seconds of silence mean no: everything says so from then on, and the courier is told once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from api.domain.vocabulary import ExtensionState
from api.models import EventRecord, Notice, Pickup, Wait
from jobs.refuse_silent_extensions import refuse_silent_extensions
from tests.fakes import NOW
from tests.rounds import Round, make_round, rows

RUNNERS = 4


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    """A courier at a door who has asked for more time than his next stop leaves him."""
    made = make_round(database, signed_in, clock)
    with database.unit_of_work() as session:
        session.get_one(Pickup, made.second.id).window_end = NOW + timedelta(minutes=5, seconds=30)
    made.phone.report(made.first, "arrived")
    made.phone.client.post(f"/v1/pickups/{made.first.id}/extension", json={"minutes": 3})
    return made


def decided(database) -> list[dict]:
    return [row for row in rows(database, Notice) if row["kind"] == "extension_decided"]


def test_before_that_nobody_is_refused(job_context, clock, round_):
    clock.tick(seconds=59)

    assert refuse_silent_extensions(job_context) == 0


def test_the_courier_is_told_no_once(database, job_context, clock, round_):
    clock.tick(seconds=60)
    runs = [refuse_silent_extensions(job_context) for _ in range(3)]

    assert runs == [1, 0, 0]
    (told,) = decided(database)
    assert (told["staff_id"], told["variables"]) == (round_.courier.id, {"decision": "refused"})


def test_what_is_stored_is_what_was_shown(database, job_context, clock, round_):
    clock.tick(seconds=90)
    path = f"/v1/pickups/{round_.first.id}/wait"
    before = round_.phone.client.get(path).json

    refuse_silent_extensions(job_context)

    (wait,) = rows(database, Wait)
    assert wait["extension_decided_at"] == NOW + timedelta(seconds=60)
    assert round_.phone.client.get(path).json == before
    assert before["extension"]["state"] == "refused"


def test_it_is_a_fact_that_nobody_decided(database, job_context, clock, round_):
    clock.tick(seconds=60)

    refuse_silent_extensions(job_context)

    facts = [row for row in rows(database, EventRecord) if row["name"] == "wait.extension_decided"]
    assert [(fact["actor_id"], fact["data"]["granted"]) for fact in facts] == [(None, False)]


@pytest.mark.parametrize("swept", [False, True])
def test_asking_again_names_the_refusal_swept_or_not(job_context, clock, round_, swept):
    clock.tick(seconds=60)
    if swept:
        refuse_silent_extensions(job_context)

    answer = round_.phone.client.post(f"/v1/pickups/{round_.first.id}/extension", json={"minutes": 1})

    assert (answer.json["code"], answer.json["state"]) == ("extension_already_asked", "refused")


def test_a_decision_in_time_is_not_overruled(database, signed_in, job_context, clock, round_):
    clock.tick(seconds=59)
    signed_in(round_.dispatcher).post(
        f"/v1/pickups/{round_.first.id}/extension/decision", json={"granted": True}
    )
    clock.tick(seconds=10)

    assert refuse_silent_extensions(job_context) == 0
    assert [row["extension_state"] for row in rows(database, Wait)] == [ExtensionState.GRANTED]


def test_who_has_left_or_hands_over_is_not_told(database, job_context, clock, round_):
    round_.phone.report(round_.first, "handover_started")
    clock.tick(seconds=60)

    assert refuse_silent_extensions(job_context) == 1
    assert decided(database) == []


def test_what_ended_long_ago_is_settled_without_a_word(database, job_context, clock, round_):
    clock.tick(minutes=10)

    assert refuse_silent_extensions(job_context) == 1
    assert decided(database) == []


def test_several_runners_at_once_refuse_once(database, job_context, clock, round_):
    clock.tick(seconds=60)
    start = Barrier(RUNNERS)

    def run(_):
        start.wait()
        return refuse_silent_extensions(job_context)

    with ThreadPoolExecutor(RUNNERS) as pool:
        assert sum(pool.map(run, range(RUNNERS))) == 1

    assert len(decided(database)) == 1
