"""The devices of the people in and around a branch: an app that speaks JSON, a courier's phone, a browser.

They know HTTP and nothing of the server's inside. What is done with them is the play's, or a test's.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import cycle
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import requests

TIMEOUT_SECONDS = 15
READING_SECONDS = 2.05  # A form is not taken from whoever needs less than 2 s to read it.
METRE = 1 / 111_320  # In degrees of latitude.


class Refused(Exception):
    """The server said no: the status and the problem's code are in the message."""

    def __init__(self, method: str, path: str, answer: requests.Response) -> None:
        self.status = answer.status_code
        problem = _json_of(answer)
        self.code = problem.get("code") if isinstance(problem, dict) else None
        super().__init__(f"{method} {path} was answered with {self.status} {self.code or answer.text[:200]}")


class Servers:
    """The addresses that one branch is served at; callers take turns among them."""

    def __init__(self, *urls: str) -> None:
        self._turns: Iterator[str] = cycle(urls)

    def url(self, path: str) -> str:
        return next(self._turns) + path


class App:
    """A program that calls the API: with a bearer token, or as nobody."""

    def __init__(self, servers: Servers, token: str | None = None, language: str = "zh-CN") -> None:
        self._servers = servers
        self._session = _http_session(language)
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Any:
        return _json_of(self.call("GET", path, params=query))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return _json_of(self.call("POST", path, json=body))

    def put(self, path: str, body: dict[str, Any], *, if_match: str | None = None) -> Any:
        headers = {"If-Match": if_match} if if_match else {}
        return _json_of(self.call("PUT", path, json=body, headers=headers))

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request. Raises Refused for an answer that is no success."""
        answer = self._session.request(method, self._servers.url(path), timeout=TIMEOUT_SECONDS, **options)
        if not answer.ok:
            raise Refused(method, path, answer)
        return answer


class StaffPhone(App):
    """The app on a staff member's phone, signed in."""

    def __init__(self, servers: Servers, phone: str, password: str, language: str = "zh-CN") -> None:
        super().__init__(servers, language=language)
        self.installation_id = str(uuid4())
        signed_in = self.post(
            "/v1/auth/login",
            {"phone": phone, "password": password, "installation_id": self.installation_id},
        )
        self._take_tokens(signed_in)
        self.id: str = signed_in["staff"]["id"]
        self.branch_id: str = signed_in["staff"]["branch_id"]
        self.name: str = signed_in["staff"]["name"]

    def renew(self) -> None:
        """Get new tokens: an access token is good for a quarter of an hour."""
        self._take_tokens(self.post("/v1/auth/refresh", {"refresh_token": self._refresh_token}))

    def take_pushes(self, push_address: str) -> None:
        """Let this phone get the pushes of whoever is signed in."""
        device = {"push_address": push_address, "platform": "android", "app_version": "1.0.0"}
        self.put(f"/v1/me/devices/{self.installation_id}", device)

    def _take_tokens(self, answer: dict[str, Any]) -> None:
        self._session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self._refresh_token: str = answer["refresh_token"]

    def inbox(self, **only: str) -> list[dict[str, Any]]:
        """Return what this person was told, oldest first, e.g. `inbox(kind="wait_warn")`."""
        notices = self.get("/v1/me/notices", limit=200)["items"]
        wanted = [one for one in notices if all(one[name] == value for name, value in only.items())]
        return wanted[::-1]


@dataclass(frozen=True, slots=True)
class Place:
    latitude: float
    longitude: float

    def metres_north(self, metres: float) -> "Place":
        return Place(self.latitude + metres * METRE, self.longitude)


class CourierPhone(StaffPhone):
    """A courier's phone: it stamps what happens with its own clocks, and keeps a count."""

    def __init__(self, servers: Servers, phone: str, password: str, language: str = "zh-CN") -> None:
        super().__init__(servers, phone, password, language)
        self._boot_id = str(uuid4())
        self._seq = 0

    def event(self, pickup_id: str, kind: str, at: Place, **data: Any) -> dict[str, Any]:
        """Note what happens now, ready to be sent once or again."""
        self._seq += 1
        return {
            "event_id": str(uuid4()),
            "pickup_id": pickup_id,
            "type": kind,
            "occurred_at": _now(),
            "boot_id": self._boot_id,
            "monotonic_ms": _monotonic_ms(),
            "seq": self._seq,
            "position": {"latitude": at.latitude, "longitude": at.longitude, "accuracy_m": 12},
            "data": data,
        }

    def send(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        """Send events in one batch and return what became of each."""
        envelope = {"sent_at": _now(), "boot_id": self._boot_id, "monotonic_ms": _monotonic_ms()}
        results: list[dict[str, Any]] = self.post("/v1/field-events", {**envelope, "events": list(events)})[
            "results"
        ]
        return results

    def report(self, pickup_id: str, kind: str, at: Place, **data: Any) -> dict[str, Any]:
        """Report what happens now. Returns the outcome."""
        return self.send(self.event(pickup_id, kind, at, **data))[0]


@dataclass(slots=True)
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """A page as a reader sees it: its address, its words, and the forms on it."""

    url: str
    status: int
    opened_at: float
    heading: str = ""
    words: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)

    def form(self, verb: str) -> Form:
        """Return the form that goes to this verb, e.g. "readiness". Raises LookupError."""
        for form in self.forms:
            if urlsplit(form.action).path.endswith(f"/{verb}"):
                return form
        raise LookupError(f"The page “{self.heading}” has no form for {verb}.")


class Browser:
    """A contact's browser: follows redirects, keeps cookies, sends forms with what is hidden in them."""

    def __init__(self, servers: Servers, language: str = "zh-CN") -> None:
        self._servers = servers
        self._session = _http_session(language)

    def open(self, url: str) -> Page:
        """Open the address in a message. Cookies know hosts, not ports, so any server will do."""
        path = url.removeprefix(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}")
        return self._read(self._session.get(self._servers.url(path), timeout=TIMEOUT_SECONDS))

    def answer(self, page: Page, verb: str, **said: str | Sequence[str]) -> Page:
        """Fill in a form of the page and send it, no sooner than a person could have read it."""
        form = page.form(verb)
        time.sleep(max(0.0, page.opened_at + READING_SECONDS - time.monotonic()))
        return self._read(
            self._session.post(
                urljoin(page.url, form.action), data={**form.fields, **said}, timeout=TIMEOUT_SECONDS
            )
        )

    def _read(self, answer: requests.Response) -> Page:
        page = Page(answer.url, answer.status_code, time.monotonic())
        _PageReader(page).feed(answer.text)
        return page


class _PageReader(HTMLParser):
    """Reads what a page says and asks into a `Page`."""

    _UNSEEN = frozenset({"head", "style", "script", "svg"})

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in self._UNSEEN or tag == "h1":
            self._open.append(tag)
        if tag == "form":
            self._page.forms.append(Form(given.get("action") or ""))
        if tag == "input" and given.get("type") == "hidden" and self._page.forms:
            self._page.forms[-1].fields[given["name"] or ""] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text or self._UNSEEN.intersection(self._open):
            return
        if "h1" in self._open:
            self._page.heading += text
        self._page.words.append(text)


def _http_session(language: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # A proxy of the host has no business between two processes on it.
    session.headers["Accept-Language"] = language
    return session


def _json_of(answer: requests.Response) -> Any:
    try:
        return answer.json() if answer.content else None
    except ValueError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _monotonic_ms() -> int:
    return int(time.monotonic() * 1000)
