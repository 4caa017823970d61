"""Who is counted against which budget, and that one who overdoes it costs the others nothing."""

import pytest

from api.domain.rate_limits import (
    BAD_TOKENS,
    FIELD_WORK,
    MACHINES,
    READS,
    REFRESHES,
    REPORTS,
    SIGN_INS,
    WRITES,
)
from api.domain.vocabulary import Role
from tests.databases import only_sqlite
from tests.factories import make_branch, make_staff
from tests.fakes import NOW
from tests.rounds import make_round
from tests.signing_in import PHONE, bearer, refresh, sign_in
from tests.statements import counted, short

HERE, NEIGHBOUR = "203.0.113.7", "203.0.113.8"


def use_up(app, budget, who):
    app.limits.charge(budget, str(who), NOW, uses=budget.most)


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER, phone=PHONE)


@pytest.fixture
def round_(database, signed_in, clock):
    return make_round(database, signed_in, clock)


class TestAccounts:
    @only_sqlite
    def test_g1_a_courier_who_sends_too_often_is_told_to_wait_and_nobody_else(self, app, hire, signed_in):
        courier, quiet = hire(Role.COURIER), signed_in(hire(Role.COURIER))
        app.limits.charge(FIELD_WORK, str(courier.id), NOW, uses=FIELD_WORK.most - 10)
        noisy = signed_in(courier)

        flood = [noisy.post("/v1/field-events", json={}) for _ in range(30)]

        assert [answer.status_code for answer in flood] == [422] * 10 + [429] * 20
        assert flood[-1].headers["Retry-After"] == "1"
        assert quiet.post("/v1/field-events", json={}).status_code == 422

    def test_g1_what_is_refused_asks_nothing_of_the_database(self, app, hire, signed_in, database):
        noisy = hire(Role.COURIER)
        client = signed_in(noisy)
        use_up(app, FIELD_WORK, noisy.id)
        assert client.post("/v1/field-events", json={}).status_code == 429

        with counted(database) as statements:
            refused = [client.post("/v1/field-events", json={}) for _ in range(20)]

        assert {answer.status_code for answer in refused} == {429}
        assert not statements, short(statements)

    def test_g1_a_moment_later_the_phone_goes_on_and_nothing_is_lost(self, app, clock, round_):
        use_up(app, FIELD_WORK, round_.courier.id)
        event = round_.phone.event(round_.first, "arrived")
        refused = round_.phone.client.post("/v1/field-events", json=round_.phone.envelope(event))

        clock.tick(seconds=int(refused.headers["Retry-After"]))

        assert refused.status_code == 429
        assert [result["outcome"] for result in round_.phone.send(event)] == ["applied"]

    @only_sqlite
    def test_g1_he_can_still_look_and_write_by_other_budgets(self, app, courier, signed_in):
        use_up(app, FIELD_WORK, courier.id)
        client = signed_in(courier)

        assert client.get("/v1/me").status_code == 200
        assert client.post("/v1/me/shift", json={"on": True}).status_code == 200
        assert client.post("/v1/me/positions", json={"positions": []}).status_code == 429

    @only_sqlite
    @pytest.mark.parametrize(
        ("role", "budget", "method", "path"),
        [
            (Role.MANAGER, READS, "GET", "/v1/staff"),
            (Role.MANAGER, WRITES, "POST", "/v1/staff"),
            (Role.MANAGER, REPORTS, "GET", "/v1/reports/waits"),
            (Role.MANAGER, REPORTS, "POST", "/v1/reports/waits/export"),
            (Role.INTEGRATION, MACHINES, "POST", "/v1/shipments"),
        ],
    )
    def test_each_kind_of_work_has_its_budget(self, app, database, signed_in, role, budget, method, path):
        with database.unit_of_work() as session:
            member = make_staff(session, make_branch(session), role=role)
        use_up(app, budget, member.id)

        answer = signed_in(member).open(path, method=method, json={} if method == "POST" else None)

        assert (answer.status_code, answer.json["code"]) == (429, "too_many_attempts")

    @only_sqlite
    def test_an_account_has_its_own_budget_behind_an_address_that_is_shared(self, app, courier, signed_in):
        for budget in (SIGN_INS, REFRESHES, BAD_TOKENS):
            use_up(app, budget, "127.0.0.1")

        assert signed_in(courier).get("/v1/me").status_code == 200

    @only_sqlite
    def test_a_big_body_counts_several_times(self, app, courier, signed_in):
        signed_in(courier).post("/v1/field-events", json={"padding": "x" * 100_000})

        left = FIELD_WORK.left(app.limits.whole_at(FIELD_WORK, str(courier.id), NOW), NOW)
        assert left == FIELD_WORK.most - 7

    @only_sqlite
    def test_every_answer_says_what_is_left(self, courier, signed_in):
        headers = signed_in(courier).get("/v1/me").headers

        assert headers["RateLimit-Policy"] == '"reads";q=600;w=60'
        assert headers["RateLimit"] == '"reads";r=599;t=1'

    @only_sqlite
    def test_who_is_not_let_in_is_counted_all_the_same(self, app, courier, signed_in):
        assert signed_in(courier).get("/v1/staff").status_code == 403

        assert READS.left(app.limits.whole_at(READS, str(courier.id), NOW), NOW) == READS.most - 1


@only_sqlite
class TestStrangers:
    def test_a8_attempts_from_one_address_are_slowed_down_and_its_neighbours_are_not(
        self, app, client, courier
    ):
        use_up(app, SIGN_INS, HERE)

        assert sign_in(client, environ_overrides={"REMOTE_ADDR": HERE}).status_code == 429
        assert sign_in(client, environ_overrides={"REMOTE_ADDR": NEIGHBOUR}).status_code == 200

    def test_a8_an_address_of_ipv6_counts_as_its_64(self, app, client, courier):
        use_up(app, SIGN_INS, "2001:db8:1:2::/64")

        answer = sign_in(client, environ_overrides={"REMOTE_ADDR": "2001:db8:1:2::7"})

        assert answer.status_code == 429

    def test_a8_no_lock_holds_for_everybody(self, app, client, courier):
        for number in range(256):
            use_up(app, SIGN_INS, f"198.51.100.{number}")

        assert sign_in(client).status_code == 200

    def test_refreshes_have_a_budget_of_their_own(self, app, client, courier):
        tokens = sign_in(client).json
        use_up(app, SIGN_INS, "127.0.0.1")
        assert refresh(client, tokens).status_code == 200

        use_up(app, REFRESHES, "127.0.0.1")

        assert refresh(client, tokens).status_code == 429

    def test_bad_tokens_are_counted_apart_from_good_ones(self, app, client, courier, signed_in):
        use_up(app, BAD_TOKENS, "127.0.0.1")

        assert client.get("/v1/me", headers=bearer("dsa_nonsense")).status_code == 429
        assert client.get("/v1/me").status_code == 401
        assert signed_in(courier).get("/v1/me").status_code == 200

    def test_a11_limits_go_by_the_address_that_the_proxy_vouches_for(self, app, client, courier):
        use_up(app, SIGN_INS, HERE)

        spoofed = sign_in(
            client, environ_overrides={"REMOTE_ADDR": HERE}, headers={"X-Forwarded-For": NEIGHBOUR}
        )

        assert spoofed.status_code == 429
