"""What of a network address is compared, and what says nothing."""

import pytest

from api.domain.own_network import network_trace


@pytest.mark.parametrize(
    ("address", "trace"),
    [
        ("120.36.4.7", "120.36.4.7"),
        ("2408:8207:18b:1::7", "2408:8207:18b:1::/64"),
        ("10.0.0.8", "10.0.0.8"),
        ("127.0.0.1", None),
        ("::1", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_d8_an_address_is_compared_as_far_as_one_phone_or_office_has_it(address, trace):
    assert network_trace(address) == trace
