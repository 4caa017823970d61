"""/v1/customers/{id}/timeline: one story of many tables, in pages, in a bounded number of statements."""

from datetime import timedelta
from time import perf_counter
from uuid import uuid4

import pytest

from api import queries
from api.domain.vocabulary import ContactWay, FieldReportKind, NoticeState, Role, VisitState, WaitOutcome
from api.models import Feedback, FieldReport, LoggedContact, Notice, Pickup, Wait
from tests import factories
from tests.fakes import NOW
from tests.statements import counted, short

KEYS = {"kind", "id", "at", "what", "who_id", "details", "text"}
EVERY_KIND = [
    "pickup",
    "wait",
    "feedback",
    "case",
    "field_report",
    "churn_alert",
    "visit",
    "message",
    "contact",
    "owner_change",
]
MOST_STATEMENTS = 13
"""Who is calling and for whom, the customer, and one for each of the ten kinds."""


def hours(count):
    return NOW - timedelta(hours=count)


def make_message(session, contact, **columns):
    notice = Notice(
        branch_id=contact.branch_id,
        kind="feedback_link",
        dedupe_key=f"feedback_link:{uuid4()}",
        thread="feedback:x",
        contact_id=contact.id,
        variables={},
        state=NoticeState.ACCEPTED,
        useful_until=NOW,
        **columns,
    )
    session.add(notice)


@pytest.fixture
def story(database, signed_in, hire, rep, courier, customer, site, contact):
    """One of each kind, an hour apart, the pickup last of all and the change of owner just now."""
    manager = signed_in(hire(Role.MANAGER))
    former = hire(Role.SALES_REP)
    with database.unit_of_work() as session:
        customer = session.merge(customer)
        pickup = factories.make_pickup(session, site, contact, courier=courier, window_start=hours(9))
        factories.make_wait(session, pickup, arrived_at=hours(8), outcome=WaitOutcome.COLLECTED)
        link = factories.make_link(session, pickup)
        given = {"score": 2, "reasons": ["late"], "comment": "来晚了", "call_me_back": True}
        session.add(
            Feedback(
                branch_id=customer.branch_id,
                pickup_id=pickup.id,
                customer_id=customer.id,
                contact_id=contact.id,
                courier_id=courier.id,
                link_id=link.id,
                given_at=hours(7),
                changed_at=hours(7),
                **given,
            )
        )
        factories.make_case(session, customer, opened_at=hours(6))
        session.add(
            FieldReport(
                branch_id=customer.branch_id,
                customer_id=customer.id,
                kind=FieldReportKind.COMPETITOR_SEEN,
                reported_by_id=courier.id,
                reported_at=hours(5),
            )
        )
        factories.make_churn_alert(session, customer, raised_at=hours(4))
        done = {"state": VisitState.COMPLETED, "completed_at": hours(3), "findings": "换了仓库主管"}
        factories.make_visit(session, customer, rep=former, **done)
        make_message(session, contact, decided_at=hours(2))
        session.add(
            LoggedContact(
                branch_id=customer.branch_id,
                customer_id=customer.id,
                staff_id=former.id,
                way=ContactWay.PHONE,
                note="约了下周",
                happened_at=hours(1),
                logged_at=hours(1),
            )
        )
        customer.owner_id = former.id
    path = f"/v1/customers/{customer.id}"
    version = manager.get(path).headers["ETag"]
    manager.patch(path, json={"owner_id": str(rep.id)}, headers={"If-Match": version})
    return f"{path}/timeline"


def test_the_new_owner_reads_the_whole_story_newest_first(signed_in, rep, story):
    answer = signed_in(rep).get(story)

    items = answer.json["items"]
    assert [one["kind"] for one in items] == EVERY_KIND[::-1]
    assert all(one.keys() == KEYS for one in items)
    assert answer.json["next"] is None


def test_entries_say_what_happened_and_who_did_it(signed_in, hire, rep, courier, story):
    by_kind = {one["kind"]: one for one in signed_in(rep).get(story).json["items"]}

    assert by_kind["feedback"]["details"]["score"] == 2
    assert by_kind["feedback"]["text"] == "来晚了"
    assert (by_kind["wait"]["what"], by_kind["wait"]["who_id"]) == ("collected", str(courier.id))
    assert (by_kind["visit"]["what"], by_kind["visit"]["text"]) == ("completed", "换了仓库主管")
    assert by_kind["visit"]["who_id"] == by_kind["contact"]["who_id"] != str(rep.id)
    assert by_kind["owner_change"]["details"]["to_id"] == str(rep.id)


@pytest.mark.parametrize("limit", [1, 3, 4])
def test_page_by_page_it_is_the_same_story(signed_in, rep, story, limit):
    client, read, path = signed_in(rep), [], f"{story}?limit={limit}"

    while path:
        page = client.get(path).json
        assert len(page["items"]) <= limit
        read += page["items"]
        path = page["next"]

    assert [one["kind"] for one in read] == EVERY_KIND[::-1]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_story_can_be_narrowed_to_a_kind(signed_in, rep, story, kind):
    items = signed_in(rep).get(f"{story}?kind={kind}").json["items"]

    assert [one["kind"] for one in items] == [kind]


def test_a_story_can_be_narrowed_to_a_time(signed_in, rep, story):
    since, before = (hours(count).strftime("%Y-%m-%dT%H:%M:%SZ") for count in (6, 4))

    items = signed_in(rep).get(f"{story}?since={since}&before={before}").json["items"]

    assert [one["kind"] for one in items] == ["field_report", "case"]


@pytest.mark.parametrize("query", ["kind=gossip", "since=yesterday", "cursor=nonsense", "limit=0", "who=me"])
def test_what_cannot_be_asked_is_refused(signed_in, rep, story, query):
    assert signed_in(rep).get(f"{story}?{query}").status_code == 422


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.SERVICE_AGENT])
def test_b4_the_desk_reads_nothing_of_visits_and_alerts(signed_in, hire, story, role):
    client = signed_in(hire(role))

    kinds = {one["kind"] for one in client.get(story).json["items"]}

    assert kinds == {*EVERY_KIND} - {"visit", "churn_alert"}
    assert client.get(f"{story}?kind=visit").json["items"] == []


def test_b4_a_strangers_customer_has_no_story(database, signed_in, hire, story):
    with database.unit_of_work() as session:
        foreign = factories.make_staff(session, role=Role.MANAGER)

    assert signed_in(hire(Role.SALES_REP)).get(story).status_code == 404
    assert signed_in(foreign).get(story).status_code == 404


def test_a_proposed_visit_is_no_story_yet(database, signed_in, rep, customer):
    with database.unit_of_work() as session:
        factories.make_visit(session, session.merge(customer), rep=rep, state=VisitState.PROPOSED)

    assert signed_in(rep).get(f"/v1/customers/{customer.id}/timeline").json["items"] == []


@pytest.fixture
def long_story(database, rep, courier, customer, site, contact):
    """20,000 entries: pickups with their waits, messages, ratings of some, and calls."""
    with database.unit_of_work() as session:
        pickups = [
            {
                "id": uuid4(),
                "branch_id": customer.branch_id,
                "customer_id": customer.id,
                "site_id": site.id,
                "contact_id": contact.id,
                "external_ref": f"LONG-{number}",
                "window_start": hours(number),
                "window_end": hours(number),
                "created_at": NOW,
                "changed_at": NOW,
            }
            for number in range(6000)
        ]
        waits = [
            {
                "id": uuid4(),
                "branch_id": customer.branch_id,
                "pickup_id": pickup["id"],
                "courier_id": courier.id,
                "attempt": 1,
                "state": "closed",
                "arrived_at": pickup["window_start"],
                "clock_started_at": NOW,
                "limit_seconds": 300,
                "deadline_at": NOW,
                "policy_version": 0,
                "trust": "verified",
                "quality": "measured",
                "created_at": NOW,
            }
            for pickup in pickups
        ]
        messages = [
            {
                "id": uuid4(),
                "branch_id": customer.branch_id,
                "kind": "readiness_ping",
                "dedupe_key": f"readiness_ping:{number}",
                "thread": "readiness:x",
                "contact_id": contact.id,
                "variables": {},
                "state": "accepted",
                "decided_at": hours(number),
                "useful_until": NOW,
            }
            for number in range(6000)
        ]
        calls = [
            {
                "id": uuid4(),
                "branch_id": customer.branch_id,
                "customer_id": customer.id,
                "staff_id": rep.id,
                "way": "phone",
                "happened_at": hours(number),
                "logged_at": NOW,
            }
            for number in range(2000)
        ]
        for model, rows in ((Pickup, pickups), (Wait, waits), (Notice, messages), (LoggedContact, calls)):
            queries.insertion.insert_rows(session, model, rows)
    return f"/v1/customers/{customer.id}/timeline"


def test_twenty_thousand_entries_cost_no_more_statements_than_ten(
    database, signed_in, rep, long_story, record_property
):
    client = signed_in(rep)
    client.get(long_story)

    with counted(database) as statements:
        began = perf_counter()
        first = client.get(long_story)
        took = perf_counter() - began
    second = client.get(first.json["next"])

    engine = database.engine.dialect.name
    record_property("measured", f"timeline of 20,000 entries, first page ({engine}): {took * 1000:.0f} ms")
    assert len(first.json["items"]) == len(second.json["items"]) == 50
    assert len(statements) <= MOST_STATEMENTS, short(statements)
    ids = [one["id"] for one in (*first.json["items"], *second.json["items"])]
    assert len(set(ids)) == 100
