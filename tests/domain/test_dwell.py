"""Dwell that counts once, though several pickups ran at the door at the same time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.domain.dwell import Stay, dwell_once

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HE, SHE = UUID(int=1), UUID(int=2)
WAREHOUSE, OFFICE = UUID(int=3), UUID(int=4)


def stay(from_minute: int, to_minute: int, *, courier: UUID = HE, site: UUID = WAREHOUSE) -> Stay:
    return Stay(courier, site, NINE + timedelta(minutes=from_minute), NINE + timedelta(minutes=to_minute))


def minutes(*stays: Stay) -> float:
    return dwell_once(stays).total_seconds() / 60


def test_nobody_there_is_no_dwell():
    assert minutes() == 0


def test_stays_one_after_the_other_add_up():
    assert minutes(stay(0, 5), stay(5, 8), stay(20, 30)) == 18


def test_pickups_that_run_at_once_count_once():
    assert minutes(stay(0, 10), stay(2, 6), stay(8, 12)) == 12


def test_two_couriers_at_one_site_both_count():
    assert minutes(stay(0, 10), stay(0, 10, courier=SHE)) == 20


def test_one_courier_at_two_sites_is_counted_at_each():
    assert minutes(stay(0, 10), stay(5, 15, site=OFFICE)) == 20


def test_a_long_stay_is_remembered_while_many_short_ones_are_forgotten():
    short = [stay(minute, minute + 1, site=UUID(int=100 + minute)) for minute in range(1, 90)]

    assert minutes(stay(0, 100), *short, stay(95, 110)) == 110 + len(short)


stays = st.builds(
    lambda start, length, courier, site: stay(start, start + length, courier=courier, site=site),
    st.integers(0, 120),
    st.integers(0, 40),
    st.sampled_from([HE, SHE]),
    st.sampled_from([WAREHOUSE, OFFICE]),
)


@given(st.lists(stays, max_size=30), st.randoms(use_true_random=False))
def test_it_is_the_number_of_minutes_somebody_stood_somewhere(some, random):
    random.shuffle(some)
    stood = {
        (one.courier_id, one.site_id, minute)
        for one in some
        for minute in range(160)
        if one.arrived_at <= NINE + timedelta(minutes=minute) < one.departed_at
    }

    assert minutes(*some) == len(stood)
