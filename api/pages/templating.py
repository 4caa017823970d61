"""From a template, a language and a time zone to HTML. What is shown is decided by the pages' views."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api.domain.vocabulary import Locale
from api.pages.catalogue import translations

_HERE = Path(__file__).parent
STYLESHEET = Markup((_HERE / "static/page.css").read_text("utf-8"))
SCRIPT = Markup((_HERE / "static/clock.js").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is made: in which language, and in whose local time it tells instants."""

    locale: Locale
    zone: ZoneInfo
    now: datetime

    def clock_time(self, at: datetime, seconds: bool = False) -> str:
        """Tell a time of day: 10:40, or 10:40:15."""
        return at.astimezone(self.zone).strftime("%H:%M:%S" if seconds else "%H:%M")

    def day(self, at: datetime) -> str:
        """Tell a day without its year: 4 May in the reader's language."""
        return format_skeleton("MMMd", at.astimezone(self.zone), locale=self.locale.replace("-", "_"))

    def day_and_time(self, at: datetime) -> str:
        """Tell an instant: only the time when it is today."""
        is_today = at.astimezone(self.zone).date() == self.now.astimezone(self.zone).date()
        return self.clock_time(at) if is_today else f"{self.day(at)} {self.clock_time(at)}"


def render(template: str, reader: Reader, **context: Any) -> str:
    """Return the page as HTML. A name that the template needs and does not get is an error."""
    return (
        _environment(reader.locale)
        .get_template(template)
        .render(
            locale=reader.locale.value,
            clock_time=reader.clock_time,
            day=reader.day,
            day_and_time=reader.day_and_time,
            stylesheet=STYLESHEET,
            script=SCRIPT,
            **context,
        )
    )


def content_security_policy() -> str:
    """Allow our one sheet and our one script by their hashes, forms to ourselves, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(STYLESHEET)}'; script-src '{_hash(SCRIPT)}'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def _environment(locale: Locale) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    environment.filters["dialable"] = lambda number: "".join(c for c in number if c.isdigit() or c == "+")
    return environment


def _hash(inline: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(inline.encode()).digest()).decode()
