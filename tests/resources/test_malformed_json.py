"""Bodies that two programs would read differently, or that a database cannot keep, are refused as a whole."""

import gzip

import pytest

from api.domain.vocabulary import Role

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def manager(signed_in, hire):
    return signed_in(hire(Role.MANAGER))


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b'{"code": "C1", "code": "C2", "name": "Acme"}', {400, 422}),
        (b'{"code": "C1", "name": "Acme", "grade": NaN}', {400, 422}),
        (b'{"code": "C1", "name": 1e400}', {400, 422}),
        (b'{"code": "C1", "name": -Infinity}', {400, 422}),
        (b"[" * 100_000, {400, 422}),
        (b'{"name":' * 5_000 + b"1" + b"}" * 5_000, {400, 422}),
        (rb'{"code": "C1", "name": "\ud800"}', {400, 422}),
        (rb'{"code": "C1", "name": "A\u0000B"}', {400, 422}),
        (rb'{"code": "C1", "name": "Acme", "\u0000": 1}', {400, 422}),
        (b'{"code": "C1", "name": "A\x00B"}', {400, 422}),
        (b'{"code": "C1", "name": "\xff"}', {400, 422}),
        ('{"code": "C1", "name": "Acme"}'.encode("utf-16"), {400, 422}),
        (b'\xef\xbb\xbf{"code": "C1", "name": "Acme"}', {400, 422}),
        (b'{"code": "C1", "name": "Acme"', {400, 422}),
        (b"", {400, 422}),
        (b"null", {400, 422}),
        (b'"text"', {400, 422}),
        (b"[]", {400, 422}),
        (b'{"code": "' + b"x" * 1_100_000 + b'"}', {413}),
    ],
    ids=[
        "same key twice",
        "not a number",
        "number beyond all bounds",
        "infinity",
        "deep list",
        "deep object",
        "half a character",
        "escaped NUL",
        "NUL in a key",
        "raw NUL",
        "not UTF-8",
        "UTF-16",
        "byte order mark",
        "cut off",
        "nothing",
        "null",
        "text",
        "list",
        "over 1 MB",
    ],
)
def test_b12_json_that_is_not_plain_is_refused_and_nothing_is_written(manager, body, statuses):
    answer = manager.post("/v1/customers", data=body, headers=JSON)

    assert answer.status_code in statuses
    assert answer.content_type == "application/problem+json"
    assert manager.get("/v1/customers").json["items"] == []


@pytest.mark.parametrize("number", [5.7, "5", True, 10**30, -1])
def test_b12_a_whole_number_is_a_whole_number(manager, number):
    shipment = {
        "waybill": "SF1",
        "customer_code": "C1",
        "picked_up_at": "2026-11-17T20:30:00+08:00",
        "revenue": {"amount_minor": 1},
        "pieces": number,
    }

    answer = manager.post("/v1/shipments", json={"shipments": [shipment]})

    assert answer.status_code == 422


def test_b12_other_media_types_are_refused(manager):
    form = manager.post("/v1/customers", data={"code": "C1", "name": "Acme"})
    text = manager.post("/v1/customers", data=b"{}", headers={"Content-Type": "text/plain"})

    assert (form.status_code, text.status_code) == (415, 415)


def test_b12_a_gzip_bomb_stops_at_the_limit(manager):
    bomb = gzip.compress(b'{"code": "' + b"x" * 50_000_000 + b'"}')

    answer = manager.post("/v1/customers", data=bomb, headers={**JSON, "Content-Encoding": "gzip"})

    assert answer.status_code == 413
