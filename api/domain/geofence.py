"""How far apart two places are, and how well a courier's position proves that he is at a site.

Nothing is ever refused for distance: a verdict only decides what may follow for the customer.
"""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from api.domain.vocabulary import Trust

EARTH_RADIUS_M = 6_371_008.8  # Mean radius, IUGG.
CREDITED_ACCURACY_M = 50.0  # A phone that claims to be off by more than this gets no wider fence for it.
NEAR_M = 300.0


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the globe in degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Position:
    """Where a phone says it is: metres of accuracy, and whether its system flags the place as mocked."""

    place: Place
    accuracy_m: float | None = None
    mock: bool | None = None


def distance_m(here: Place, there: Place) -> float:
    """Return the great-circle distance in metres by the haversine formula, good to about 0.5 %."""
    here_latitude, there_latitude = radians(here.latitude), radians(there.latitude)
    half_latitude = (there_latitude - here_latitude) / 2
    half_longitude = radians(there.longitude - here.longitude) / 2
    chord = sin(half_latitude) ** 2 + cos(here_latitude) * cos(there_latitude) * sin(half_longitude) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))


def trust(position: Position | None, site: Place, *, radius_m: float, replayed: bool) -> Trust:
    """Tell how well a position proves presence at a site.

    Within the radius plus the reported accuracy (capped at 50 m) it is `verified`, to 300 m `near`,
    beyond or mocked `low`. No position, or one replayed from offline, is `unknown`.
    """
    if position is not None and position.mock:
        return Trust.LOW
    if position is None or replayed:
        return Trust.UNKNOWN
    distance = distance_m(position.place, site)
    if distance <= radius_m + min(position.accuracy_m or 0.0, CREDITED_ACCURACY_M):
        return Trust.VERIFIED
    return Trust.NEAR if distance <= NEAR_M else Trust.LOW


def proves_presence(at_arrival: Trust, at_leaving: Trust) -> bool:
    """Tell whether a leave may have consequences for the customer: seen within 300 m, nothing suspicious."""
    return at_leaving in (Trust.VERIFIED, Trust.NEAR) and at_arrival is not Trust.LOW
