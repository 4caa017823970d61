"""Whose day it is: leap days, anniversaries, festivals of a region; and what holds a greeting back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.contacts import birthday_in, month_day
from api.domain.notice_texts import WORDS
from api.domain.occasions import (
    GreetedAlready,
    OccasionHeldBack,
    OccasionNotToday,
    check_may_greet,
    day_to_notice,
    end_of,
    is_anniversary,
    kept_on,
)
from api.domain.vocabulary import Locale, OccasionKind
from tests.fakes import NOW

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 18)
births = st.dates(date(1930, 1, 1), date(2010, 12, 31))


@given(born=births, year=st.integers(2024, 2060))
def test_everybody_has_one_birthday_a_year(born: date, year: int) -> None:
    every_day = (date(year, 1, 1) + timedelta(days=number) for number in range(366))

    kept = [day for day in every_day if day.year == year and month_day(born) in kept_on(day)]

    assert kept == [birthday_in(year, born)]


@pytest.mark.parametrize(
    ("day", "keys"),
    [
        (date(2026, 2, 28), ("02-28", "02-29")),
        (date(2028, 2, 28), ("02-28",)),
        (date(2028, 2, 29), ("02-29",)),
        (date(2100, 2, 28), ("02-28", "02-29")),
        (TODAY, ("11-18",)),
    ],
)
def test_a_leap_day_is_kept_the_day_before_where_there_is_none(day: date, keys: tuple[str, ...]) -> None:
    assert kept_on(day) == keys


@given(founded=births, years=st.integers(0, 80))
def test_a_company_has_its_first_anniversary_a_year_after_its_founding(founded: date, years: int) -> None:
    day = birthday_in(founded.year + years, founded)

    assert is_anniversary(founded, day) is (years > 0)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 17, 23, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 18, 0, 0, tzinfo=UTC), TODAY),
        (datetime(2026, 11, 18, 15, 59, tzinfo=UTC), TODAY),
        (datetime(2026, 11, 18, 16, 0, tzinfo=UTC), None),
    ],
)
def test_a_day_is_noticed_from_eight_in_the_morning_of_the_branch(now: datetime, day: date | None) -> None:
    assert day_to_notice(now, SHANGHAI) == day


def test_a_day_on_which_the_clocks_go_back_ends_an_hour_later() -> None:
    day = date(2026, 10, 25)

    assert end_of(day, BERLIN) - end_of(day - timedelta(days=1), BERLIN) == timedelta(hours=25)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"greeted_at": NOW}, GreetedAlready),
        ({"falls_on": TODAY - timedelta(days=1)}, OccasionNotToday),
        ({"falls_on": TODAY + timedelta(days=1)}, OccasionNotToday),
        ({"has_open_case": True}, OccasionHeldBack),
    ],
    ids=["twice", "late", "early", "while he waits for an answer"],
)
def test_a_greeting_goes_out_once_on_the_day_and_to_nobody_with_a_case(
    change: dict[str, object], refusal: type[Exception]
) -> None:
    fitting: dict[str, object] = {
        "falls_on": TODAY,
        "today": TODAY,
        "greeted_at": None,
        "has_open_case": False,
    }

    check_may_greet(**fitting)  # type: ignore[arg-type]
    with pytest.raises(refusal):
        check_may_greet(**{**fitting, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", OccasionKind)
def test_every_occasion_has_its_words_in_every_language(kind: OccasionKind, locale: Locale) -> None:
    assert WORDS[locale][kind].endswith(("!", "！"))
