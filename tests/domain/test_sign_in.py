"""How guessing is slowed down: which counters an attempt touches, and how long they lock."""

from datetime import timedelta

import pytest

from api.domain.sign_in import (
    ACCOUNT_FAILURES,
    ADDRESS_FAILURES,
    NETWORK_FAILURES,
    Throttle,
    locked_until,
    network_of,
    throttles_for,
)
from tests.fakes import NOW


def test_an_attempt_touches_account_address_and_network_in_this_order():
    assert throttles_for("+8613800138000", "203.0.113.7") == (
        Throttle("account:+8613800138000", ACCOUNT_FAILURES),
        Throttle("address:203.0.113.7", ADDRESS_FAILURES),
        Throttle("network:203.0.113.0/24", NETWORK_FAILURES),
    )


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::", "2001:db8:1::/48"),
        ("unknown", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_network_is_what_one_customer_of_a_provider_usually_has(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (11, 900), (10_000, 900)],
)
def test_a_lock_doubles_with_each_failure_up_to_fifteen_minutes(failures, seconds):
    assert locked_until(failures, allowed=5, now=NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("failures", [0, 1, 4])
def test_failures_that_are_allowed_lock_nothing(failures):
    assert locked_until(failures, allowed=5, now=NOW) is None
