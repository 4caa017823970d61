"""The brief before a visit: one screen of what matters, in as many statements for much as for little."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import (
    CaseState,
    FieldReportKind,
    FieldReportState,
    Grade,
    ShipmentFailure,
    VisitState,
    WaitCause,
    WaitOutcome,
    WaitState,
)
from api.models import Feedback, FieldReport
from tests.factories import (
    make_case,
    make_churn_alert,
    make_contact,
    make_customer,
    make_link,
    make_shipment,
    make_visit,
    make_wait,
)
from tests.fakes import NOW
from tests.shipping import TODAY
from tests.statements import counted, short
from tests.visiting import make_visit_task

A_DAY = timedelta(days=1)


@pytest.fixture
def customer(database, branch, rep):
    with database.unit_of_work() as session:
        return make_customer(session, branch, owner_id=rep.id, grade=Grade.A)


@pytest.fixture
def brief(database, customer, rep, signed_in):
    """Returns the brief of a visit to the customer."""
    with database.unit_of_work() as session:
        visit = make_visit(session, customer, rep=rep)
    client = signed_in(rep)
    return lambda: client.get(f"/v1/visits/{visit.id}/brief", headers={"Accept-Language": "en"})


def test_of_a_new_customer_there_is_little_to_say(brief, customer):
    answer = brief()

    assert answer.status_code == 200
    assert answer.json["customer"]["code"] == customer.code
    assert (answer.json["standing"], answer.json["last_visit"]) == ("never", None)
    assert answer.json["risk"] == {"band": "unrated", "has_open_alert": False, "reasons": []}
    assert not any(answer.json[name] for name in ("shipments", "waits", "feedback", "cases", "tasks"))


def test_contacts_come_with_masked_phones_and_birthdays_that_are_near(brief, database, customer):
    with database.unit_of_work() as session:
        soon, far = TODAY + 9 * A_DAY, TODAY + 40 * A_DAY
        make_contact(session, customer, phone="+8613800000001", birthday=soon.replace(year=1980))
        make_contact(session, customer, birthday=far.replace(year=1980))

    contacts = brief().json["contacts"]

    assert contacts[0]["phone"] == "+86*******0001"
    assert [one["birthday_on"] for one in contacts] == [str(soon), None]


def test_shipping_is_counted_against_the_month_before(brief, database, customer):
    with database.unit_of_work() as session:
        for ago, failure in ((2, ShipmentFailure.LATE), (5, None), (35, None), (80, None)):
            at = NOW - ago * A_DAY
            make_shipment(session, customer, picked_up_at=at, failure=failure)

    told = brief().json

    assert told["shipping"] == {
        "last_shipped_on": str(TODAY - 2 * A_DAY),
        "last_30_days": 2,
        "days_30_before": 1,
        "failures_last_30_days": 1,
    }
    assert [one["failure"] for one in told["shipments"]] == ["late", None, None, None]


def test_waits_ratings_and_open_cases_are_told(brief, database, customer, pickup_of, courier):
    pickup = pickup_of(courier)
    with database.unit_of_work() as session:
        make_wait(
            session,
            pickup,
            state=WaitState.CLOSED,
            outcome=WaitOutcome.LEFT,
            cause=WaitCause.GOODS_NOT_READY,
            departed_at=NOW,
            avoidable_wait_seconds=300,
        )
        make_feedback(session, pickup, score=2, comment="等太久")
        make_case(session, customer), make_case(session, customer, state=CaseState.CLOSED)

    told = brief().json

    assert [(one["cause"], one["avoidable_wait_seconds"]) for one in told["waits"]] == [
        ("goods_not_ready", 300)
    ]
    assert [(one["score"], one["comment"]) for one in told["feedback"]] == [(2, "等太久")]
    assert [one["state"] for one in told["cases"]] == ["open"]


def test_the_last_visit_its_promises_and_open_reports_are_told(brief, database, customer, rep):
    with database.unit_of_work() as session:
        last = make_visit(
            session,
            customer,
            rep=rep,
            state=VisitState.COMPLETED,
            completed_at=NOW - 15 * A_DAY,
            planned_on=TODAY - 15 * A_DAY,
            findings="准备搬仓",
            report={"mood": "annoyed"},
        )
        make_visit_task(session, last, what="带新价目表")
        make_visit_task(session, last, done_at=NOW)
        for state in (FieldReportState.OPEN, FieldReportState.CLOSED):
            session.add(
                FieldReport(
                    branch_id=customer.branch_id,
                    customer_id=customer.id,
                    kind=FieldReportKind.COMPETITOR_SEEN,
                    state=state,
                    reported_at=NOW,
                    reported_by_id=rep.id,
                )
            )
        make_churn_alert(session, customer)

    told = brief().json

    assert (told["standing"], told["last_visited_on"]) == ("overdue", str(TODAY - 15 * A_DAY))
    assert (told["last_visit"]["findings"], told["last_visit"]["mood"]) == ("准备搬仓", "annoyed")
    assert [one["what"] for one in told["tasks"]] == ["带新价目表"]
    assert [one["kind"] for one in told["field_reports"]] == ["competitor_seen"]
    assert told["risk"]["has_open_alert"]


def test_lists_stop_at_five_and_the_statements_stay_the_same(brief, database, customer, pickup_of, courier):
    with counted(database) as few:
        brief()
    with database.unit_of_work() as session:
        for ago in range(1, 8):
            make_shipment(session, customer, picked_up_at=NOW - ago * A_DAY)
            make_case(session, customer)
            make_contact(session, customer)

    with counted(database) as many:
        told = brief().json

    assert (len(told["shipments"]), len(told["cases"])) == (5, 5)
    assert len(many) == len(few) <= 20, short(many)


def make_feedback(session, pickup, **columns):
    link = make_link(session, pickup)
    session.add(
        Feedback(
            branch_id=pickup.branch_id,
            pickup_id=pickup.id,
            customer_id=pickup.customer_id,
            contact_id=pickup.contact_id,
            courier_id=pickup.courier_id,
            link_id=link.id,
            reasons=[],
            given_at=NOW,
            changed_at=NOW,
            **columns,
        )
    )
    session.flush()
