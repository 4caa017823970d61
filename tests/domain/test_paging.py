"""Cursors: they name the last row that was seen, and nothing else passes for one."""

import json
from base64 import urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.errors import Invalid
from api.domain.paging import MAX_LIMIT, PageRequest, decode_cursor, encode_cursor

STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def cursor(value):
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


@given(st.lists(STORABLE))
def test_a_cursor_says_what_was_put_into_it(keys):
    assert decode_cursor(encode_cursor(keys)) == tuple(keys)


@given(STORABLE)
def test_a_cursor_needs_no_escaping_in_a_query_string(key):
    made = encode_cursor([key])

    assert quote(made, safe="") == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "%%%",
        "bm90IGpzb24",
        cursor({}),
        cursor("text"),
        cursor(None),
        cursor([1]),
        cursor([["nested"]]),
        cursor(["NUL \0"]),
        cursor(["half \ud800"]),
        urlsafe_b64encode(b"[" * 50_000).decode(),
        urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_what_was_never_a_cursor_is_refused_by_name(text):
    with pytest.raises(Invalid) as refusal:
        decode_cursor(text)

    assert list(refusal.value.details["errors"]) == ["cursor"]


def test_a_first_page_begins_at_the_start():
    assert PageRequest.parse(None, 20) == PageRequest(limit=20, after=None)


def test_g3_a_page_has_a_hard_limit():
    assert PageRequest.parse(None, 10**9).limit == MAX_LIMIT
