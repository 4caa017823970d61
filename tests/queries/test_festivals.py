"""Which festivals a branch keeps on which day; the dates are those of the State Council's notice for 2026."""

from datetime import date, timedelta

import pytest

from api import queries
from api.domain.vocabulary import OccasionKind
from api.models import Branch

SHANGHAI = Branch(timezone="Asia/Shanghai")
BERLIN = Branch(timezone="Europe/Berlin")


def year_of(branch: Branch, year: int) -> dict[OccasionKind, date]:
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
    found = [(kind, day) for day in days for kind in queries.festivals.of_branch(branch, day)]
    assert len({kind for kind, _ in found}) == len(found)
    return dict(found)


def test_the_festivals_of_china_begin_once_a_year():
    assert year_of(SHANGHAI, 2026) == {
        OccasionKind.NEW_YEAR: date(2026, 1, 1),
        OccasionKind.SPRING_FESTIVAL: date(2026, 2, 17),
        OccasionKind.LABOUR_DAY: date(2026, 5, 1),
        OccasionKind.DRAGON_BOAT: date(2026, 6, 19),
        OccasionKind.MID_AUTUMN: date(2026, 9, 25),
        OccasionKind.NATIONAL_DAY: date(2026, 10, 1),
    }


def test_another_region_keeps_its_own():
    assert year_of(BERLIN, 2026) == {
        OccasionKind.NEW_YEAR: date(2026, 1, 1),
        OccasionKind.LABOUR_DAY: date(2026, 5, 1),
        OccasionKind.CHRISTMAS: date(2026, 12, 25),
    }


@pytest.mark.parametrize("timezone", ["Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Singapore"])
def test_the_spring_festival_is_known_by_all_its_names(timezone):
    found = queries.festivals.of_branch(Branch(timezone=timezone), date(2026, 2, 17))

    assert found == [OccasionKind.SPRING_FESTIVAL]


def test_where_mid_autumn_falls_on_national_day_both_are_kept():
    found = queries.festivals.of_branch(SHANGHAI, date(2020, 10, 1))

    assert set(found) == {OccasionKind.MID_AUTUMN, OccasionKind.NATIONAL_DAY}


@pytest.mark.parametrize("timezone", ["UTC", "Etc/GMT+3"])
def test_where_no_country_is_known_nothing_is_kept(timezone):
    assert queries.festivals.of_branch(Branch(timezone=timezone), date(2026, 1, 1)) == []


def test_a_region_that_is_named_wins_over_the_time_zone():
    abroad = Branch(timezone="Asia/Shanghai", holiday_region="DE")

    assert queries.festivals.of_branch(abroad, date(2026, 12, 25)) == [OccasionKind.CHRISTMAS]
