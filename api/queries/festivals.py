"""Which festivals with a greeting a branch's region keeps on a day. Whether it works then is not asked.

Festivals are kept on their own day: made-up and substitute days are no occasions.
"""

from datetime import date
from functools import lru_cache

from api.domain.vocabulary import OccasionKind
from api.models import Branch
from api.queries.work_calendars import country_of, is_known

GREETED = {
    "New Year's Day": OccasionKind.NEW_YEAR,
    "Chinese New Year (Spring Festival)": OccasionKind.SPRING_FESTIVAL,
    "Chinese New Year": OccasionKind.SPRING_FESTIVAL,
    "Chinese New Year's Day": OccasionKind.SPRING_FESTIVAL,
    "Labor Day": OccasionKind.LABOUR_DAY,
    "Dragon Boat Festival": OccasionKind.DRAGON_BOAT,
    "Mid-Autumn Festival": OccasionKind.MID_AUTUMN,
    "National Day": OccasionKind.NATIONAL_DAY,
    "Christmas Day": OccasionKind.CHRISTMAS,
}
"""By their English names in the library. Tomb-Sweeping Day, for one, is no day to congratulate on."""


def of_branch(branch: Branch, day: date) -> list[OccasionKind]:
    """Return the festivals that begin on this day where the branch is; most days there are none."""
    region = branch.holiday_region or country_of(branch.timezone)
    if region is None or not is_known(region):
        return []
    return [kind for kind, begins_on in _festivals(region, day.year).items() if begins_on == day]


@lru_cache(maxsize=64)
def _festivals(region: str, year: int) -> dict[OccasionKind, date]:
    """Return the first day of each festival of a year."""
    import holidays

    country, _, part = region.partition("-")
    known = holidays.country_holidays(country, subdiv=part or None, years=year, language="en_US")
    begins: dict[OccasionKind, date] = {}
    for day in sorted(known, reverse=True):
        for name in known.get_list(day):
            if name in GREETED:
                begins[GREETED[name]] = day
    return begins
