"""How long a courier is on his way between two places. How far apart they are is in `geofence`."""

from datetime import timedelta

from api.domain.geofence import Place, distance_m

DETOUR = 1.4  # Roads against the straight line.
COURIER_METRES_PER_SECOND = 18_000 / 3600  # An electric three-wheeler in a city.


def travel_time(here: Place, there: Place) -> timedelta:
    """Return the straight line times 1.4 at 18 km/h."""
    return timedelta(seconds=distance_m(here, there) * DETOUR / COURIER_METRES_PER_SECOND)
