"""A phone number is shown with its middle hidden."""

import pytest

from api.domain.phone import masked


@pytest.mark.parametrize(
    ("e164", "shown"),
    [("+8613800000001", "+86*******0001"), ("+4512345678", "+45****5678"), ("+12345678", "+12****78")],
)
def test_masking_leaves_the_country_and_the_last_digits(e164: str, shown: str) -> None:
    assert masked(e164) == shown
