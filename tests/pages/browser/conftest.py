"""A real Chromium, and the application on a port that it can reach."""

import dataclasses
import socket
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.pages.browser.chromium import CHROMIUM, PHONE


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


@pytest.fixture
def phone(browser, server) -> Iterator[Callable[..., Page]]:
    """Opens a path as a person does: `phone(link(), language="zh-CN", script=False, size=DESKTOP)`."""
    contexts = []

    def open_page(path, *, language="en", script=True, size=PHONE) -> Page:
        context = browser.new_context(viewport=size, locale=language, java_script_enabled=script)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.asked_for = []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.asked_for.append(request.url))
        page.goto(urljoin(server, path))
        return page

    yield open_page
    for context in contexts:
        context.close()
