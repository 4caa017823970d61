"""A real Chromium, and the application on a port that it can reach."""

import dataclasses
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.pages.browser.chromium import CHROMIUM, PHONE

Kind = tuple[str, bool]
"""Of a window: its language, and whether scripts run in it. Its size can be changed."""


# Not for longer than a module: while it is open an event loop runs, and nobody else's can begin.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def settings(settings):
    """Links lead to the server of the test, whose port is known beforehand."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return dataclasses.replace(settings, public_url=f"http://127.0.0.1:{port}")


@pytest.fixture
def server(app, settings):
    """The application on a port of its own; its address."""
    app.config["SECURE_COOKIES"] = False  # There is no TLS on the way to oneself.
    address = urlsplit(settings.public_url)
    listening = make_server(address.hostname, address.port, app, threaded=True)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield settings.public_url
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture(scope="module")
def left_open() -> dict[Kind, list[Page]]:
    """Windows of earlier tests, each on an empty page: a new one costs as much as all that is done in it."""
    return defaultdict(list)


@pytest.fixture
def phone(browser, server, left_open) -> Iterator[Callable[..., Page]]:
    """Opens a path as a person does: `phone(link(), language="zh-CN", script=False, size=DESKTOP)`."""
    opened = []

    def open_page(path, *, language="en", script=True, size=PHONE) -> Page:
        kind = (language, script)
        page = left_open[kind].pop() if left_open[kind] else _window(browser, language, script)
        opened.append((kind, page))
        page.set_viewport_size(size)
        page.complaints = []
        page.asked_for = []
        page.goto(urljoin(server, path))
        return page

    yield open_page
    for kind, page in opened:
        # All that a page can have left: no other test has its port, to which whatever else is stored belongs.
        page.context.clear_cookies()
        page.emulate_media(color_scheme="null")
        page.goto("about:blank")
        left_open[kind].append(page)


def _window(browser: Browser, language: str, script: bool) -> Page:
    """A new one that remembers what its page complains of and asks for."""
    page = browser.new_context(locale=language, java_script_enabled=script).new_page()
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: page.asked_for.append(request.url))
    return page
