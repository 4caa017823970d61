"""Which addresses are one caller's."""

import pytest

from api.domain.ip_prefix import prefix_of


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
    assert (prefix_of(one, v4=24, v6=64) == prefix_of(other, v4=24, v6=64)) is same


def test_a_whole_address_is_written_as_it_is():
    assert prefix_of("203.0.113.7", v4=32, v6=64) == "203.0.113.7"


@pytest.mark.parametrize("odd", ["", "unknown", "203.0.113", "203.0.113.7:443"])
def test_what_is_no_address_has_no_network(odd):
    assert prefix_of(odd, v4=24, v6=64) is None
