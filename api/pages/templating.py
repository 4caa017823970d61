"""From a template, a language and a time zone to a page. What is shown is decided by the pages' views."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.domain.vocabulary import Locale
from api.pages.catalogue import translations
from api.pages.look import SCRIPT, look

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is made: in which language, and in whose local time it tells instants."""

    locale: Locale
    zone: ZoneInfo
    now: datetime

    def clock_time(self, at: datetime, seconds: bool = False) -> str:
        """Tell a time of day: 10:40, or 10:40:15."""
        return at.astimezone(self.zone).strftime("%H:%M:%S" if seconds else "%H:%M")

    def day(self, at: datetime, weekday: bool = False) -> str:
        """Tell a day without its year in the reader's language: 4 May, or Mon 4 May."""
        skeleton = "MMMEd" if weekday else "MMMd"
        return format_skeleton(skeleton, at.astimezone(self.zone), locale=self.locale.replace("-", "_"))

    def days_ahead(self, at: datetime) -> int:
        """Count the days from today to an instant's: 0 is today, 1 is tomorrow."""
        return (at.astimezone(self.zone).date() - self.now.astimezone(self.zone).date()).days

    def day_and_time(self, at: datetime) -> str:
        """Tell an instant: only the time when it is today."""
        return self.clock_time(at) if self.days_ahead(at) == 0 else f"{self.day(at)} {self.clock_time(at)}"


def render(template: str, reader: Reader, *, branch: Any = None, **context: Any) -> Response:
    """Return the page, in the look of its branch. A name that the template needs and does not get is an
    error."""
    dressed_as = look(branch.accent_colour if branch else None)
    html = (
        _environment(reader.locale)
        .get_template(template)
        .render(
            locale=reader.locale.value,
            clock_time=reader.clock_time,
            day=reader.day,
            days_ahead=reader.days_ahead,
            day_and_time=reader.day_and_time,
            stylesheet=dressed_as.stylesheet,
            script=SCRIPT,
            branch=branch,
            **context,
        )
    )
    return Response(html, headers={"Content-Security-Policy": dressed_as.policy})


@cache
def _environment(locale: Locale) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    environment.filters["dialable"] = lambda number: "".join(c for c in number if c.isdigit() or c == "+")
    return environment
