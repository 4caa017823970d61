"""When a courier may see a contact's phone number."""

from datetime import timedelta

import pytest

from api.domain.contact_reveal import ContactNotRevealed, Errand, check_may_reveal
from api.domain.vocabulary import PickupState
from tests.fakes import NOW

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("state", [PickupState.EN_ROUTE, PickupState.AT_DOOR])
def test_the_number_is_shown_on_the_way_and_at_the_door(state):
    check_may_reveal(Errand(state, NOW - 5 * HOUR, NOW), now=NOW)


@pytest.mark.parametrize("state", [PickupState.COLLECTED, PickupState.LEFT])
def test_the_number_is_shown_for_an_hour_after_the_end(state):
    errand = Errand(state, NOW, NOW + 5 * HOUR)

    check_may_reveal(errand, now=NOW + HOUR - SECOND)
    with pytest.raises(ContactNotRevealed):
        check_may_reveal(errand, now=NOW + HOUR)


@pytest.mark.parametrize("state", [PickupState.CANCELLED, PickupState.MISSED])
def test_what_ends_at_a_desk_ends_when_it_is_written_down(state):
    errand = Errand(state, NOW - 5 * HOUR, NOW)

    check_may_reveal(errand, now=NOW + HOUR - SECOND)
    with pytest.raises(ContactNotRevealed):
        check_may_reveal(errand, now=NOW + HOUR)


@pytest.mark.parametrize("state", PickupState)
def test_the_number_is_never_shown_before_departure(state):
    with pytest.raises(ContactNotRevealed):
        check_may_reveal(Errand(state, None, NOW), now=NOW)


@pytest.mark.parametrize("state", [PickupState.BOOKED, PickupState.ASSIGNED])
def test_the_number_is_not_shown_after_the_pickup_moved_to_another_day(state):
    with pytest.raises(ContactNotRevealed):
        check_may_reveal(Errand(state, NOW - HOUR, NOW), now=NOW)
