"""Which windows can be, and what may be done to a pickup in which state."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from api.domain import pickups
from api.domain.pickups import PickupBooking, PickupStateForbids, WindowImpossible, check_window
from api.domain.vocabulary import PickupState

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BOOKING = PickupBooking("R-1", UUID(int=1), UUID(int=2), NOW, NOW + timedelta(hours=2), eta_at=NOW)
ENDED = {PickupState.COLLECTED, PickupState.LEFT, PickupState.MISSED, PickupState.CANCELLED}


@pytest.mark.parametrize(
    ("start", "length"),
    [
        (timedelta(hours=1), timedelta(hours=2)),
        (timedelta(0), timedelta(minutes=1)),
        (timedelta(days=366), timedelta(hours=24)),
        (timedelta(days=-2, hours=-1), timedelta(hours=1)),
    ],
    ids=["ordinary", "shortest", "longest and furthest", "furthest back"],
)
def test_a_window_up_to_its_limits_is_fine(start: timedelta, length: timedelta) -> None:
    check_window(NOW + start, NOW + start + length, now=NOW)


@pytest.mark.parametrize(
    ("start", "length", "field"),
    [
        (timedelta(hours=1), timedelta(0), "window_end"),
        (timedelta(hours=1), timedelta(hours=-1), "window_end"),
        (timedelta(hours=1), timedelta(seconds=59), "window_end"),
        (timedelta(hours=1), timedelta(hours=24, seconds=1), "window_end"),
        (timedelta(days=366, seconds=1), timedelta(hours=1), "window_start"),
        (timedelta(days=-2, hours=-1, seconds=-1), timedelta(hours=1), "window_end"),
    ],
    ids=["empty", "backwards", "too short", "too long", "too far ahead", "long over"],
)
def test_a_window_beyond_them_is_refused_with_the_fields_name(
    start: timedelta, length: timedelta, field: str
) -> None:
    with pytest.raises(WindowImpossible) as refusal:
        check_window(NOW + start, NOW + start + length, now=NOW)

    assert list(refusal.value.details["errors"]) == [field]


@pytest.mark.parametrize("state", PickupState)
@pytest.mark.parametrize(
    ("check", "refused_in"),
    [
        (pickups.check_may_change, ENDED),
        (pickups.check_may_assign, ENDED),
        (pickups.check_may_cancel, ENDED),
        (pickups.check_may_reschedule, ENDED | {PickupState.AT_DOOR}),
    ],
    ids=["change", "assign", "cancel", "reschedule"],
)
def test_what_is_refused_in_a_state_names_it(
    check: Callable[[PickupState], None], refused_in: set[PickupState], state: PickupState
) -> None:
    if state not in refused_in:
        check(state)
        return

    with pytest.raises(PickupStateForbids) as refusal:
        check(state)
    assert refusal.value.details["state"] == state
    assert str(state) in refusal.value.message


@pytest.mark.parametrize(("known", "state"), [(True, PickupState.ASSIGNED), (False, PickupState.BOOKED)])
def test_a_pickup_waits_for_its_courier_as_booked_or_assigned(known: bool, state: PickupState) -> None:
    assert pickups.state_when_assigned(known) is state


def test_the_same_booking_has_the_same_fingerprint_in_every_zone() -> None:
    in_shanghai = replace(BOOKING, eta_at=NOW.astimezone(timezone(timedelta(hours=8))))

    assert in_shanghai.fingerprint() == BOOKING.fingerprint()


@pytest.mark.parametrize(
    "other",
    [
        replace(BOOKING, site_id=UUID(int=9)),
        replace(BOOKING, window_end=NOW + timedelta(hours=3)),
        replace(BOOKING, courier_id=UUID(int=9)),
        replace(BOOKING, parcels_expected=1),
        replace(BOOKING, eta_at=None),
    ],
    ids=["site", "window", "courier", "parcels", "eta"],
)
def test_another_booking_has_another_fingerprint(other: PickupBooking) -> None:
    assert other.fingerprint() != BOOKING.fingerprint()
