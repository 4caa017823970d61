"""What a browser, a proxy and a stranger are told by every answer, whatever was asked and however it ended.

Requirements of OWASP's ASVS 5.0 stand beside the rules.
"""

import re

import pytest
from werkzeug.test import TestResponse

from api.domain.vocabulary import Role
from api.pages.keys import COOKIE
from tests.databases import only_sqlite
from tests.factories import make_link

pytestmark = only_sqlite


@pytest.fixture
def token(database) -> str:
    with database.unit_of_work() as session:
        link = make_link(session)
        return str(session.info["vault"].links.token(link.id, link.key_id))


@pytest.fixture
def answers(client, signed_in, hire, token) -> dict[str, TestResponse]:
    """One answer of every kind that people meet."""
    anybody = {"Origin": "https://evil.example", "Content-Type": "application/json"}
    return {
        "read": signed_in(hire(Role.COURIER)).get("/v1/me", headers=anybody),
        "refused": client.get("/v1/me", headers=anybody),
        "unknown": client.get("/v1/nothing", headers=anybody),
        "wrong verb": client.put("/v1/auth/login", headers=anybody),
        "too large": client.post("/v1/auth/login", data=b" " * 1_100_000, headers=anybody),
        "no JSON": client.post("/v1/auth/login", data=b"{", headers=anybody),
        "exchange": client.get(f"/l/{token}", headers=anybody),
        "page": client.get(f"/l/{token}?here=1", headers=anybody),
        "no page": client.get("/l/nothing", headers=anybody),
        "docs": client.get("/docs/", headers=anybody),
    }


class TestEveryAnswer:
    @pytest.mark.parametrize(
        ("header", "value"),
        [
            pytest.param("Strict-Transport-Security", "max-age=31536000", id="3.4.1, over TLS only"),
            pytest.param("X-Content-Type-Options", "nosniff", id="3.4.4, its type is what it says"),
            pytest.param("Referrer-Policy", "no-referrer", id="3.4.5, its address is passed on to nobody"),
            pytest.param("Cross-Origin-Opener-Policy", "same-origin", id="3.4.8, nobody's opener holds it"),
            pytest.param("Cross-Origin-Resource-Policy", "same-origin", id="3.5.8, no other site borrows it"),
            pytest.param("Cache-Control", "no-store", id="14.3.2, no cache keeps it"),
        ],
    )
    def test_it_says_so(self, answers, header, value):
        assert {answer.headers.get(header) for answer in answers.values()} == {value}

    def test_asvs_3_4_2_no_other_origin_reads_it(self, answers):
        assert not [name for name in names_of(answers) if name.startswith("access-control-")]

    def test_asvs_3_4_3_3_4_6_it_loads_nothing_from_elsewhere_and_stands_in_nobodys_frame(self, answers):
        for answer in answers.values():
            policy = answer.headers["Content-Security-Policy"]

            assert policy.startswith(("default-src 'none';", "default-src 'self';"))
            assert "frame-ancestors 'none'" in policy
            assert not re.search("http|unsafe-eval|[*]", policy)

    def test_asvs_13_4_6_it_does_not_tell_what_we_are_made_of(self, answers):
        assert not {"server", "x-powered-by", "via"} & names_of(answers)


def names_of(answers: dict[str, TestResponse]) -> set[str]:
    return {name.lower() for answer in answers.values() for name, _ in answer.headers}


class TestCookies:
    def test_asvs_3_3_the_only_cookie_is_bound_to_tls_its_page_and_no_script(self, client, token):
        first, *others = client.get(f"/l/{token}").headers.getlist("Set-Cookie")

        name, *attributes = first.split("; ")
        assert not others
        assert name.startswith(f"__Secure-{COOKIE}=")
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {*attributes}
        assert [one for one in attributes if one.startswith("Path=/p/")]
        assert not [one for one in attributes if one.startswith("Domain")]

    def test_without_tls_on_a_developers_machine_it_has_its_plain_name(self, app, client, token):
        app.config["SECURE_COOKIES"] = False

        assert client.get(f"/l/{token}").headers["Set-Cookie"].startswith(f"{COOKIE}=")

    def test_the_api_sets_none(self, client):
        answer = client.post("/v1/auth/login", json={"phone": "+8613800138000", "password": "x"})

        assert "Set-Cookie" not in answer.headers


class TestProxies:
    """ASVS 4.1.3, 15.3.4: who the caller is says the connection, or as many proxies as are configured."""

    @pytest.mark.parametrize(
        "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP"]
    )
    def test_a11_a_caller_cannot_say_that_he_is_this_machine(self, client, header):
        claim = "for=127.0.0.1" if header == "Forwarded" else "127.0.0.1"

        answer = client.get(
            "/metrics", headers={header: claim}, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}
        )

        assert answer.status_code == 401

    def test_a11_the_host_that_a_caller_names_leads_nowhere(self, client, token):
        spoofed = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}

        answer = client.get(f"/l/{token}", headers=spoofed)

        assert answer.headers["Location"].startswith("/p/")
