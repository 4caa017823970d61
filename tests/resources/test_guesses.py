"""How guesses are counted: by network, by minute, and in bounded memory."""

from datetime import timedelta

import pytest

from api.domain.errors import TooMany
from api.web.guesses import GUESSES, NETWORKS_REMEMBERED, GuessLimit, network_of
from tests.fakes import NOW


def used_up(address="203.0.113.7"):
    limit = GuessLimit()
    for _ in range(GUESSES):
        limit.count(address, NOW)
    return limit


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.200", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_d3_a_network_is_a_24_or_a_64(one, other, same):
    assert (network_of(one) == network_of(other)) is same


def test_d3_a_neighbour_of_a_guesser_waits_with_him():
    with pytest.raises(TooMany) as refusal:
        used_up().check("203.0.113.99", NOW + timedelta(seconds=20))

    assert refusal.value.details == {"retry_after_seconds": 41}


def test_d3_other_networks_are_not_concerned():
    used_up().check("198.51.100.1", NOW)


def test_d3_after_a_minute_the_count_begins_anew():
    limit = used_up()
    later = NOW + timedelta(minutes=1)

    limit.count("203.0.113.7", later)

    limit.check("203.0.113.7", later)


def test_d3_many_networks_do_not_fill_the_memory():
    limit = GuessLimit()

    for number in range(NETWORKS_REMEMBERED + 10):
        limit.count(f"10.{number >> 8}.{number & 255}.1", NOW)

    assert len(limit._counts) == NETWORKS_REMEMBERED
