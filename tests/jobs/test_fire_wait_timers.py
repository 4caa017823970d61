"""The sweep of wait timers: each rung once, never early, and only the highest after downtime."""

from datetime import timedelta

import pytest

from api import services
from api.domain.vocabulary import Role, TimerState, WaitOutcome
from api.models import BranchPolicyVersion, Contact, Notice, Pickup, Wait, WaitTimer
from jobs import fire_wait_timers as job
from jobs.fire_wait_timers import fire_wait_timers
from tests import factories
from tests.fakes import NOW
from tests.rounds import Round, make_round, rows
from tests.statements import counted


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


def told(database) -> list[str]:
    return sorted(row["kind"] for row in rows(database, Notice))


def timers(database) -> list[tuple[str, str]]:
    return [
        (row["kind"], row["state"]) for row in sorted(rows(database, WaitTimer), key=lambda r: r["due_at"])
    ]


def test_the_ladder_is_climbed_rung_by_rung(database, job_context, clock, round_):
    round_.phone.report(round_.first, "arrived")
    heard = []

    for seconds in (120, 120, 60, 120, 1380):
        clock.tick(seconds=seconds)
        assert fire_wait_timers(job_context) == 1
        heard.append(told(database))

    assert [len(kinds) for kinds in heard] == [1, 3, 4, 5, 5]
    assert heard[-1] == [
        "wait_expired", "wait_nudge", "wait_undecided", "wait_warn", "wait_warn"
    ]  # fmt: skip
    assert timers(database) == [
        (kind, "fired") for kind in ("nudge", "warn", "expire", "undecided", "abandon")
    ]


def test_nothing_fires_early(database, job_context, clock, round_):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=119.999)

    assert fire_wait_timers(job_context) == 0
    assert timers(database) == [("nudge", "armed")]


def test_a_rung_fires_once(database, job_context, clock, round_):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=120)

    assert [fire_wait_timers(job_context) for _ in range(3)] == [1, 0, 0]
    assert told(database) == ["wait_nudge"]


def test_who_is_told_what(database, job_context, clock, round_):
    round_.phone.report(round_.first, "arrived")
    for seconds in (120, 120, 60, 120):
        clock.tick(seconds=seconds)
        fire_wait_timers(job_context)

    heard = {(row["kind"], row["staff_id"] or row["contact_id"]) for row in rows(database, Notice)}

    courier, dispatcher = round_.courier.id, round_.dispatcher.id
    assert heard == {
        ("wait_nudge", round_.first.contact_id),
        ("wait_warn", courier),
        ("wait_warn", dispatcher),
        ("wait_expired", courier),
        ("wait_undecided", dispatcher),
    }


def test_a_limit_of_a_few_seconds_has_the_whole_ladder(database, job_context, clock, round_):
    with database.unit_of_work() as session:
        session.add(
            BranchPolicyVersion(
                branch_id=round_.branch.id, version=1, settings={"wait_limit_seconds": 5}, created_at=NOW
            )
        )
    round_.phone.report(round_.first, "arrived")
    fired = []

    for _ in range(7):
        clock.tick(seconds=1)
        fired.append(fire_wait_timers(job_context))

    assert fired == [0, 1, 0, 1, 1, 0, 1]


def test_fault_6_after_downtime_only_the_highest_rung_acts(database, job_context, clock, round_):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=310)

    fired = fire_wait_timers(job_context)

    assert fired == 1
    assert told(database) == ["wait_expired"]
    assert timers(database) == [
        ("nudge", "superseded"), ("warn", "superseded"), ("expire", "fired"), ("undecided", "armed")
    ]  # fmt: skip
    (expired,) = [row for row in rows(database, WaitTimer) if row["kind"] == "expire"]
    assert expired["due_at"] == NOW + timedelta(seconds=300)
    assert expired["fired_at"] == NOW + timedelta(seconds=310)


def test_fault_6_what_is_of_no_more_use_is_not_told(database, job_context, clock, round_):
    round_.phone.report(round_.first, "arrived")
    clock.tick(hours=3)

    fire_wait_timers(job_context)

    assert told(database) == []
    (wait,) = rows(database, Wait)
    assert (wait["state"], wait["outcome"], wait["dwell_seconds"]) == ("closed", "abandoned", None)


def test_an_abandoned_wait_does_not_end_the_pickup(database, job_context, clock, round_):
    round_.phone.report(round_.first, "arrived")
    clock.tick(minutes=40)
    fire_wait_timers(job_context)

    result = round_.phone.report(round_.first, "collected")

    assert result["outcome"] == "applied"
    assert [row["outcome"] for row in rows(database, Wait)] == [WaitOutcome.ABANDONED]


def test_a_handover_that_takes_too_long_is_told_once_to_courier_and_dispatcher(
    database, job_context, clock, round_
):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=60)
    round_.phone.report(round_.first, "handover_started")

    clock.tick(minutes=10)
    fired = [fire_wait_timers(job_context), fire_wait_timers(job_context)]

    assert fired == [1, 0]
    assert told(database) == ["wait_loading", "wait_loading"]


def test_c6_leaving_and_coming_back_fires_nothing_of_the_first_attempt(database, job_context, clock, round_):
    round_.phone.report(round_.first, "arrived")
    for seconds in (120, 120):
        clock.tick(seconds=seconds)
        fire_wait_timers(job_context)
    clock.tick(seconds=50)
    round_.phone.report(round_.first, "left", data={"cause": "nobody_there"})
    round_.phone.report(round_.first, "arrived")
    before = told(database)

    clock.tick(seconds=60)

    assert fire_wait_timers(job_context) == 0
    assert told(database) == before


def test_c12_a_wait_that_ended_while_its_timer_was_due_fires_nothing(database, job_context, clock, round_):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=125)

    round_.phone.report(round_.first, "collected")

    assert fire_wait_timers(job_context) == 0
    assert timers(database) == [("nudge", "cancelled")]


def test_the_end_of_a_wait_supersedes_what_is_still_on_its_way(database, job_context, clock, round_):
    with database.unit_of_work() as session:
        factories.make_device(session, round_.courier)
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=305)
    fire_wait_timers(job_context)

    round_.phone.report(round_.first, "collected")

    assert [row["state"] for row in rows(database, Notice)] == ["superseded"]


@pytest.mark.parametrize("reason", ["opted out", "told too often", "outside his hours"])
def test_a_contact_who_may_not_be_written_to_gets_no_nudge(database, job_context, clock, round_, reason):
    with database.unit_of_work() as session:
        pickup = session.get_one(Pickup, round_.first.id)
        if reason == "opted out":
            session.get_one(Contact, pickup.contact_id).opted_out_at = NOW
        elif reason == "told too often":
            session.add(
                BranchPolicyVersion(
                    branch_id=round_.branch.id, version=1, settings={"messages_per_pickup": 0}, created_at=NOW
                )
            )
        else:
            clock.tick(hours=12)  # 21:30 in Shanghai
            pickup.window_start, pickup.window_end = clock.now(), clock.now() + timedelta(hours=1)
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=120)

    assert fire_wait_timers(job_context) == 1
    assert told(database) == []


def test_a_backlog_larger_than_a_batch_is_settled_in_one_tick(database, job_context, clock, monkeypatch):
    with database.unit_of_work() as session:
        courier = factories.make_staff(session)
        site = factories.make_site(session)
        for _ in range(7):
            wait = factories.make_wait(session, factories.make_pickup(session, site, courier=courier))
            session.add(
                WaitTimer(
                    wait_id=wait.id,
                    kind="expire",
                    generation=1,
                    due_at=wait.deadline_at,
                    expires_at=wait.deadline_at + timedelta(minutes=2),
                    state=TimerState.ARMED,
                )
            )
    monkeypatch.setattr(job, "BATCH", 3)
    clock.tick(minutes=5)

    assert fire_wait_timers(job_context) == 7
    assert fire_wait_timers(job_context) == 0


def test_a_sweep_says_as_much_to_the_database_for_twenty_timers_as_for_one(database, job_context, clock):
    with database.unit_of_work() as session:
        branch = factories.make_branch(session)
        factories.make_staff(session, branch, role=Role.DISPATCHER)
        site = factories.make_site(session, factories.make_customer(session, branch))
        for _ in range(21):
            courier = factories.make_staff(session, branch)
            factories.make_device(session, courier)
            wait = factories.make_wait(session, factories.make_pickup(session, site, courier=courier))
            services.wait_timers.arm(session, [wait], now=NOW)

    spoken = []
    for seconds in (120, 120):  # All are nudged, then warned.
        clock.tick(seconds=seconds)
        for limit in (1, 20):
            with database.unit_of_work() as session, counted(database) as statements:
                assert services.wait_timers.fire_due(session, limit=limit, now=clock.now()) == limit
            spoken.append(len(statements))

    assert spoken[0] == spoken[1]
    assert spoken[2] == spoken[3]
