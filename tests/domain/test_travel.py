"""How long a courier is on his way."""

from datetime import timedelta

import pytest

from api.domain.geofence import Place
from api.domain.travel import travel_time

HERE = Place(31.2335, 121.5055)


def test_the_way_is_the_straight_line_and_two_fifths_at_eighteen_kilometres_an_hour() -> None:
    a_kilometre_north = Place(HERE.latitude + 1_000 / 111_195, HERE.longitude)

    assert travel_time(HERE, a_kilometre_north).total_seconds() == pytest.approx(1_400 / 5, rel=1e-3)


def test_whoever_is_there_is_there_at_once() -> None:
    assert travel_time(HERE, HERE) == timedelta()
