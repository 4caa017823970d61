"""When a contact can have happened, and what it moves."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.contact_log import LOGGED_WITHIN, ContactTimeImpossible, Dues, dues, happened_at
from tests.fakes import NOW

FORTNIGHT = timedelta(days=14)
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))


def test_unless_said_otherwise_it_was_just_now() -> None:
    assert happened_at(None, now=NOW) == NOW


def test_a_phone_whose_clock_is_a_little_ahead_is_believed_as_far_as_now() -> None:
    assert happened_at(NOW + timedelta(seconds=50), now=NOW) == NOW


@pytest.mark.parametrize("off", [timedelta(minutes=2), -LOGGED_WITHIN - timedelta(seconds=1)])
def test_the_future_and_what_is_long_past_are_refused(off: timedelta) -> None:
    with pytest.raises(ContactTimeImpossible):
        happened_at(NOW + off, now=NOW)


@given(visited=days, contacted=days)
def test_a_contact_moves_the_contact_only_and_a_visit_both(visited: date, contacted: date) -> None:
    found = dues(visited, contacted, FORTNIGHT)

    assert found == Dues(visited + FORTNIGHT, max(visited, contacted) + FORTNIGHT)


@given(contacted=days)
def test_who_was_called_and_never_visited_is_still_to_be_visited(contacted: date) -> None:
    assert dues(None, contacted, FORTNIGHT) == Dues(None, contacted + FORTNIGHT)


def test_who_was_never_heard_of_is_due_at_once() -> None:
    assert dues(None, None, FORTNIGHT) == Dues(None, None)
