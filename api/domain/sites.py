"""Rules about sites, the addresses where we pick up. The geofence around one is in `geofence`."""

from dataclasses import dataclass

from api.domain.errors import Conflict

SMALLEST_RADIUS_M = 10  # Below this a phone's own error decides, not the courier's place.
MOST_PAPERS = 10  # More than that nobody reads standing at a packing table.
LARGEST_RADIUS_M = 5_000  # A container port; anything larger is several sites.


class SiteNameTaken(Conflict):
    """This customer already has a site with this name."""

    code = "site_name_taken"


@dataclass(frozen=True, slots=True)
class SiteDraft:
    """A site as somebody enters or imports it; degrees in WGS 84. Without a radius the branch's holds.

    `papers` are short names of what goes along from here, asked for before the courier comes.
    """

    name: str
    address: str
    latitude: float
    longitude: float
    radius_m: int | None = None
    wait_limit_seconds: int | None = None
    papers: list[str] | None = None
