"""How far apart two places are, and how well a courier's position proves that he is at a site.

Nothing is ever refused for distance: a verdict only decides what may follow for the customer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from api.domain.vocabulary import Trust

EARTH_RADIUS_M = 6_371_008.8  # Mean radius, IUGG.
CREDITED_ACCURACY_M = 50.0  # A phone that claims to be off by more than this gets no wider fence for it.
NEAR_M = 300.0
FASTEST_KM_PER_HOUR = 150.0  # A van on a motorway; nobody carries parcels faster on the ground.
INSTANTS_ARE_OFF_BY = timedelta(seconds=30)  # Two requests of one phone may take that much unlike times.


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


def trust(
    position: Position | None, site: Place, *, radius_m: float, replayed: bool, impossible: bool = False
) -> Trust:
    """Tell how well a position proves presence at a site.

    Within the radius plus the reported accuracy (capped at 50 m) it is `verified`, to 300 m `near`,
    beyond, mocked or impossible to have reached `low`. No position, or one replayed from offline, is
    `unknown`.
    """
    if position is not None and (position.mock or impossible):
        return Trust.LOW
    if position is None or replayed:
        return Trust.UNKNOWN
    distance = distance_m(position.place, site)
    if distance <= radius_m + min(position.accuracy_m or 0.0, CREDITED_ACCURACY_M):
        return Trust.VERIFIED
    return Trust.NEAR if distance <= NEAR_M else Trust.LOW


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a courier was seen, and when."""

    position: Position
    at: datetime


def is_impossible_journey(before: Sighting | None, now: Sighting) -> bool:
    """Tell whether nobody gets from the one place to the other in that time.

    The distance counts less both reported accuracies; the time counts 30 s longer, as corrected instants may
    be that far off. Without an earlier sighting everything is possible.
    """
    if before is None:
        return False
    blur = (before.position.accuracy_m or 0.0) + (now.position.accuracy_m or 0.0)
    travelled = distance_m(before.position.place, now.position.place) - blur
    seconds = (abs(now.at - before.at) + INSTANTS_ARE_OFF_BY).total_seconds()
    return travelled > FASTEST_KM_PER_HOUR / 3.6 * seconds


def proves_presence(at_arrival: Trust, at_leaving: Trust) -> bool:
    """Tell whether a leave may have consequences for the customer: seen within 300 m, nothing suspicious."""
    return at_leaving in (Trust.VERIFIED, Trust.NEAR) and at_arrival is not Trust.LOW
