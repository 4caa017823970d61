"""How the pages look: one sheet in the colour of the branch, and the policy that lets in nothing else."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from api.domain import branding
from api.domain.branding import HOUSE_ACCENT, Palette

_STATIC = Path(__file__).parent / "static"
_SHEET = (_STATIC / "page.css").read_text("utf-8")
SCRIPT = Markup((_STATIC / "clock.js").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Look:
    """The style sheet of a page, and the content security policy to send with it."""

    stylesheet: Markup
    policy: str


@lru_cache(maxsize=256)
def look(accent: str | None) -> Look:
    """Return the look of a branch with this accent colour; None is the house's own."""
    by_day, by_night = branding.light(accent or HOUSE_ACCENT), branding.dark(accent or HOUSE_ACCENT)
    night = f"@media (prefers-color-scheme: dark) {{ {_variables(by_night)} }}"
    sheet = f"{_SHEET}{_variables(by_day)}\n{night}\n"
    return Look(Markup(sheet), _policy(sheet))


def _variables(palette: Palette) -> str:
    return (
        f":root {{ --accent: {palette.accent}; --accent-soft: {palette.soft}; "
        f"--on-accent: {palette.on_accent}; }}"
    )


def _policy(sheet: str) -> str:
    """Allow our one sheet and our one script by their hashes, our logos, forms to ourselves, nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(sheet)}'; script-src '{_hash(SCRIPT)}'; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _hash(inline: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(inline.encode()).digest()).decode()
