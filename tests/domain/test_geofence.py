"""Distance, trust, and journeys that nobody makes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.domain.geofence import (
    Place,
    Position,
    Sighting,
    distance_m,
    is_impossible_journey,
    proves_presence,
    trust,
)
from api.domain.vocabulary import Trust

SITE = Place(31.2304, 121.4737)
METRES_PER_DEGREE = 111_195.0
SEEN_AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def position(metres: float, accuracy_m: float | None = None, mock: bool | None = None) -> Position:
    return Position(Place(SITE.latitude + metres / METRES_PER_DEGREE, SITE.longitude), accuracy_m, mock)


def test_shanghai_to_beijing_is_1068_km():
    assert distance_m(SITE, Place(39.9042, 116.4074)) == pytest.approx(1_067_300, rel=0.005)


def test_opposite_points_of_the_globe_are_half_its_girth_apart():
    assert distance_m(Place(0, 0), Place(0, 180)) == pytest.approx(20_015_114, rel=0.001)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param(position(0), Trust.VERIFIED, id="at the door"),
        pytest.param(position(99), Trust.VERIFIED, id="inside the radius"),
        pytest.param(position(140, accuracy_m=45), Trust.VERIFIED, id="inside with its accuracy"),
        pytest.param(position(160, accuracy_m=500), Trust.NEAR, id="accuracy is credited to 50 m"),
        pytest.param(position(299), Trust.NEAR, id="near"),
        pytest.param(position(310), Trust.LOW, id="too far"),
        pytest.param(position(0, mock=True), Trust.LOW, id="mocked"),
        pytest.param(None, Trust.UNKNOWN, id="no position"),
    ],
)
def test_trust_follows_distance(place, expected):
    assert trust(place, SITE, radius_m=100, replayed=False) is expected


def test_a_position_replayed_from_offline_is_unknown():
    assert trust(position(0), SITE, radius_m=100, replayed=True) is Trust.UNKNOWN


def test_a_large_site_is_verified_all_over():
    assert trust(position(900), SITE, radius_m=1000, replayed=False) is Trust.VERIFIED


@pytest.mark.parametrize(
    ("arrival", "leaving", "proven"),
    [
        (Trust.VERIFIED, Trust.VERIFIED, True),
        (Trust.UNKNOWN, Trust.NEAR, True),
        (Trust.LOW, Trust.VERIFIED, False),
        (Trust.VERIFIED, Trust.LOW, False),
        (Trust.VERIFIED, Trust.UNKNOWN, False),
    ],
)
def test_presence_is_proven_by_the_leave_and_not_spoiled_by_the_arrival(arrival, leaving, proven):
    assert proves_presence(arrival, leaving) is proven


@pytest.mark.parametrize(
    ("metres", "seconds", "impossible"),
    [
        pytest.param(2_900, 40, False, id="a van on a motorway"),
        pytest.param(3_000, 40, True, id="a little faster than that"),
        pytest.param(1_200, 0, False, id="what jitter of instants explains"),
        pytest.param(20_000, 60, True, id="across the town in a minute"),
        pytest.param(20_000, -60, True, id="backwards in time as well"),
    ],
)
def test_c5_a_journey_is_impossible_above_150_km_per_hour(metres, seconds, impossible):
    before = Sighting(position(0), SEEN_AT)

    there = Sighting(position(metres), SEEN_AT + timedelta(seconds=seconds))

    assert is_impossible_journey(before, there) is impossible


def test_c5_reported_accuracy_is_taken_off_a_journey():
    before = Sighting(replace(position(0), accuracy_m=2_000), SEEN_AT)

    assert not is_impossible_journey(before, Sighting(position(3_000), SEEN_AT))


def test_nobody_comes_impossibly_fast_from_nowhere():
    assert not is_impossible_journey(None, Sighting(position(0), SEEN_AT))


@pytest.mark.parametrize("replayed", [False, True])
def test_c5_who_came_impossibly_fast_is_trusted_little(replayed):
    assert trust(position(0), SITE, radius_m=100, replayed=replayed, impossible=True) is Trust.LOW
