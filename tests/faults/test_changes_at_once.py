"""Writers that overtake each other, and a reader between them: no change is ever skipped."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest

from api import queries, services
from api.domain.principal import Principal
from api.models import Pickup, Site
from jobs.fire_wait_timers import fire_wait_timers
from tests import factories
from tests.databases import only_postgres
from tests.fakes import NOW
from tests.feeds import PATIENCE_SECONDS, Reader, subjects
from tests.rounds import make_round

WRITERS = 4
CHANGES_EACH = 25


@pytest.fixture
def round_(database, signed_in, clock):
    return make_round(database, signed_in, clock)


@pytest.fixture
def reader(database, signed_in, round_):
    """The courier's other phone, up to date."""
    reader = Reader(signed_in(round_.courier), database)
    reader.catch_up()
    return reader


def until_something_comes(reader):
    """Read again and again: other tests on the same server may hold the feed back for a moment."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        items = reader.page()["items"]
        if items:
            return items
    raise TimeoutError("nothing came")


def note(session, pickup):
    services.changes.note(session, [session.get_one(Pickup, pickup.id)], now=NOW)


@only_postgres
def test_a_change_that_commits_late_is_not_skipped(database, round_, reader):
    with ExitStack() as slow, database.unit_of_work() as quick:
        late = slow.enter_context(database.unit_of_work())
        note(late, round_.first)
        note(quick, round_.second)
        quick.commit()

        # The later one is there, but one that comes before it may still appear.
        assert reader.page()["items"] == []

    assert subjects(reader.catch_up(), "pickup") == [str(round_.first.id), str(round_.second.id)]


@only_postgres
def test_a_change_with_a_lower_number_in_a_later_transaction_is_not_skipped(database, round_, reader):
    with ExitStack() as second, ExitStack() as first:
        earlier = first.enter_context(database.unit_of_work())
        services.events.record(
            earlier, "test.began", subject_type="test", subject_id=round_.first.id, branch_id=None, now=NOW
        )
        earlier.flush()
        later = second.enter_context(database.unit_of_work())
        note(later, round_.first)
        note(earlier, round_.second)
        first.close()

        # Its transaction came first, though its number did not.
        assert subjects(until_something_comes(reader), "pickup") == [str(round_.second.id)]

    assert subjects(reader.catch_up(), "pickup") == [str(round_.first.id)]


def test_no_change_is_skipped_while_many_write_and_one_reads(database, signed_in, clock, round_, reader):
    with database.unit_of_work() as session:
        site = session.get_one(Site, round_.first.site_id)
        made = [
            factories.make_pickup(session, site, courier=round_.courier)
            for _ in range(WRITERS * CHANGES_EACH)
        ]
    done = Event()

    def write(pickups):
        for pickup in pickups:
            with database.unit_of_work() as session:
                note(session, pickup)
                if not database.is_sqlite:
                    done.wait(random.uniform(0, 0.01))

    def read():
        seen = []
        while not done.is_set():
            seen += reader.page()["items"]
        return seen

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        reading = pool.submit(read)
        writing = [pool.submit(write, made[part::WRITERS]) for part in range(WRITERS)]
        for one in writing:
            one.result()
        done.set()
        seen = reading.result()

    read_ids = subjects(seen + reader.catch_up(), "pickup")
    assert sorted(read_ids) == sorted(str(pickup.id) for pickup in made)


def test_the_copy_of_a_phone_is_what_the_branch_knows(
    database, signed_in, clock, round_, reader, job_context
):
    desk = Reader(signed_in(round_.dispatcher), database)
    desk.catch_up()

    for kind in ("departed", "arrived", "arrival_undone", "arrived"):
        round_.phone.report(round_.first, kind)
        clock.tick(seconds=5)
    round_.phone.client.post(f"/v1/pickups/{round_.first.id}/extension", json={"minutes": 5})
    round_.phone.report(round_.second, "arrived")
    desk.catch_up()
    clock.tick(hours=2)
    while fire_wait_timers(job_context):
        clock.tick(minutes=10)
    desk.catch_up()
    reader.catch_up()

    for copy, staff in ((reader.copy, round_.courier), (desk.copy, round_.dispatcher)):
        by = Principal(staff.id, staff.branch_id, staff.role, staff.locale, None)
        with database.unit_of_work(read_only=True) as session:
            for pickup in (round_.first, round_.second):
                known = queries.pickups.view_by_id(session, pickup.id, by=by, now=clock.now())
                wait = queries.waits.latest_view(session, pickup.id, now=clock.now())
                shown = copy["pickup", str(pickup.id)]
                assert (shown["state"], shown["version"]) == (known.pickup.state, known.version)
                assert copy["wait", str(wait.id)]["outcome"] == wait.outcome == "abandoned"
