"""The contact log over HTTP, and what it moves."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import Role, VisitState
from tests import factories
from tests.fakes import NOW

KEYS = {"id", "customer_id", "contact_id", "staff_id", "way", "note", "happened_at", "logged_at"}


@pytest.fixture
def log(customer):
    return f"/v1/customers/{customer.id}/contact-log"


@pytest.fixture
def dues(customer):
    return f"/v1/customers/{customer.id}/dues"


def test_a_call_is_logged(signed_in, rep, contact, log):
    client = signed_in(rep)

    answer = client.post(log, json={"way": "phone", "contact_id": str(contact.id), "note": "聊了价格"})

    assert answer.status_code == 201
    assert answer.json.keys() == KEYS
    assert (answer.json["staff_id"], answer.json["note"]) == (str(rep.id), "聊了价格")
    assert client.get(log).json["items"] == [answer.json]


def test_a_call_moves_the_contact_due_and_no_visit(database, signed_in, rep, customer, log, dues):
    visited = {"state": VisitState.COMPLETED, "completed_at": NOW - timedelta(days=20)}
    with database.unit_of_work() as session:
        factories.make_visit(session, session.merge(customer), rep=rep, **visited)
    client = signed_in(rep)
    before = client.get(dues).json

    client.post(log, json={"way": "chat"})

    assert before == {"visit_due_on": "2026-11-28", "contact_due_on": "2026-11-28"}
    assert client.get(dues).json == {"visit_due_on": "2026-11-28", "contact_due_on": "2026-12-18"}


def test_who_was_never_visited_has_no_day(signed_in, rep, dues):
    assert signed_in(rep).get(dues).json == {"visit_due_on": None, "contact_due_on": None}


def test_a_contact_of_somebody_else_is_refused(database, signed_in, rep, branch, log):
    with database.unit_of_work() as session:
        other = factories.make_contact(session, factories.make_customer(session, branch, owner_id=rep.id))

    answer = signed_in(rep).post(log, json={"way": "phone", "contact_id": str(other.id)})

    assert (answer.status_code, answer.json["code"]) == (422, "contact_of_another_customer")


@pytest.mark.parametrize("when", ["2026-11-19T01:30:00Z", "2026-09-01T01:30:00Z"])
def test_a_time_that_cannot_be_is_refused(signed_in, rep, log, when):
    answer = signed_in(rep).post(log, json={"way": "met", "happened_at": when})

    assert (answer.status_code, answer.json["code"]) == (422, "contact_time_impossible")


def test_b4_nothing_is_logged_or_read_at_a_strangers_customer(signed_in, hire, log, dues):
    stranger = signed_in(hire(Role.SALES_REP))

    assert stranger.post(log, json={"way": "phone"}).status_code == 404
    assert stranger.get(log).status_code == stranger.get(dues).status_code == 404
