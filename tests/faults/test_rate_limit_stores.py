"""G4: where rate limits are shared is down. Work at the door goes on; guessing gains nothing."""

import pytest

from api import security
from api.domain.rate_limits import READS, SIGN_INS
from api.domain.vocabulary import LinkPurpose, Role
from api.integrations.redis_counters import RedisCounters
from api.web.rate_limiter import RateLimiter, Sharing
from jobs.say_alive import say_alive
from tests.databases import only_sqlite
from tests.factories import make_link
from tests.fakes import NOW
from tests.redis_servers import UNREACHABLE, redis_server
from tests.rounds import make_round
from tests.signing_in import PHONE, refresh, sign_in

pytestmark = only_sqlite


@pytest.fixture
def blind(app, clock):
    """A server whose Redis is gone, which it has noticed."""
    app.limits = RateLimiter(Sharing(RedisCounters(UNREACHABLE), clock, str, every_seconds=None))
    app.limits.exchange()
    return app


@pytest.fixture
def link(database):
    """Makes a link and returns its path."""

    def make():
        with database.unit_of_work() as session:
            made = make_link(session, purpose=LinkPurpose.FEEDBACK)
            return f"/v1/links/{security.vault_of(session).links.token(made.id, made.key_id)}"

    return make


def test_g4_reads_and_field_events_fail_open(blind, database, signed_in, clock):
    round_ = make_round(database, signed_in, clock)

    assert round_.phone.client.get("/v1/me").status_code == 200
    assert round_.phone.report(round_.first, "arrived")["outcome"] == "applied"


def test_g4_each_process_counts_for_itself_meanwhile(blind, hire, signed_in):
    courier = hire(Role.COURIER)
    blind.limits.charge(READS, str(courier.id), NOW, uses=READS.most)
    blind.limits.exchange()

    assert signed_in(courier).get("/v1/me").status_code == 429


def test_g4_sign_ins_and_links_fail_closed(blind, client, hire, link):
    hire(Role.COURIER, phone=PHONE)

    refused = [sign_in(client), client.get(link()), client.get("/v1/links/guess")]

    assert [answer.status_code for answer in refused] == [503] * 3
    assert {answer.json["code"] for answer in refused} == {"unavailable"}
    assert {answer.headers["Retry-After"] for answer in refused} == {"5"}


def test_g4_phones_that_are_signed_in_stay_so(app, blind, client, hire):
    hire(Role.COURIER, phone=PHONE)
    blind.limits.is_blind = False
    tokens = sign_in(client).json
    blind.limits.exchange()

    assert blind.limits.is_blind
    assert refresh(client, tokens).status_code == 200


def test_g4_a_link_that_was_open_before_stays_open(app, client, clock, link):
    app.limits = RateLimiter(Sharing(RedisCounters(UNREACHABLE), clock, str, every_seconds=None))
    opened, unopened = link(), link()
    assert client.get(opened).status_code == 200

    app.limits.exchange()

    assert client.get(opened).status_code == 200
    assert client.get(unopened).status_code == 503


def test_g4_it_is_an_alarm_once_and_stands_in_the_health_check(blind, client, job_context, alarms):
    say_alive(job_context)
    blind.limits.is_blind = False

    blind.limits.exchange()
    blind.limits.exchange()

    assert alarms() == ["rate_limits.counters_lost"]
    assert client.get("/health/work").json["rate_limits_blind"] is True
    assert "doorstep_rate_limits_blind 1.0" in client.get("/metrics").text


def test_g4_when_it_is_back_all_is_shared_again_and_nobody_pays_for_the_outage(app, client, clock, hire):
    hire(Role.COURIER, phone=PHONE)
    with redis_server() as server:
        app.limits = RateLimiter(Sharing(RedisCounters(server.url), clock, str, every_seconds=None))
        app.limits.exchange()
        server.stop()
        app.limits.charge(SIGN_INS, "somebody", NOW, uses=SIGN_INS.most)
        app.limits.exchange()
        assert sign_in(client).status_code == 503

        server.start()
        app.limits.exchange()

        assert sign_in(client).status_code == 200
        other = RedisCounters(server.url).add({"sign_ins:somebody": SIGN_INS.price(1)}, NOW)
        assert SIGN_INS.left(other["sign_ins:somebody"], NOW) == SIGN_INS.most - 1
