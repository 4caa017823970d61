"""What fills the last page of a database, and what must hold once there is no room for more."""

from typing import Any

from api.db import Database
from api.models import FieldEvent, Wait, WaitTimer
from tests import factories
from tests.rounds import Round, rows

DOORS = 150


def many_arrivals(database: Database, round_: Round) -> dict[str, Any]:
    """A batch from as many doors as do not fit into what is left of the pages in use."""
    with database.unit_of_work() as session:
        site = factories.make_site(session, factories.make_customer(session, round_.branch))
        pickups = [factories.make_pickup(session, site, courier=round_.courier) for _ in range(DOORS)]
    return round_.phone.envelope(*[round_.phone.event(pickup, "arrived") for pickup in pickups])


def only_writing_has_ended(database: Database, round_: Round, refused: Any) -> None:
    """Check the answer to a batch for which there was no room, and that nothing of it was kept."""
    assert (refused.status_code, refused.json["code"]) == (507, "storage_full")
    assert int(refused.headers["Retry-After"]) > 0
    assert round_.phone.client.get("/v1/me").status_code == 200
    assert round_.phone.client.get("/health/ready").status_code == 200
    assert rows(database, FieldEvent) + rows(database, Wait) + rows(database, WaitTimer) == []
