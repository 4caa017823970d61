"""Many at once, and deaths half way: one wait, one firing, one answer, whoever wins."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from api.models import FieldEvent, Notice, Wait, WaitTimer
from jobs.fire_wait_timers import fire_wait_timers
from tests import factories
from tests.phones import Phone
from tests.rounds import Round, make_round, rows

THREADS = 8


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


@pytest.fixture
def phones(signed_in, clock, round_) -> list[Phone]:
    """The same courier, signed in several times over."""
    return [Phone(signed_in(round_.courier), clock) for _ in range(THREADS)]


def at_once(works):
    """Run each piece of work in its own thread, all from the same moment; return their results."""
    start = Barrier(len(works))

    def run(work):
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(run, work) for work in works]]


def test_c1_the_same_event_in_parallel_counts_once(database, round_, phones):
    event = round_.phone.event(round_.first, "arrived")

    answers = at_once([lambda phone=phone: phone.send(event)[0] for phone in phones])

    assert sorted(answer["outcome"] for answer in answers) == ["applied"] + ["duplicate"] * (THREADS - 1)
    assert len({str(answer["wait"]) for answer in answers}) == 1
    assert len(rows(database, FieldEvent)) == len(rows(database, Wait)) == len(rows(database, WaitTimer)) == 1


def test_c4_arrivals_in_parallel_open_one_wait(database, round_, phones):
    answers = at_once([lambda phone=phone: phone.report(round_.first, "arrived") for phone in phones])

    assert {answer["outcome"] for answer in answers} == {"applied"}
    assert len(rows(database, Wait)) == len(rows(database, WaitTimer)) == 1


def test_c12_a_collection_during_the_sweep_leaves_no_timer_armed(
    database, job_context, clock, round_, phones
):
    with database.unit_of_work() as session:
        site = factories.make_site(session, factories.make_customer(session, round_.branch))
        pickups = [factories.make_pickup(session, site, courier=round_.courier) for _ in range(THREADS - 1)]
    for pickup in pickups:
        round_.phone.report(pickup, "arrived")
    clock.tick(seconds=120)

    at_once(
        [lambda: fire_wait_timers(job_context)]
        + [
            lambda phone=phone, pickup=pickup: phone.report(pickup, "collected")
            for phone, pickup in zip(phones, pickups, strict=False)
        ]
    )
    clock.tick(hours=2)

    assert {row["state"] for row in rows(database, WaitTimer)} <= {"fired", "cancelled"}
    assert fire_wait_timers(job_context) == 0


def test_fault_9_four_sweeps_at_once_have_the_effects_of_one(database, job_context, clock, round_):
    with database.unit_of_work() as session:
        site = factories.make_site(session, factories.make_customer(session, round_.branch))
        pickups = [factories.make_pickup(session, site, courier=round_.courier) for _ in range(40)]
    round_.phone.send(*[round_.phone.event(pickup, "arrived") for pickup in pickups])
    clock.tick(seconds=300)

    fired = at_once([lambda: fire_wait_timers(job_context)] * 4)

    assert sum(fired) == 40
    assert [row["kind"] for row in rows(database, Notice)] == ["wait_expired"] * 40
    states = [(row["kind"], row["state"]) for row in rows(database, WaitTimer)]
    assert states.count(("expire", "fired")) == states.count(("undecided", "armed")) == 40


def test_fault_2_a_lost_answer_is_repeated_word_for_word(round_, clock):
    event = round_.phone.event(round_.first, "arrived")
    lost = round_.phone.send(event)[0]
    clock.tick(seconds=200)

    repeated = round_.phone.send(event)[0]

    assert repeated == lost | {"outcome": "duplicate"}


def test_an_extension_and_a_collection_at_once_leave_no_timer_behind(database, round_, phones):
    round_.phone.report(round_.first, "arrived")
    path = f"/v1/pickups/{round_.first.id}/extension"

    asked, collected = at_once(
        [
            lambda: phones[0].client.post(path, json={"minutes": 5}).status_code,
            lambda: phones[1].report(round_.first, "collected")["outcome"],
        ]
    )

    assert (asked in (200, 409), collected) == (True, "applied")
    assert {row["state"] for row in rows(database, WaitTimer)} == {"cancelled"}
