"""A rep's day over HTTP: everything that waits for him in one list, what is lost first at the head."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import (
    AlertState,
    Band,
    FieldReportKind,
    FieldReportState,
    Grade,
    OccasionKind,
    Role,
    VisitState,
)
from api.models import FieldReport, Occasion
from tests.factories import make_case, make_churn_alert, make_contact, make_customer, make_visit
from tests.fakes import NOW
from tests.shipping import TODAY
from tests.statements import counted, short
from tests.visiting import make_visit_task

A_DAY = timedelta(days=1)


@pytest.fixture
def client(signed_in, rep):
    return signed_in(rep)


@pytest.fixture
def everything(database, branch, rep):
    """One thing of each kind that waits for the rep today."""
    with database.unit_of_work() as session:

        def customer():
            return make_customer(session, branch, owner_id=rep.id, grade=Grade.B)

        make_visit(session, customer(), rep=rep, state=VisitState.PROPOSED, planned_on=TODAY)
        make_visit(session, customer(), rep=rep, planned_on=TODAY)
        make_visit(session, customer(), rep=rep, planned_on=TODAY - A_DAY)
        make_visit(session, customer(), rep=rep, planned_on=TODAY, starts_at=NOW + timedelta(hours=3))
        make_churn_alert(session, customer(), band=Band.HIGH)
        make_churn_alert(session, customer(), band=Band.MEDIUM)
        done = make_visit(session, customer(), rep=rep, state=VisitState.COMPLETED, completed_at=NOW)
        make_visit_task(session, done, due_on=TODAY)
        make_field_report(session, customer(), acknowledge_by_at=NOW + timedelta(hours=2))
        make_occasion(session, customer())


def make_field_report(session, customer, **columns):
    session.add(
        FieldReport(
            branch_id=customer.branch_id,
            customer_id=customer.id,
            kind=FieldReportKind.COMPETITOR_SEEN,
            state=FieldReportState.OPEN,
            reported_at=NOW,
            **columns,
        )
    )
    session.flush()


def make_occasion(session, customer, **columns):
    session.add(
        Occasion(
            branch_id=customer.branch_id,
            customer_id=customer.id,
            contact_id=make_contact(session, customer).id,
            kind=OccasionKind.BIRTHDAY,
            **{"year": TODAY.year, "falls_on": TODAY, "noticed_at": NOW, **columns},
        )
    )
    session.flush()


def listed(client, query=""):
    return [(one["loss"], one["kind"]) for one in client.get(f"/v1/me/agenda{query}").json["items"]]


IN_ORDER = [
    ("customer", "churn_alert"),
    ("appointment", "visit"),
    ("promise", "visit"),
    ("promise", "field_report"),
    ("day", "occasion"),
    ("day", "task"),
    ("day", "visit"),
    ("time", "churn_alert"),
    ("nothing", "proposal"),
]


def test_what_is_lost_first_stands_first(client, everything):
    assert listed(client) == IN_ORDER


def test_pages_follow_each_other_without_a_gap(client, everything):
    link, seen = "/v1/me/agenda?limit=4", []
    while link:
        page = client.get(link).json
        seen += [(one["loss"], one["kind"]) for one in page["items"]]
        link = page["next"]

    assert seen == IN_ORDER


def test_a_day_to_come_has_only_what_has_that_day(client, everything, database, branch, rep):
    tomorrow = TODAY + A_DAY
    with database.unit_of_work() as session:
        customer = make_customer(session, branch, owner_id=rep.id)
        make_visit(session, customer, rep=rep, planned_on=tomorrow)

    assert listed(client, f"?day={tomorrow}") == [("day", "visit")]


def test_what_sleeps_is_done_or_held_back_is_not_on_the_list(client, database, branch, rep):
    with database.unit_of_work() as session:

        def customer():
            return make_customer(session, branch, owner_id=rep.id)

        make_churn_alert(session, customer(), state=AlertState.SNOOZED, snoozed_until=NOW + A_DAY)
        make_churn_alert(session, customer(), win_back=True)
        make_churn_alert(session, customer(), state=AlertState.RESOLVED)
        make_occasion(session, customer(), greeted_at=NOW)
        waiting = customer()
        make_occasion(session, waiting)
        make_case(session, waiting)

    assert [kind for _, kind in listed(client)] == []


@pytest.mark.parametrize("day", [TODAY - A_DAY, TODAY + 32 * A_DAY])
def test_a_day_out_of_reach_is_refused(client, day):
    answer = client.get(f"/v1/me/agenda?day={day}")

    assert (answer.status_code, answer.json["code"]) == (422, "day_out_of_reach")


def test_a_cursor_that_was_never_ours_is_refused_or_opens_nothing(client, everything):
    answer = client.get("/v1/me/agenda?cursor=nonsense")

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_fields")


def test_b4_another_rep_has_a_day_of_his_own(signed_in, hire, everything):
    assert listed(signed_in(hire(Role.SALES_REP))) == []


@pytest.mark.parametrize("role", [Role.COURIER, Role.MANAGER, Role.DISPATCHER])
def test_it_is_the_reps(signed_in, hire, role):
    assert signed_in(hire(role)).get("/v1/me/agenda").status_code == 403


def test_it_takes_the_same_few_statements_however_long(client, everything, database, branch, rep):
    with counted(database) as few:
        client.get("/v1/me/agenda")
    with database.unit_of_work() as session:
        for _ in range(5):
            make_visit(session, make_customer(session, branch, owner_id=rep.id), rep=rep, planned_on=TODAY)

    with counted(database) as many:
        client.get("/v1/me/agenda")

    assert len(many) == len(few) <= 11, short(many)
