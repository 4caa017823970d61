"""One's own shift over HTTP."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import Role
from tests.fakes import NOW

SHIFT = "/v1/me/shift"


@pytest.fixture
def phone(signed_in, courier):
    return signed_in(courier)


def switch(phone, on):
    return phone.post(SHIFT, json={"on": on})


def test_nobody_is_on_shift_until_he_says_so(phone):
    assert phone.get(SHIFT).json["on"] is False
    assert phone.get(SHIFT).json["started_at"] is None


def test_a_shift_begins_and_ends(phone, clock):
    begun = switch(phone, True)
    clock.tick(hours=8)
    shown = phone.get(SHIFT)
    ended = switch(phone, False)

    assert begun.json == {
        "on": True,
        "started_at": NOW.isoformat(),
        "server_now": NOW.isoformat(),
    }
    assert shown.json["on"] is True
    assert ended.json["on"] is False
    assert phone.get(SHIFT).json["on"] is False


def test_beginning_or_ending_twice_changes_nothing(phone, clock):
    switch(phone, True)
    clock.tick(hours=1)

    assert switch(phone, True).json["started_at"] == NOW.isoformat()

    switch(phone, False)

    assert switch(phone, False).json["on"] is False


def test_a_shift_that_nobody_ends_is_over_after_sixteen_hours(phone, clock):
    switch(phone, True)
    clock.tick(hours=16)

    assert phone.get(SHIFT).json["on"] is False
    assert switch(phone, True).json["started_at"] == (NOW + timedelta(hours=16)).isoformat()


@pytest.mark.parametrize("on", [1, "yes", None])
def test_on_is_true_or_false(phone, on):
    assert switch(phone, on).status_code == 422


def test_a_machine_has_no_shift(signed_in, hire):
    assert switch(signed_in(hire(Role.INTEGRATION)), True).status_code == 403
