"""Accent colours: what everybody can read by day and by night, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain import branding
from api.domain.branding import (
    DARK_CARD,
    DARK_GROUND,
    HOUSE_ACCENT,
    LEAST_CONTRAST,
    LIGHT_CARD,
    LIGHT_GROUND,
    AccentTooPale,
    check_accent,
    contrast,
)

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", [HOUSE_ACCENT, "#1f4e9c", "#6b2fa0", "#a3293a", "#000000"])
def test_a_dark_colour_is_taken_as_it_is(colour):
    check_accent(colour)

    assert branding.light(colour).accent == colour


@pytest.mark.parametrize("colour", ["#ffcc00", "#e60012", "#9aa5b1", "#ffffff"])
def test_a_pale_colour_is_refused_with_one_like_it_that_can_be_read(colour):
    with pytest.raises(AccentTooPale) as refused:
        check_accent(colour)

    check_accent(refused.value.details["nearest"])


@given(colours)
def test_whatever_is_taken_is_readable_by_day(colour):
    try:
        check_accent(colour)
    except AccentTooPale as refused:
        colour = refused.details["nearest"]
    palette = branding.light(colour)

    for ground in (LIGHT_GROUND, LIGHT_CARD, palette.soft, palette.on_accent):
        assert contrast(palette.accent, ground) >= LEAST_CONTRAST


@given(colours)
def test_every_colour_is_readable_by_night(colour):
    palette = branding.dark(colour)

    for ground in (DARK_GROUND, DARK_CARD, palette.soft, palette.on_accent):
        assert contrast(palette.accent, ground) >= LEAST_CONTRAST
