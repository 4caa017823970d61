"""C11: the contact says "ready" at the very moment at which the wait expires. One of the two comes first."""

from collections import Counter

import pytest

from api import security
from api.models import Notice, Pickup, ReadinessRecord
from jobs.fire_wait_timers import fire_wait_timers
from tests.factories import make_link
from tests.faults.test_wait_races import at_once
from tests.rounds import make_round, rows

LIMIT_SECONDS = 300


@pytest.fixture
def round_(database, signed_in, clock):
    return make_round(database, signed_in, clock)


@pytest.fixture
def ready(app, database, round_):
    """Says "ready" through the link of the round's first pickup."""
    with database.unit_of_work() as session:
        link = make_link(session, session.get_one(Pickup, round_.first.id))
        token = security.vault_of(session).links.token(link.id, link.key_id)

    def say():
        return app.test_client().post(f"/v1/links/{token}/readiness", json={"answer": "ready"})

    return say


def kinds(database):
    return Counter(notice["kind"] for notice in rows(database, Notice))


def test_c11_ready_at_the_moment_of_expiry_is_refused_and_the_wait_expires_once(
    database, job_context, clock, round_, ready
):
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=LIMIT_SECONDS)

    answer, _ = at_once([ready, lambda: fire_wait_timers(job_context)])
    fire_wait_timers(job_context)

    assert (answer.status_code, answer.json["code"]) == (409, "courier_has_arrived")
    assert rows(database, ReadinessRecord) == []
    told = kinds(database)
    assert told["wait_expired"] == 1
    assert told["wait_warn"] == told["readiness_answered"] == 0


def test_c11_ready_at_the_moment_of_arrival_is_an_answer_or_a_conflict_and_never_both(
    database, round_, ready
):
    answer, event = at_once([ready, lambda: round_.phone.report(round_.first, "arrived")])

    kept = len(rows(database, ReadinessRecord))
    assert event["outcome"] == "applied"
    assert (answer.status_code, kept) in {(200, 1), (409, 0)}
    assert kinds(database)["readiness_answered"] == kept
