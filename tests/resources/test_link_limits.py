"""How the use of links is counted: by network and by link, for a while, and in bounded memory."""

from datetime import timedelta

import pytest

from api import security
from api.domain.errors import TooMany
from api.domain.vocabulary import LinkPurpose
from api.web.link_limits import KEYS_REMEMBERED, Limit, LinkLimits, network_of
from tests.factories import make_link
from tests.fakes import NOW


def used_up():
    limit = Limit(60, timedelta(minutes=1))
    for _ in range(60):
        limit.count("somebody", NOW)
    return limit


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.200", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_d3_a_network_is_a_24_or_a_64(one, other, same):
    assert (network_of(one) == network_of(other)) is same


def test_d3_what_is_used_up_says_when_to_come_again():
    with pytest.raises(TooMany) as refusal:
        used_up().check("somebody", NOW + timedelta(seconds=20))

    assert refusal.value.details == {"retry_after_seconds": 41}


def test_d3_others_are_not_concerned():
    used_up().check("somebody else", NOW)


def test_d3_after_its_window_the_count_begins_anew():
    limit = used_up()
    later = NOW + timedelta(minutes=1)

    limit.count("somebody", later)

    limit.check("somebody", later)


def test_d3_many_callers_do_not_fill_the_memory():
    limit = Limit(60, timedelta(minutes=1))

    for number in range(KEYS_REMEMBERED + 10):
        limit.count(str(number), NOW)

    assert len(limit._counts) == KEYS_REMEMBERED


class TestLinks:
    @pytest.fixture
    def link(self, database):
        """Makes a link and returns its token."""

        def make(purpose=LinkPurpose.PICKUP):
            with database.unit_of_work() as session:
                made = make_link(session, purpose=purpose)
                return security.vault_of(session).links.token(made.id, made.key_id)

        return make

    def test_d8_a_link_is_written_through_thirty_times_an_hour(self, client, clock, link):
        rating = f"/v1/links/{link(LinkPurpose.FEEDBACK)}/feedback"
        statuses = [client.post(rating, json={"score": 4}).status_code for _ in range(31)]
        refused = client.post(rating, json={"score": 4})
        clock.tick(hours=1)

        assert statuses == [200] * 30 + [429]
        assert (refused.json["code"], refused.headers["Retry-After"]) == ("too_many_attempts", "3601")
        assert client.post(rating, json={"score": 4}).status_code == 200

    def test_d8_a_link_that_is_used_up_can_still_be_read_and_others_used(self, client, link):
        token, other = link(LinkPurpose.FEEDBACK), link(LinkPurpose.FEEDBACK)
        for _ in range(31):
            client.post(f"/v1/links/{token}/feedback", json={"score": 4})

        assert client.get(f"/v1/links/{token}").status_code == 200
        assert client.post(f"/v1/links/{other}/feedback", json={"score": 4}).status_code == 200

    def test_d3_a_link_is_read_a_hundred_and_twenty_times_a_minute(self, client, link):
        token = link()

        statuses = [client.get(f"/v1/links/{token}").status_code for _ in range(121)]

        assert statuses == [200] * 120 + [429]

    def test_d3_a_network_asks_for_six_hundred_links_a_minute(self, client, app):
        limit = app.extensions["link_limits"] = LinkLimits()
        for _ in range(600):
            limit.requests.count("127.0.0.0/24", NOW)

        answer = client.get("/v1/links/any")

        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "61")

    @pytest.mark.parametrize("where", ["/l/{}", "/v1/links/{}"])
    def test_d3_pages_and_twins_are_limited_alike(self, client, link, where):
        path = where.format(link())

        statuses = [client.get(path).status_code for _ in range(121)]

        assert statuses[-1] == 429
        assert 429 not in statuses[:-1]
