"""Bodies and query strings: what two programs could read differently is refused, and never a 500."""

import gzip
import json
import zlib

import pytest

from api.domain.vocabulary import Role
from tests.databases import only_sqlite
from tests.signing_in import PHONE

pytestmark = only_sqlite

SIGN_IN = {"phone": PHONE, "password": "some password", "installation_id": "installation-1"}
JSON = {"Content-Type": "application/json"}
MEGABYTE = 1_048_576


def post(client, body, **headers):
    return client.post("/v1/auth/login", data=body, headers={**JSON, **headers})


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"phone": }',
        b"\xff\xfe{}",
        b'\xef\xbb\xbf{"phone": "1"}',
        b'{"phone": "1", "phone": "2"}',
        b'{"phone": NaN}',
        b'{"phone": Infinity}',
        b'{"phone": -Infinity}',
        b'{"phone": 1e400}',
        b'{"phone": "a\\u0000b"}',
        b'{"phone": "a\x00b"}',
        b'{"\\u0000": 1}',
        b'{"phone": "\\ud800"}',
        b'{"phone": "\\udc00\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"phone": ' + b"9" * 5000 + b"}",
        b'{"phone": "' + b"\xed\xa0\x80" + b'"}',
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"phone": "1"} {"phone": "2"}',
        b"// a comment\n{}",
        b"{'phone': 1}",
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_b12_json_that_could_be_read_in_two_ways_is_malformed(client, body):
    answer = post(client, body)

    assert answer.status_code == 400
    assert answer.json["code"] == "malformed_request"
    assert answer.content_type == "application/problem+json"


def test_b12_the_answer_says_what_is_wrong_with_the_json(client):
    answer = post(client, b'{"phone": "1", "phone": "2"}')

    assert answer.json["detail"].endswith("the same key twice in one object.")


@pytest.mark.parametrize("body", [b"[]", b"null", b"true", b"1", b'"text"', b"[{}]"])
def test_a_body_that_is_no_object_is_refused(client, body):
    answer = post(client, body)

    assert answer.status_code == 422
    assert answer.json["code"] == "invalid_fields"


@pytest.mark.parametrize("body", [b"{}", b""])
def test_every_missing_field_is_named(client, body):
    answer = post(client, body)

    assert answer.status_code == 422
    assert answer.json["errors"].keys() == SIGN_IN.keys()


def test_characters_beyond_the_first_plane_are_fine(signed_in, hire):
    answer = signed_in(hire(Role.COURIER)).patch(
        "/v1/me", data=b'{"name": "\\ud83d\\ude00 \xf0\x9f\x98\x80"}', headers={**JSON, "If-Match": '"1"'}
    )

    assert answer.json["name"] == "😀 😀"


def test_b6_an_unknown_field_is_refused_by_name(client):
    answer = client.post("/v1/auth/login", json={**SIGN_IN, "role": "admin", "__proto__": {}})

    assert answer.status_code == 422
    assert answer.json["errors"].keys() == {"role", "__proto__"}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"],
)
def test_only_json_is_read(client, content_type):
    answer = client.post(
        "/v1/auth/login", data=json.dumps(SIGN_IN).encode(), headers={"Content-Type": content_type}
    )

    assert answer.status_code == 415
    assert answer.json["code"] == "unsupported_media_type"


class TestSize:
    def test_a_body_of_a_megabyte_is_read(self, client):
        assert post(client, b" " * (MEGABYTE - 2) + b"{}").status_code == 422

    def test_a_larger_one_is_too_large(self, client):
        answer = post(client, b" " * (MEGABYTE - 1) + b"{}")

        assert answer.status_code == 413
        assert answer.json["code"] == "too_large"

    def test_one_that_does_not_say_how_long_it_is_is_bounded_too(self, client):
        answer = client.post(
            "/v1/auth/login",
            headers={**JSON, "Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input": Endless(), "wsgi.input_terminated": True},
        )

        assert answer.status_code == 413


class Endless:
    """A body that goes on for ever."""

    def read(self, size=-1):
        return b" " * (65_536 if size < 0 else size)

    def readinto(self, buffer):
        buffer[:] = b" " * len(buffer)
        return len(buffer)


class TestCompressed:
    def test_a_gzip_body_is_read(self, client):
        answer = post(client, gzip.compress(json.dumps(SIGN_IN).encode()), **{"Content-Encoding": "gzip"})

        assert answer.json["code"] == "wrong_phone_or_password"

    def test_c10_a_gzip_bomb_is_too_large(self, client):
        bomb = gzip.compress(b" " * 100 * MEGABYTE)

        assert len(bomb) < MEGABYTE
        assert post(client, bomb, **{"Content-Encoding": "gzip"}).status_code == 413

    def test_a_gzip_body_may_inflate_to_a_megabyte(self, client):
        just_fits = gzip.compress(b" " * (MEGABYTE - 2) + b"{}")

        assert post(client, just_fits, **{"Content-Encoding": "gzip"}).status_code == 422

    @pytest.mark.parametrize(
        "body",
        [b"{}", gzip.compress(b"{}")[:-4], gzip.compress(b"{}") + b"more", zlib.compress(b"{}")],
        ids=["plain", "cut off", "goes on", "zlib"],
    )
    def test_what_only_says_it_is_gzip_is_malformed(self, client, body):
        assert post(client, body, **{"Content-Encoding": "gzip"}).status_code == 400

    @pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "compress"])
    def test_other_encodings_are_not_understood(self, client, encoding):
        assert post(client, b"{}", **{"Content-Encoding": encoding}).status_code == 415


class TestQuery:
    @pytest.fixture
    def manager(self, signed_in, hire):
        return signed_in(hire(Role.MANAGER))

    @pytest.mark.parametrize("path", ["/v1/me?x=1", "/v1/staff?rol=courier", "/health/live?verbose=1"])
    def test_an_unknown_parameter_is_refused_by_name(self, manager, path):
        answer = manager.get(path)

        assert answer.status_code == 422
        assert list(answer.json["errors"]) == [path.partition("?")[2].partition("=")[0]]

    def test_a_parameter_that_is_given_twice_is_refused(self, manager):
        answer = manager.get("/v1/staff?role=courier&role=admin")

        assert answer.status_code == 422
        assert answer.json["errors"] == {"role": ["Given more than once."]}

    @pytest.mark.parametrize(
        "query", ["cursor=%00", "%00=1", "role=%ff", "cursor=%ed%a0%80", "cursor=WyJcdWQ4MDAiXQ"]
    )
    def test_b12_characters_that_no_database_stores_are_refused(self, manager, query):
        assert manager.get(f"/v1/staff?{query}").status_code in {400, 422}

    def test_a_write_takes_no_parameters(self, manager):
        assert manager.post("/v1/staff?role=admin", json={}).status_code == 422


def test_an_id_that_is_none_is_not_found(signed_in, hire):
    answer = signed_in(hire(Role.MANAGER)).get("/v1/staff/1%00")

    assert answer.status_code == 404
    assert answer.json["code"] == "not_found"
