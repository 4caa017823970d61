"""What somebody was refused is written down once the request was undone, and said on the stream."""

import pytest

from api.domain.refusals import WRITTEN_AN_HOUR
from api.domain.vocabulary import Role
from api.web.refusals import RefusalNotes
from tests.auditing import trail
from tests.factories import make_pickup
from tests.statements import counted

NAMES = ("access.refused", "access.refusals_counted")


@pytest.fixture(autouse=True)
def fresh_notes(app):
    """Each test begins with nobody remembered, as a process does."""
    app.refusals = RefusalNotes(keep=app.refusals.keep)


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER)


@pytest.fixture
def pickup(database):
    """A pickup of another branch."""
    with database.unit_of_work() as session:
        return make_pickup(session)


def security(log):
    return [line for line in log.lines() if line["event"].startswith("security.")]


def test_b1_another_couriers_pickup_leaves_a_trace(database, signed_in, courier, pickup):
    signed_in(courier).get(f"/v1/pickups/{pickup.id}")

    [(fact, entry)] = trail(database, *NAMES)
    assert (fact.subject_type, fact.subject_id, fact.actor_id) == ("pickup", pickup.id, courier.id)
    assert fact.data == {"method": "GET", "route": "/v1/pickups/<uuid:pickup_id>", "code": "not_found"}
    assert (entry.address, entry.role, entry.branch_id) == ("127.0.0.1", Role.COURIER, courier.branch_id)


def test_b8_what_a_role_may_not_do_leaves_a_trace(database, signed_in, courier):
    signed_in(courier).post("/v1/staff", json={})

    [(fact, _)] = trail(database, *NAMES)
    assert (fact.subject_type, fact.subject_id, fact.data["code"]) == ("staff", courier.id, "forbidden")


def test_b3_a_write_that_was_refused_is_undone_and_its_trace_is_not(database, signed_in, hire, pickup):
    body = {"courier_id": str(hire(Role.COURIER).id)}

    signed_in(hire(Role.DISPATCHER)).post(f"/v1/pickups/{pickup.id}/assignment", json=body)

    assert [fact.data["route"] for fact, _ in trail(database)] == ["/v1/pickups/<uuid:pickup_id>/assignment"]


def test_a_stranger_leaves_none_for_nobody_would_be_named(database, client, pickup):
    client.get(f"/v1/pickups/{pickup.id}")

    assert trail(database) == []


def test_a_mistake_in_a_form_is_no_refused_access(database, signed_in, hire):
    signed_in(hire(Role.DISPATCHER)).post("/v1/pickups", json={"site_id": "x"})

    assert trail(database) == []


def test_a_flood_fills_no_disk(app, database, signed_in, courier):
    client = signed_in(courier)
    paths = [f"/v1/pickups/01a20000-0000-7000-8000-{number:012}" for number in range(2 * WRITTEN_AN_HOUR)]

    for path in paths:
        client.get(path)

    names = [fact.name for fact, _ in trail(database, *NAMES)]
    assert names == ["access.refused"] * WRITTEN_AN_HOUR + ["access.refusals_counted"]


def test_the_same_question_again_asks_the_database_no_more_for_it(database, signed_in, courier, pickup):
    client = signed_in(courier)
    client.get(f"/v1/pickups/{pickup.id}")

    with counted(database) as statements:
        client.get(f"/v1/pickups/{pickup.id}")

    assert not [statement for statement in statements if "audit" in statement]


def test_every_refusal_is_said_with_its_code_and_without_the_path(log, client, signed_in, courier, pickup):
    client.get(f"/v1/pickups/{pickup.id}")
    signed_in(courier).get(f"/v1/pickups/{pickup.id}")

    said = [(line["event"], line["code"], line["staff_id"]) for line in security(log)]
    assert said == [
        ("security.request_refused", "unauthenticated", None),
        ("security.request_refused", "not_found", str(courier.id)),
        ("security.access_refused", "not_found", str(courier.id)),
    ]
    assert {line["route"] for line in security(log)} == {"/v1/pickups/<uuid:pickup_id>"}


def test_b2_an_item_refused_inside_a_batch_is_said(log, signed_in, courier, pickup, clock):
    event = {
        "event_id": "01a20000-0000-7000-8000-000000000001",
        "pickup_id": str(pickup.id),
        "type": "arrived",
        "occurred_at": clock.now().isoformat(),
    }

    signed_in(courier).post(
        "/v1/field-events",
        json={"sent_at": clock.now().isoformat(), "boot_id": "b", "monotonic_ms": 1, "events": [event]},
    )

    [line] = [line for line in security(log) if line["event"] == "security.item_refused"]
    assert (line["code"], line["staff_id"]) == ("not_found", str(courier.id))
