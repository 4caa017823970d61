"""How a branch looks to its customers: an accent colour that everybody can read, and a logo that stays small.

Contrast is WCAG 2.2's (relative luminance of sRGB; at least 4.5:1 for text). The grounds that the pages
paint are named here, since a colour is only readable on something.
"""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

from api.domain.errors import RuleBroken

HOUSE_ACCENT = "#0c6152"
"""The accent of a branch that chose none."""

LIGHT_GROUND, LIGHT_CARD = "#f5f2ec", "#fffefb"
DARK_GROUND, DARK_CARD = "#121a19", "#1b2624"
WHITE, NEAR_BLACK = "#ffffff", "#0b1614"

LEAST_CONTRAST = 4.5
NIGHT_CONTRAST = 6.0  # More than is asked for: the same colour looks duller on a dark ground.
LIGHT_TINT, DARK_TINT = 0.11, 0.16
"""How much of the accent is in the soft tint behind what was said."""

STEPS = 100
CALM_SATURATION = 0.6
"""A colour as loud as by day would glare at night."""

MOST_LOGO_BYTES = 40_960
"""With it a whole page stays within 60 kB."""

COLOUR = re.compile(r"#[0-9a-f]{6}")


class AccentTooPale(RuleBroken):
    """On our pages this colour cannot be read by everybody. `nearest` is one like it that can."""

    code = "accent_too_pale"


@dataclass(frozen=True, slots=True)
class Palette:
    """An accent with the tint it is read on, and what is read on the accent itself."""

    accent: str
    soft: str
    on_accent: str


def check_accent(colour: str) -> None:
    """Raise AccentTooPale for a colour ("#rrggbb", lower case) that the light pages could not show."""
    if not _reads_on_light(colour):
        raise AccentTooPale(errors={"accent_colour": [AccentTooPale.__doc__]}, nearest=_darkened(colour))


def light(accent: str) -> Palette:
    """Return the palette by day: the branch's colour as it is."""
    return Palette(accent, mixed(LIGHT_CARD, accent, LIGHT_TINT), WHITE)


def dark(accent: str) -> Palette:
    """Return the palette by night: the same hue, lightened until it can be read on every dark ground."""
    hue, lightness, saturation = rgb_to_hls(*(channel / 255 for channel in _channels(accent)))
    calm = min(saturation, CALM_SATURATION)
    shades = (_from_hls(hue, lightness + (1 - lightness) * step / STEPS, calm) for step in range(STEPS + 1))
    palettes = (Palette(shade, mixed(DARK_CARD, shade, DARK_TINT), NEAR_BLACK) for shade in shades)
    return next(palette for palette in palettes if _reads_on_dark(palette))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """Return `one` with a share (0 to 1) of `other` in it."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _reads_on_light(accent: str) -> bool:
    grounds = (LIGHT_GROUND, LIGHT_CARD, light(accent).soft, WHITE)
    return all(contrast(accent, ground) >= LEAST_CONTRAST for ground in grounds)


def _reads_on_dark(palette: Palette) -> bool:
    grounds = (DARK_GROUND, DARK_CARD, palette.soft, palette.on_accent)
    return all(contrast(palette.accent, ground) >= NIGHT_CONTRAST for ground in grounds)


def _darkened(colour: str) -> str:
    hue, lightness, saturation = rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    shades = (_from_hls(hue, lightness * (1 - step / STEPS), saturation) for step in range(STEPS + 1))
    return next(shade for shade in shades if _reads_on_light(shade))


def _from_hls(hue: float, lightness: float, saturation: float) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in hls_to_rgb(hue, lightness, saturation))


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
