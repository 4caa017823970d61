"""Rules about sites, the addresses where we pick up. The geofence around one is in `geofence`."""

from dataclasses import dataclass

from api.domain.errors import Conflict

SMALLEST_RADIUS_M = 10  # Below this a phone's own error decides, not the courier's place.
LARGEST_RADIUS_M = 5_000  # A container port; anything larger is several sites.


class SiteNameTaken(Conflict):
    """This customer already has a site with this name."""

    code = "site_name_taken"


@dataclass(frozen=True, slots=True)
class SiteDraft:
    """A site as somebody enters or imports it; degrees in WGS 84. Without a radius the branch's holds."""

    name: str
    address: str
    latitude: float
    longitude: float
    radius_m: int | None = None
    wait_limit_seconds: int | None = None
