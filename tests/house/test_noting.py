"""The guard that every change is noted does catch one that is not."""

import pytest

from api import services
from api.models import Pickup
from tests import factories
from tests.fakes import NOW


@pytest.fixture
def pickup(database):
    with database.unit_of_work() as session:
        return factories.make_pickup(session)


def test_a_request_that_changes_a_pickup_in_silence_is_caught(app, database, pickup):
    with (
        app.test_request_context(),
        pytest.raises(AssertionError, match=r"services\.changes\.note"),
        database.unit_of_work() as session,
    ):
        session.get_one(Pickup, pickup.id).parcels_expected = 7


def test_a_request_that_notes_what_it_changes_passes(app, database, pickup):
    with app.test_request_context(), database.unit_of_work() as session:
        changed = session.get_one(Pickup, pickup.id)
        changed.parcels_expected = 7
        services.changes.note(session, [changed], now=NOW)
