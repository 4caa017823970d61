"""Money is whole minor units; decimal text becomes money without a float on the way."""

import pytest

from api.domain.money import LARGEST_AMOUNT_MINOR, AmountUnreadable, CurrencyUnreadable, Money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "CNY", 1250),
        ("12.5", "CNY", 1250),
        ("0", "CNY", 0),
        ("-3.10", "CNY", -310),
        ("630.33", "GBP", 63033),
        ("1500", "JPY", 1500),
        ("1.234", "KWD", 1234),
        ("4.35", "USD", 435),
    ],
)
def test_decimal_text_becomes_minor_units_of_its_currency(text: str, currency: str, minor: int) -> None:
    assert Money.from_decimal_text(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "minor"),
    [("0.125", 12), ("0.135", 14), ("0.145", 14), ("1.005", 100), ("1.0050001", 101), ("-0.125", -12)],
)
def test_halves_round_to_even(text: str, minor: int) -> None:
    assert Money.from_decimal_text(text, "CNY").amount_minor == minor


@pytest.mark.parametrize(
    "text", ["", " 1", "1,250", "1.", ".5", "1e3", "NaN", "Infinity", "¥5", "٣", "9" * 13]
)
def test_anything_but_plain_digits_is_refused(text: str) -> None:
    with pytest.raises(AmountUnreadable):
        Money.from_decimal_text(text, "CNY")


@pytest.mark.parametrize("currency", ["", "cny", "CN", "YUAN", "¥"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(CurrencyUnreadable):
        Money(1, currency)


def test_an_amount_that_json_readers_could_not_keep_exact_is_refused() -> None:
    with pytest.raises(AmountUnreadable):
        Money(LARGEST_AMOUNT_MINOR + 1, "CNY")
