"""When a courier will be at his next stop, judged by where he is."""

from datetime import datetime, timedelta

from api.domain.geofence import Place
from api.domain.travel import travel_time

WORTH_TELLING = timedelta(minutes=2)


def eta(here: Place, there: Place, *, seen_at: datetime) -> datetime:
    """Return when somebody who was `here` at `seen_at`, and rides on, arrives; to the full second."""
    return (seen_at + travel_time(here, there)).replace(microsecond=0)


def has_moved(known: datetime | None, estimated: datetime) -> bool:
    """Tell whether an estimate differs from the known ETA by over 2 min; smaller moves are noise."""
    return known is None or abs(estimated - known) > WORTH_TELLING
