"""Two processes report the same shipments at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import func, select

from api import services
from api.domain.shipments import ShipmentOutcome, ShipmentReport
from api.models import Shipment
from tests.factories import make_branch, make_customer
from tests.fakes import NOW

REPORTERS = 4
WAYBILLS = 200


def test_each_waybill_is_created_once_and_a_duplicate_for_the_others(database):
    with database.unit_of_work() as session:
        branch = make_branch(session)
        make_customer(session, branch, code="C1")
    first = ShipmentReport("SF0", "C1", NOW, 1250)
    reports = [replace(first, waybill=f"SF{number}") for number in range(WAYBILLS)]

    def report(_):
        with database.unit_of_work() as session:
            return services.shipments.record_reports(session, reports, branch_id=branch.id, now=NOW)

    with ThreadPoolExecutor(REPORTERS) as reporters:
        verdicts = [verdict for batch in reporters.map(report, range(REPORTERS)) for verdict in batch]

    created = [verdict for verdict in verdicts if verdict.outcome is ShipmentOutcome.CREATED]
    assert {verdict.outcome for verdict in verdicts} == {ShipmentOutcome.CREATED, ShipmentOutcome.DUPLICATE}
    assert len(created) == WAYBILLS
    with database.unit_of_work(read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(Shipment)) == WAYBILLS
