"""GET /v1/reports/readiness-effect and its CSV: waits with and without an answer, and the messages sent."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import NoticeState, Quality, ReadinessAnswer, Role, WaitOutcome, WaitState
from api.models import Notice
from tests import factories
from tests.exporting import rows_of
from tests.fakes import NOW
from tests.statements import counted, short

DAY = {"from": "2026-11-18", "to": "2026-11-18"}
REPORT = "/v1/reports/readiness-effect?from=2026-11-18&to=2026-11-18"
EXPORT = "/v1/reports/readiness-effect/export"


def read(client, **asked):
    return client.get("/v1/reports/readiness-effect", query_string=DAY | asked)


def export(client, **asked):
    return client.post(EXPORT, json=DAY | asked)


@pytest.fixture
def visit(database, site, contact):
    """Adds a pickup that was answered or not, the wait that followed, and the messages that left for it."""

    def visit(courier, *, waited, answered=True, messages=0, at=None, **columns):
        said = {
            "readiness_answer": ReadinessAnswer.READY,
            "readiness_answered_at": NOW - timedelta(minutes=9),
        }
        with database.unit_of_work() as session:
            pickup = factories.make_pickup(
                session, at or site, contact, courier=courier, **(said if answered else {})
            )
            ended = {
                "state": WaitState.CLOSED,
                "outcome": WaitOutcome.COLLECTED,
                "departed_at": NOW + timedelta(minutes=10),
                "dwell_seconds": 600,
            }
            factories.make_wait(session, pickup, avoidable_wait_seconds=waited, **(ended | columns))
            for number in range(messages):
                session.add(_message(pickup, number, NoticeState.ACCEPTED))
            session.add(_message(pickup, -1, NoticeState.DEAD))
            return pickup

    return visit


def _message(pickup, number, state):
    return Notice(
        branch_id=pickup.branch_id,
        kind="readiness_ping",
        dedupe_key=f"readiness_ping:{pickup.id}:{number}",
        thread=f"readiness:{pickup.id}",
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        variables={},
        state=state,
        decided_at=NOW,
        useful_until=NOW,
    )


def line_of(answer) -> dict:
    """Return the only line of a report."""
    assert answer.status_code == 200, answer.json
    (line,) = answer.json["items"]
    return line


@pytest.mark.parametrize("take", [read, export])
@pytest.mark.parametrize("role", [Role.COURIER, Role.SERVICE_AGENT, Role.INTEGRATION])
def test_b7_roles_without_business_there_are_refused(signed_in, hire, take, role):
    assert take(signed_in(hire(role))).status_code == 403


@pytest.mark.parametrize("take", [read, export])
def test_a_rep_does_not_compare_couriers(signed_in, rep, take):
    assert take(signed_in(rep), by="courier").status_code == 403


def test_b4_a_rep_reads_about_his_customers_only(database, branch, signed_in, rep, courier, visit):
    with database.unit_of_work() as session:
        foreign = factories.make_site(session, factories.make_customer(session, branch))
    visit(courier, waited=10, messages=1)
    with database.unit_of_work() as session:
        pickup = factories.make_pickup(session, foreign, courier=courier)
        session.add(_message(pickup, 0, NoticeState.ACCEPTED))

    assert line_of(signed_in(rep).get(f"{REPORT}&by=week"))["messages"] == 1


@pytest.mark.parametrize("query", ["by=hour", "by=branch", "by=mood", "limit=0", "quality=measured"])
def test_g3_what_is_unknown_is_refused(dispatcher, query):
    assert dispatcher.get(f"{REPORT}&{query}").status_code == 422


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("site", lambda site, courier: str(site.id)),
        ("courier", lambda site, courier: str(courier.id)),
        ("week", lambda site, courier: "2026-W47"),
    ],
)
def test_the_mean_with_and_without_an_answer(dispatcher, site, courier, visit, by, key):
    visit(courier, waited=10, messages=1)
    visit(courier, waited=35, messages=2)
    visit(courier, waited=200, answered=False)

    line = line_of(dispatcher.get(f"{REPORT}&by={by}"))

    assert line["key"] == key(site, courier)
    assert line["messages"] == 3
    assert line["by_quality"] == [
        {
            "quality": "measured",
            "count": 3,
            "answered_share": pytest.approx(2 / 3),
            "with_answer": {"count": 2, "mean_seconds": 22.5},
            "without_answer": {"count": 1, "mean_seconds": 200.0},
        }
    ]


def test_measured_stands_apart_from_estimated(dispatcher, courier, visit):
    visit(courier, waited=10)
    visit(courier, waited=90, quality=Quality.ESTIMATED)

    shown = line_of(dispatcher.get(REPORT))["by_quality"]

    assert [(one["quality"], one["with_answer"]["mean_seconds"]) for one in shown] == [
        ("measured", 10.0),
        ("estimated", 90.0),
    ]


def test_the_csv_says_what_the_json_says(dispatcher, courier, visit):
    visit(courier, waited=10, messages=2)
    visit(courier, waited=90, answered=False, quality=Quality.ESTIMATED)

    answer = export(dispatcher, by="site")
    rows = rows_of(answer)

    assert answer.headers["Content-Disposition"].endswith(
        "readiness-effect-by-site-2026-11-18-2026-11-18.csv"
    )
    assert [(row["quality"], row["with_answer_mean_seconds"]) for row in rows] == [
        ("measured", "10.0"),
        ("estimated", ""),
    ]
    assert [row["messages"] for row in rows] == ["2", ""]


@pytest.mark.parametrize(("by", "statements"), [("site", 6), ("week", 5)])
def test_it_asks_the_database_as_often_for_many_waits_as_for_one(
    database, dispatcher, courier, visit, by, statements
):
    for waited in range(5):
        visit(courier, waited=waited, messages=1)

    with counted(database) as said:
        dispatcher.get(f"{REPORT}&by={by}")

    assert len(said) == statements, short(said)
