"""The decline engine against its laws: how soon a stop and a halving are found; how often it cries wolf."""

from datetime import date, timedelta
from itertools import pairwise
from statistics import median

import numpy as np
import pytest

from api.domain.business_hours import WorkCalendar
from api.domain.decline import FURTHEST_BACK, Pace, pace, quiet_days
from api.domain.vocabulary import Band

ONE_DAY = timedelta(days=1)
BEGINS = date(2025, 1, 6)  # A Monday.
WARM_UP = timedelta(days=84)
SIX_DAYS = WorkCalendar(weekdays=frozenset(range(6)))
PROFILE = (1.4, 1.1, 1.0, 1.0, 1.2, 0.3, 0.0)  # Monday is heavy, Saturday light, Sunday closed.
HOLIDAYS = frozenset(date(2025, 5, 1) + number * ONE_DAY for number in range(5))


class Shipper:
    """Somebody who ships by weekday, in counts a little wilder than chance (negative binomial)."""

    def __init__(self, parcels_a_day: float, *, seed: int, batches: float = 1.3) -> None:
        self._chance = np.random.default_rng(seed)
        self._mean, self._batches = parcels_a_day, batches
        self.parcels: dict[date, int] = {}

    def ship(
        self, first: date, days: int, *, share: float = 1.0, closed: frozenset[date] = frozenset()
    ) -> None:
        for number in range(days):
            day = first + number * ONE_DAY
            mean = self._mean * PROFILE[day.weekday()] * share
            if mean and day not in closed:
                size = mean / (self._batches - 1)
                self.parcels[day] = int(self._chance.negative_binomial(size, 1 / self._batches))

    def pace(self, as_of: date, calendar: WorkCalendar = SIX_DAYS) -> Pace | None:
        return pace(self.parcels, calendar, as_of)

    def is_alarming(self, as_of: date) -> bool:
        now = self.pace(as_of)
        return now is not None and now.band is not Band.LOW


def days_until_found(shipper: Shipper, breaks_on: date, share: float) -> int:
    """Let the shipper ship only a share from a day on; return after how many days that is found."""
    shipper.ship(breaks_on, 40, share=share)
    return next(days for days in range(1, 41) if shipper.is_alarming(breaks_on + days * ONE_DAY))


def silent_days_until_found(shipper: Shipper, stops_on: date) -> int:
    """Let the shipper stop on a day; return how many days without a parcel have gone by when that is
    found."""
    last_on = max(day for day, parcels in shipper.parcels.items() if parcels)
    return (stops_on - last_on).days - 1 + days_until_found(shipper, stops_on, share=0.0)


def steady(parcels_a_day: float, seed: int) -> tuple[Shipper, date]:
    """A shipper of three quiet months, and a Monday to Saturday on which its story turns."""
    shipper = Shipper(parcels_a_day, seed=seed)
    shipper.ship(BEGINS, WARM_UP.days)
    turns_on = BEGINS + WARM_UP + (seed % 6) * ONE_DAY
    shipper.ship(BEGINS + WARM_UP, seed % 6)
    return shipper, turns_on


@pytest.mark.parametrize("parcels_a_day", [2, 5, 20])
def test_a_stop_is_found_in_two_to_eight_days(parcels_a_day: float) -> None:
    found = []
    for seed in range(60):
        shipper, turns_on = steady(parcels_a_day, seed)
        if not shipper.is_alarming(turns_on):
            found.append(silent_days_until_found(shipper, turns_on))

    assert len(found) > 50
    assert np.quantile(found, 0.05) >= 2
    assert np.quantile(found, 0.95) <= 8


@pytest.mark.parametrize("parcels_a_day", [10, 30])
def test_a_halving_is_found_in_eleven_to_thirteen_days(parcels_a_day: float) -> None:
    found = []
    for seed in range(60):
        shipper, turns_on = steady(parcels_a_day, seed)
        if not shipper.is_alarming(turns_on):
            found.append(days_until_found(shipper, turns_on, share=0.5))

    assert 11 <= median(found) <= 13


def test_false_alarms_are_at_most_1_8_a_customer_and_year() -> None:
    alarms, shippers = 0, 40
    for seed in range(shippers):
        shipper = Shipper((1.5, 3, 8, 20)[seed % 4], seed=seed)
        shipper.ship(BEGINS, WARM_UP.days + 365, closed=HOLIDAYS)
        calendar = WorkCalendar(SIX_DAYS.weekdays, HOLIDAYS)
        bands = [
            (now := shipper.pace(BEGINS + WARM_UP + number * ONE_DAY, calendar)) is not None
            and now.band is not Band.LOW
            for number in range(365)
        ]
        alarms += sum(after and not before for before, after in pairwise(bands))

    assert alarms / shippers <= 1.8


def test_a_holiday_is_no_decline() -> None:
    shipper = Shipper(8, seed=1)
    shipper.ship(BEGINS, 130, closed=HOLIDAYS)
    after = date(2025, 5, 6)

    open_all_week = shipper.pace(after)
    closed = shipper.pace(after, WorkCalendar(SIX_DAYS.weekdays, HOLIDAYS))

    assert open_all_week is not None
    assert closed is not None
    assert open_all_week.has_stopped
    assert closed.band is Band.LOW
    assert closed.silent_days == 0


def test_weekends_are_no_run_of_zeros() -> None:
    shipper = Shipper(20, seed=2)
    shipper.ship(BEGINS, 84)

    monday = shipper.pace(BEGINS + 84 * ONE_DAY, WorkCalendar(frozenset(range(7))))

    assert monday is not None
    assert monday.silent_days == 0


def test_under_three_shipping_days_a_week_the_silence_engine_speaks() -> None:
    twice_a_week = {BEGINS + number * ONE_DAY: 5 for number in range(98) if number % 7 in (0, 3)}
    daily = {BEGINS + number * ONE_DAY: 5 for number in range(98)}

    assert pace(twice_a_week, SIX_DAYS, BEGINS + 98 * ONE_DAY) is None
    assert pace(daily, SIX_DAYS, BEGINS + 98 * ONE_DAY) is not None


def test_a_newcomer_of_six_weeks_has_no_usual_volume_yet() -> None:
    daily = {BEGINS + number * ONE_DAY: 5 for number in range(35)}

    assert pace(daily, SIX_DAYS, BEGINS + 35 * ONE_DAY) is None


@pytest.mark.parametrize(
    ("recent", "z", "band"),
    [
        (60, -3.0, Band.LOW),
        (59, -3.0, Band.MEDIUM),
        (59, -2.0, Band.LOW),
        (40, -4.0, Band.MEDIUM),
        (39, -4.0, Band.HIGH),
    ],
)
def test_a_decline_is_under_60_percent_and_more_than_chance(recent: int, z: float, band: Band) -> None:
    assert Pace(recent, 100.0, z, silent_days=0, missed=0.0).decline is band


@pytest.mark.parametrize(
    ("silent_days", "missed", "stopped"), [(2, 8.0, True), (1, 30.0, False), (5, 7.9, False)]
)
def test_a_stop_is_worth_eight_parcels_and_two_days(silent_days: int, missed: float, stopped: bool) -> None:
    assert Pace(90, 100.0, -0.5, silent_days, missed).has_stopped is stopped


def test_days_on_which_the_branch_stood_still_are_closed() -> None:
    first, last = BEGINS, BEGINS + 69 * ONE_DAY
    branch = {BEGINS + number * ONE_DAY: 100 for number in range(70) if number % 7 < 6}
    storm = BEGINS + 30 * ONE_DAY
    branch[storm] = 10

    assert quiet_days(branch, first, last) == {storm}


def test_a_small_branch_closes_on_no_day_by_itself() -> None:
    branch = {BEGINS + number * ONE_DAY: 3 for number in range(0, 70, 2)}

    assert quiet_days(branch, BEGINS, BEGINS + FURTHEST_BACK) == frozenset()
