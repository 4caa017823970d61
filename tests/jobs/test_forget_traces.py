"""What is kept for a while is forgotten then."""

from datetime import timedelta

import pytest

from api import queries
from api.domain.geofence import Place, Position
from api.domain.positions import SeenPosition
from api.models import Change, CourierPosition, StaffNetwork
from api.services.changes import note
from jobs.purge import purge
from tests import factories
from tests.fakes import NOW
from tests.rounds import rows

SECOND = timedelta(seconds=1)


@pytest.fixture
def traces(database):
    """Two pickups in the feed and two positions, the first of each an hour and a bit older."""
    with database.unit_of_work() as session:
        courier = factories.make_staff(session)
        for at in (NOW - timedelta(hours=1) - SECOND, NOW):
            note(session, [factories.make_pickup(session)], now=at)
            seen = SeenPosition(at, Position(Place(31.2, 121.5)))
            queries.positions.add(session, courier.id, [seen], now=at)


def test_c13_positions_are_kept_for_thirty_days(database, traces, job_context, clock):
    clock.tick(days=30)
    purge(job_context)
    assert [row["received_at"] for row in rows(database, CourierPosition)] == [NOW]

    clock.tick(seconds=1)
    purge(job_context)
    assert rows(database, CourierPosition) == []


def test_changes_are_kept_as_long_as_a_cursor_is_good(database, traces, job_context, clock):
    clock.tick(days=30)

    purge(job_context)

    assert [row["changed_at"] for row in rows(database, Change)] == [NOW]


def test_d8_where_a_phone_came_from_is_kept_for_a_day(database, job_context, clock):
    with database.unit_of_work() as session:
        courier = factories.make_staff(session)
        queries.staff_networks.put(session, courier.id, "120.36.4.7", now=NOW)
        queries.staff_networks.put(session, courier.id, "120.36.4.8", now=NOW + SECOND)
    clock.tick(days=1, seconds=1)

    purge(job_context)

    assert [row["seen_at"] for row in rows(database, StaffNetwork)] == [NOW + SECOND]


def test_numbers_are_not_given_out_twice(database, traces, job_context, clock):
    last = rows(database, Change)[-1]["seq"]
    clock.tick(days=40)
    assert purge(job_context) == 4

    with database.unit_of_work() as session:
        note(session, [factories.make_pickup(session)], now=clock.now())

    assert [row["seq"] for row in rows(database, Change)] == [last + 1]
