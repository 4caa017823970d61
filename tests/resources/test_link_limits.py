"""How the use of links is counted: by network and by link, for a while, and by nothing else.

It is counted in the process, so what takes a hundred requests asks them on one kind of database.
"""

import pytest

from api import security
from api.domain.rate_limits import LINK_REQUESTS
from api.domain.vocabulary import LinkPurpose
from tests.databases import only_sqlite
from tests.factories import make_link
from tests.fakes import NOW

ELSEWHERE = {"REMOTE_ADDR": "198.51.100.4"}


class TestLinks:
    @pytest.fixture
    def link(self, database):
        """Makes a link and returns its token."""

        def make(purpose=LinkPurpose.PICKUP):
            with database.unit_of_work() as session:
                made = make_link(session, purpose=purpose)
                return security.vault_of(session).links.token(made.id, made.key_id)

        return make

    @only_sqlite
    def test_d8_a_link_is_written_through_thirty_times_and_then_every_two_minutes(self, client, clock, link):
        rating = f"/v1/links/{link(LinkPurpose.FEEDBACK)}/feedback"
        statuses = [client.post(rating, json={"score": 4}).status_code for _ in range(31)]
        refused = client.post(rating, json={"score": 4})
        clock.tick(minutes=2)

        assert statuses == [200] * 30 + [429]
        assert (refused.json["code"], refused.headers["Retry-After"]) == ("too_many_attempts", "120")
        assert client.post(rating, json={"score": 4}).status_code == 200
        assert client.post(rating, json={"score": 4}).status_code == 429

    @only_sqlite
    def test_d8_a_link_that_is_used_up_can_still_be_read_and_others_used(self, client, link):
        token, other = link(LinkPurpose.FEEDBACK), link(LinkPurpose.FEEDBACK)
        for _ in range(31):
            client.post(f"/v1/links/{token}/feedback", json={"score": 4})

        assert client.get(f"/v1/links/{token}").status_code == 200
        assert client.post(f"/v1/links/{other}/feedback", json={"score": 4}).status_code == 200

    @only_sqlite
    def test_d3_a_link_is_read_a_hundred_and_twenty_times_a_minute(self, client, link):
        token = link()

        statuses = [client.get(f"/v1/links/{token}").status_code for _ in range(121)]

        assert statuses == [200] * 120 + [429]

    def test_d3_a_network_asks_for_six_hundred_links_a_minute(self, client, app):
        app.limits.charge(LINK_REQUESTS, "127.0.0.0/24", NOW, uses=600)

        assert client.get("/v1/links/any").status_code == 429
        assert client.get("/v1/links/any", environ_overrides=ELSEWHERE).status_code == 404

    def test_a11_a_spoofed_forwarded_for_does_not_dodge_the_limit(self, client, app):
        app.limits.charge(LINK_REQUESTS, "127.0.0.0/24", NOW, uses=600)

        answer = client.get("/v1/links/any", headers={"X-Forwarded-For": "198.51.100.4"})

        assert answer.status_code == 429

    @only_sqlite
    @pytest.mark.parametrize("where", ["/l/{}", "/v1/links/{}"])
    def test_d3_pages_and_twins_are_limited_alike(self, client, link, where):
        path = where.format(link())

        statuses = [client.get(path).status_code for _ in range(121)]

        assert statuses[-1] == 429
        assert 429 not in statuses[:-1]
