"""When a courier will be at his next stop."""

from datetime import timedelta

import pytest

from api.domain.eta import eta, has_moved
from api.domain.geofence import Place
from tests.fakes import NOW

HERE = Place(31.2335, 121.5055)
A_KILOMETRE_NORTH = Place(31.2335 + 1 / 111.195, 121.5055)


def test_a_kilometre_takes_four_minutes_and_forty_seconds():
    on_the_way = eta(HERE, A_KILOMETRE_NORTH, seen_at=NOW) - NOW

    assert on_the_way == pytest.approx(timedelta(seconds=280), abs=timedelta(seconds=1))


def test_who_is_there_has_arrived():
    assert eta(HERE, HERE, seen_at=NOW) == NOW


@pytest.mark.parametrize(
    ("off", "moved"),
    [
        (timedelta(minutes=2), False),
        (timedelta(minutes=-2), False),
        (timedelta(minutes=2, seconds=1), True),
        (timedelta(minutes=-2, seconds=-1), True),
    ],
)
def test_an_eta_moves_by_more_than_two_minutes_or_not_at_all(off, moved):
    assert has_moved(NOW, NOW + off) is moved


def test_the_first_estimate_is_always_news():
    assert has_moved(None, NOW)
