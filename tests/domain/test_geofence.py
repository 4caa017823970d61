"""Distance and trust."""

import pytest

from api.domain.geofence import Place, Position, distance_m, proves_presence, trust
from api.domain.vocabulary import Trust

SITE = Place(31.2304, 121.4737)
METRES_PER_DEGREE = 111_195.0


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
