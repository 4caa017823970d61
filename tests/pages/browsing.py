"""A browser as far as the pages need one: follows redirects, fills in a form that it sees, sends it."""

from html.parser import HTMLParser
from typing import Any, Self

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes import FrozenClock


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append((given["action"] or "", {}))
        if tag == "input" and given.get("type") == "hidden":
            self.forms[-1][1][given["name"] or ""] = given["value"] or ""


class Visit:
    """One person's visit. `page` is what he sees, `path` is what stands in his address bar."""

    def __init__(self, client: FlaskClient, clock: FrozenClock, language: str) -> None:
        self.client = client
        self.clock = clock
        self.language = {"Accept-Language": language}
        self.page: TestResponse
        self.path = ""

    def open(self, path: str) -> Self:
        """Open an address and follow where it leads."""
        for _ in range(4):
            self.path = path
            self.page = self.client.get(path, headers=self.language)
            if self.page.status_code != 303:
                return self
            path = self.page.headers["Location"]
        raise AssertionError(f"{path} leads on and on")

    def reads(self, text: str) -> bool:
        return text in self.page.text

    def form(self, action: str) -> tuple[str, dict[str, str]]:
        """Return where the page's form for an action goes to, and its hidden fields."""
        found = _Forms()
        found.feed(self.page.text)
        return next((to, dict(hidden)) for to, hidden in found.forms if to.split("?")[0].endswith(action))

    def send(self, action: str, after_seconds: float = 10, **choices: Any) -> Self:
        """Think for a while, send the form with these choices, and follow where it leads."""
        to, hidden = self.form(action)
        self.clock.tick(seconds=after_seconds)
        self.page = self.client.post(to, data={**hidden, **choices}, headers=self.language)
        return self.open(self.page.headers["Location"]) if self.page.status_code == 303 else self
