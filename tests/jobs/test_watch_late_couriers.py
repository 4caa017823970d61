"""Late couriers as a job: warned once, told once, missed once, however often and by how many it runs."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from api import services
from api.domain.branch_policy import BranchPolicy
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import PickupState, Role
from api.models import EventRecord, Notice, Pickup, StaffMember
from jobs.watch_late_couriers import watch_late_couriers
from tests import factories
from tests.fakes import NOW
from tests.phones import Phone

MINUTE = timedelta(minutes=1)
RUNNERS = 4


class Killed(Exception):
    """Stands for a process that dies before its transaction commits."""


@pytest.fixture
def branch(database):
    with database.unit_of_work() as session:
        branch = factories.make_branch(session)
        factories.make_staff(session, branch, role=Role.DISPATCHER)
        return branch


def watched(database, branch, count=1, **columns):
    """Pickups whose window ends in an hour, as they stand after booking."""
    with database.unit_of_work() as session:
        courier = factories.make_staff(session, branch)
        customer = factories.make_customer(session, branch)
        pickups = [
            factories.make_pickup(session, factories.make_site(session, customer), courier=courier, **columns)
            for _ in range(count)
        ]
        for pickup in pickups:
            services.late_couriers.watch(pickup, BranchPolicy(), now=NOW)
        return pickups


def told(database):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(Notice.kind).order_by(Notice.decided_at)).all()


def facts(database, name):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(EventRecord).where(EventRecord.name == name)).all()


def read(database, pickup):
    with database.unit_of_work(read_only=True) as session:
        return session.get_one(Pickup, pickup.id)


def test_a_courier_who_comes_on_time_is_nobodys_business(job_context, clock, database, branch):
    watched(database, branch)
    clock.tick(minutes=44)

    assert watch_late_couriers(job_context) == 0


def test_dispatchers_are_warned_then_the_pickup_is_missed_then_nothing_more(
    job_context, clock, database, branch
):
    (pickup,) = watched(database, branch)
    acted = []
    for _ in range(120):
        clock.tick(minutes=1)
        acted.append(watch_late_couriers(job_context))

    assert [minute for minute, count in enumerate(acted, start=1) if count] == [45, 90]
    assert told(database) == [NoticeKind.COURIER_LATE, NoticeKind.PICKUP_MISSED]
    assert read(database, pickup).state is PickupState.MISSED


def test_missed_is_a_fact_with_its_customer(job_context, clock, database, branch):
    (pickup,) = watched(database, branch)
    clock.tick(minutes=90)

    watch_late_couriers(job_context)

    (fact,) = facts(database, "pickup.missed")
    assert (fact.subject_id, fact.branch_id) == (pickup.id, branch.id)
    assert fact.data["customer_id"] == str(pickup.customer_id)


def test_after_downtime_nobody_is_warned_of_what_is_missed_by_now(job_context, clock, database, branch):
    watched(database, branch, eta_at=NOW + 100 * MINUTE)
    clock.tick(minutes=95)

    assert watch_late_couriers(job_context) == 1
    assert told(database) == [NoticeKind.PICKUP_MISSED]


def test_a_short_downtime_only_delays_the_warning(job_context, clock, database, branch):
    watched(database, branch)
    clock.tick(minutes=70)
    watch_late_couriers(job_context)
    clock.tick(minutes=20)

    assert watch_late_couriers(job_context) == 1
    assert told(database) == [NoticeKind.COURIER_LATE, NoticeKind.PICKUP_MISSED]


def test_a_warning_changes_nothing_that_an_editor_has_read(job_context, clock, database, branch):
    (pickup,) = watched(database, branch)
    clock.tick(minutes=45)

    watch_late_couriers(job_context)

    assert (read(database, pickup).version, read(database, pickup).changed_at) == (pickup.version, NOW)


def test_an_arrival_ends_the_watch_and_undoing_it_begins_it_again(database, signed_in, clock, branch):
    (pickup,) = watched(database, branch)
    with database.unit_of_work(read_only=True) as session:
        courier = session.get_one(StaffMember, pickup.courier_id)
    phone = Phone(signed_in(courier), clock)
    phone.report(pickup, "arrived")
    arrived = read(database, pickup).lateness_due_at

    phone.report(pickup, "arrival_undone")

    assert (arrived, read(database, pickup).lateness_due_at) == (None, NOW + 45 * MINUTE)


def test_who_arrived_before_it_was_missed_but_out_of_reach_opens_his_wait(
    job_context, database, signed_in, clock, branch
):
    (pickup,) = watched(database, branch)
    with database.unit_of_work(read_only=True) as session:
        courier = session.get_one(StaffMember, pickup.courier_id)
    clock.tick(minutes=90)
    watch_late_couriers(job_context)
    clock.tick(minutes=5)

    told_phone = Phone(signed_in(courier), clock).report(pickup, "arrived", ago=40 * MINUTE)

    assert (told_phone["outcome"], told_phone["wait"]["attempt"]) == ("applied", 1)
    assert read(database, pickup).state is PickupState.AT_DOOR
    assert watch_late_couriers(job_context) == 0


@pytest.mark.parametrize(
    ("minutes", "kind", "state"),
    [(45, NoticeKind.COURIER_LATE, PickupState.ASSIGNED), (90, NoticeKind.PICKUP_MISSED, PickupState.MISSED)],
)
def test_fault_9_several_runners_at_once_do_it_once(
    job_context, clock, database, branch, minutes, kind, state
):
    pickups = watched(database, branch, 12)
    clock.tick(minutes=minutes)
    start = Barrier(RUNNERS)

    def run(_):
        start.wait()
        return watch_late_couriers(job_context)

    with ThreadPoolExecutor(RUNNERS) as pool:
        looked_at = list(pool.map(run, range(RUNNERS)))

    assert sum(looked_at) == len(pickups)
    assert told(database) == [kind] * len(pickups)
    assert {read(database, pickup).state for pickup in pickups} == {state}


def test_a_death_half_way_leaves_it_to_the_next_run(job_context, clock, database, branch):
    watched(database, branch)
    clock.tick(minutes=90)
    with suppress(Killed), database.unit_of_work() as session:
        services.late_couriers.look_at_due(session, limit=10, now=clock.now())
        raise Killed

    assert watch_late_couriers(job_context) == 1
    assert told(database) == [NoticeKind.PICKUP_MISSED]
    assert len(facts(database, "pickup.missed")) == 1
