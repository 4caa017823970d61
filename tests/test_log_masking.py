"""The last wall of the log: what looks like a secret or a person does not get through, and ids do."""

import logging

import pytest

from api import security
from api.log_masking import MASK, MaskingFilter, mask
from tests.fakes import settings_for

LINKS = settings_for("sqlite:///").vault().links
TOKEN = "uq3vJ8yQm0aGkX4Zs1Tn5w"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"key {security.API_KEY_PREFIX}{TOKEN} is unknown", f"key {MASK} is unknown"),
        ("Authorization: Bearer abc.def-ghi", f"Authorization: {MASK}"),
        (f"GET /l/{TOKEN}/readiness", f"GET {MASK}/readiness"),
        (f"https://doorstep.example/v1/links/{TOKEN}", f"https://doorstep.example/v1{MASK}"),
        (f"/v1/calendars/{TOKEN}.ics", f"/v1{MASK}.ics"),
        ("postgresql://doorstep:hunter2@host/db", f"postgresql://{MASK}@host/db"),
        ("Key (phone)=(+8613800138000) already exists", f"Key (phone)=({MASK}) already exists"),
        ("call 13800138000 or 8613800138000", f"call {MASK} or {MASK}"),
        ("send to li.fang@example.com failed", f"send to {MASK} failed"),
    ],
)
def test_f7_what_looks_like_a_secret_or_a_person_is_masked(text: str, left: str) -> None:
    assert mask(None, "error", {"event": text}) == {"event": left}


@pytest.mark.parametrize("prefix", [security.ACCESS_PREFIX, security.REFRESH_PREFIX, security.API_KEY_PREFIX])
def test_f7_every_token_of_ours_is_masked(prefix: str) -> None:
    tokens = [security.new_token(prefix) for _ in range(100)]

    assert mask(None, "error", {"event": tokens}) == {"event": [MASK] * 100}


@pytest.mark.parametrize(
    "text",
    [
        "01a20000-0000-7000-8000-138001380001",
        "13800138-0000-7000-8000-000000000000",
        "3f13800138000c0ffee0000000000000",
        "2026-11-22T13:45:10.138001Z",
        "/v1/links/<token>/readiness",
        "security.sign_in_locked",
        "the task waited 1380013800 ms",
        "https://doorstep.example/v1/pickups",
    ],
)
def test_what_only_tells_what_happened_stays(text: str) -> None:
    assert mask(None, "info", {"event": text}) == {"event": text}


def test_f7_parts_of_parts_are_masked_and_numbers_are_left_alone() -> None:
    line = {"event": "x", "errors": {"phone": ["+8613800138000 is taken"]}, "ms": 13800138000.0, "ok": None}

    assert mask(None, "error", line) == {**line, "errors": {"phone": [f"{MASK} is taken"]}}


def test_f7_d7_the_servers_own_lines_tell_no_token() -> None:
    record = logging.LogRecord(
        "gunicorn.error", logging.ERROR, "", 1, "Error handling request %s", (f"/l/{TOKEN}",), None
    )

    assert MaskingFilter().filter(record)
    assert record.getMessage() == f"Error handling request {MASK}"
