"""Storing reported shipments: few statements, and no loss when two systems report at once."""

from dataclasses import replace

from sqlalchemy import event, select

from api import services
from api.domain.shipments import ShipmentOutcome, ShipmentReport
from api.models import EventRecord, Shipment
from tests.factories import make_branch, make_customer
from tests.fakes import NOW

REPORT = ShipmentReport("SF0", "C1", NOW, 1250)


def record(session, branch, reports):
    verdicts = services.shipments.record_reports(session, reports, branch_id=branch.id, now=NOW)
    session.flush()
    return [verdict.outcome for verdict in verdicts]


def test_a_thousand_reports_take_as_many_statements_as_one(session):
    branch = make_branch(session)
    make_customer(session, branch, code="C1")
    statements = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *call: statements.append(call[2]))

    record(session, branch, [replace(REPORT, waybill=f"SF{number}") for number in range(1000)])

    verbs = [statement.split()[0] for statement in statements]
    assert verbs == ["SELECT", "SELECT", "INSERT", "INSERT"], "customers, shipments; shipments, the fact"


def test_nothing_new_records_no_fact(session):
    branch = make_branch(session)
    make_customer(session, branch, code="C1")
    record(session, branch, [REPORT])

    again = record(session, branch, [REPORT])

    facts = session.scalars(select(EventRecord).where(EventRecord.name == "shipments.recorded")).all()
    assert again == [ShipmentOutcome.DUPLICATE]
    assert [fact.data for fact in facts] == [{"added": 1}]


def test_the_same_waybill_in_two_branches_is_two_shipments(session):
    branches = [make_branch(session), make_branch(session)]
    for branch in branches:
        make_customer(session, branch, code="C1")

    outcomes = [record(session, branch, [REPORT]) for branch in branches]

    assert outcomes == [[ShipmentOutcome.CREATED]] * 2
    assert len(session.scalars(select(Shipment)).all()) == 2
