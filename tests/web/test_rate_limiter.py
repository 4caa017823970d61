"""How budgets are counted in memory, and shared between processes: by PostgreSQL, or by a Redis."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from api.app import create_app
from api.db import Database
from api.domain.errors import TooMany
from api.domain.rate_limits import READS, Budget
from api.domain.vocabulary import Role
from api.integrations.redis_counters import RedisCounters
from api.models import RateCounter
from api.queries import rate_counters
from api.web.database_counters import DatabaseCounters
from api.web.rate_limiter import KEYS_REMEMBERED, RateLimiter, Sharing
from jobs.drop_expired import drop_expired
from tests.databases import only_postgres, only_sqlite
from tests.fakes import NOW, settings_for
from tests.redis_servers import redis_server
from tests.rounds import rows

TEN = Budget("ten", 10, timedelta(minutes=1))
PATIENCE_SECONDS = 30.0


@pytest.fixture(params=["postgres", "redis"])
def counters(request):
    """Where counts are shared, as each of the two stores keeps them."""
    if request.param == "postgres":
        yield request.getfixturevalue("database_counters")
        return
    with redis_server() as server:
        yield RedisCounters(server.url)


@pytest.fixture
def database_counters(postgres_engine):
    database = Database(postgres_engine, settings_for("").vault())
    with database.unit_of_work() as session:
        rate_counters.drop_whole(session, now=NOW + timedelta(days=365))
    return DatabaseCounters(database)


@pytest.fixture
def process(counters, clock):
    """Makes the limits of one process; it shares its counts when it is told to."""
    return lambda: RateLimiter(Sharing(counters, clock, str.upper, every_seconds=None))


def left(limiter, now=NOW):
    return TEN.left(limiter.whole_at(TEN, "somebody", now), now)


class TestInOneProcess:
    def test_what_is_used_up_is_refused_and_others_are_not_concerned(self):
        limiter = RateLimiter()
        limiter.draw(TEN, "somebody", NOW, uses=10)

        with pytest.raises(TooMany):
            limiter.draw(TEN, "somebody", NOW)
        limiter.draw(TEN, "somebody else", NOW)

    def test_what_is_refused_costs_nothing(self):
        limiter = RateLimiter()
        limiter.draw(TEN, "somebody", NOW, uses=10)

        for _ in range(100):
            with pytest.raises(TooMany):
                limiter.draw(TEN, "somebody", NOW)

        limiter.draw(TEN, "somebody", NOW + timedelta(seconds=6))

    def test_d3_many_callers_do_not_fill_the_memory(self):
        limiter = RateLimiter()
        limiter.charge(TEN, "the first", NOW, uses=10)

        for number in range(KEYS_REMEMBERED):
            limiter.charge(TEN, str(number), NOW)

        assert len(limiter._tabs[TEN]) == KEYS_REMEMBERED
        limiter.check(TEN, "the first", NOW)


class TestBetweenProcesses:
    def test_two_processes_share_one_budget(self, process):
        one, other = process(), process()
        one.charge(TEN, "somebody", NOW, uses=6)
        other.charge(TEN, "somebody", NOW, uses=3)

        for limiter in (one, other, one):
            limiter.exchange()
            limiter.charge(READS, "unconcerned", NOW)
        other.charge(TEN, "somebody", NOW)
        other.exchange()

        assert left(other) == 0
        assert left(one) == 4  # It has not asked since.

    def test_what_is_used_during_an_exchange_is_told_by_the_next(self, process):
        one, other = process(), process()
        one.charge(TEN, "somebody", NOW, uses=4)
        one.exchange()
        one.charge(TEN, "somebody", NOW, uses=4)
        one.exchange()

        other.charge(TEN, "somebody", NOW)
        other.exchange()

        assert left(one) == 2
        assert left(other) == 1

    def test_what_was_used_comes_back_for_all(self, process, clock):
        one, other = process(), process()
        one.charge(TEN, "somebody", NOW, uses=10)
        one.exchange()

        later = clock.tick(seconds=30)
        other.charge(TEN, "somebody", later)
        other.exchange()

        assert left(other, later) == 4

    def test_f5_who_was_counted_leaves_the_process_as_a_keyed_hash_only(self, database_counters, clock):
        limiter = RateLimiter(Sharing(database_counters, clock, lambda who: f"hash of {len(who)}"))
        limiter.charge(TEN, "203.0.113.7", NOW)

        assert list(limiter._take_news(limiter._sharing.index)[1]) == ["ten:hash of 11"]

    @only_postgres
    def test_counters_of_budgets_that_are_whole_again_are_deleted(self, database, clock, job_context):
        DatabaseCounters(database).add({"used": TEN.price(1), "up": TEN.price(10)}, NOW)
        clock.tick(seconds=6)

        drop_expired(job_context)

        assert [row["key"] for row in rows(database, RateCounter)] == ["up"]

    @only_postgres
    def test_two_servers_on_one_database_share_by_themselves(self, settings, clock, hire, signed_in):
        they_share(settings, clock, hire(Role.MANAGER), signed_in)

    @only_sqlite
    def test_two_servers_with_one_redis_share_by_themselves(self, settings, clock, hire, signed_in):
        with redis_server() as server:
            they_share(replace(settings, redis_url=server.url), clock, hire(Role.MANAGER), signed_in)


def they_share(settings, clock, member, signed_in):
    """Use a member's budget up on one server: the other, which is asked meanwhile, hears of it."""
    headers = {"Authorization": signed_in(member).environ_base["HTTP_AUTHORIZATION"]}
    one, other = (create_app(settings, clock=clock) for _ in range(2))
    one.limits.charge(READS, str(member.id), NOW, uses=READS.most)

    deadline = time.monotonic() + PATIENCE_SECONDS
    while other.test_client().get("/v1/me", headers=headers).status_code == 200:
        assert time.monotonic() < deadline, "the other server never heard of it"
        time.sleep(0.1)

    assert one.test_client().get("/v1/me", headers=headers).status_code == 429
    one.database.close()
    other.database.close()
