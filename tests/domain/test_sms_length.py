"""Parts of a text message, as the networks count them."""

import pytest

from api.domain.sms_length import is_gsm, parts


@pytest.mark.parametrize(
    ("text", "in_parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("é" * 160, 1),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("取" * 70, 1),
        ("取" * 71, 2),
        ("取" * 134, 2),
        ("取" * 135, 3),
        ("📦" * 35, 1),
        ("📦" * 36, 2),
        ("a" * 69 + "取", 1),
        ("a" * 70 + "取", 2),
    ],
)
def test_a_text_travels_in_as_many_parts_as_its_alphabet_allows(text: str, in_parts: int) -> None:
    assert parts(text) == in_parts


def test_one_sign_outside_the_gsm_alphabet_makes_the_whole_text_ucs_2() -> None:
    assert is_gsm("Café ~ 5 € @ {ok}")
    assert not is_gsm("Cafê")
    assert not is_gsm("a”b")
    assert not is_gsm("`")
