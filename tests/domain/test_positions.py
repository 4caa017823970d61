"""Which positions count, and which one tells where a courier is."""

from datetime import timedelta

from api.domain.geofence import Place, Position
from api.domain.positions import CLOCK_TOLERANCE, FRESH_FOR, SeenPosition, counted, telling
from api.domain.shifts import ShiftSpan
from tests.fakes import NOW

SHIFT = ShiftSpan(NOW - timedelta(hours=1))
SECOND = timedelta(seconds=1)


def seen(at, latitude=31.2, mock=None):
    return SeenPosition(at, Position(Place(latitude, 121.5), 10.0, mock))


def test_c13_a_position_before_the_shift_does_not_count():
    during, before = seen(SHIFT.started_at), seen(SHIFT.started_at - SECOND)

    assert counted([before, during], SHIFT, now=NOW) == [during]


def test_a_position_ahead_of_our_clock_does_not_count():
    a_little, too_far = seen(NOW + CLOCK_TOLERANCE), seen(NOW + CLOCK_TOLERANCE + SECOND)

    assert counted([too_far, a_little], SHIFT, now=NOW) == [a_little]


def test_positions_are_put_in_the_order_of_time():
    earlier, later = seen(NOW - SECOND), seen(NOW)

    assert counted([later, earlier], SHIFT, now=NOW) == [earlier, later]


def test_of_one_instant_the_last_word_counts():
    first, second = seen(NOW, 31.2), seen(NOW, 31.3)

    assert counted([first, second], SHIFT, now=NOW) == [second]


def test_the_newest_position_tells_where_a_courier_is():
    assert telling([seen(NOW - SECOND), seen(NOW)], now=NOW) == seen(NOW)
    assert telling([], now=NOW) is None


def test_a_stale_or_made_up_position_tells_nothing():
    assert telling([seen(NOW - FRESH_FOR)], now=NOW) is not None
    assert telling([seen(NOW - FRESH_FOR - SECOND)], now=NOW) is None
    assert telling([seen(NOW, mock=True)], now=NOW) is None
