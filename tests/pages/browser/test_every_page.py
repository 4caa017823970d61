"""Every page in every state, in Chromium: no axe violation, nothing sticks out, 60 kB and one request."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.pages.browser.chromium import DESKTOP, PHONE, fits, in_chromium
from tests.pages.browser.gallery import STATES, Gallery

pytestmark = in_chromium

MOST_BYTES = 60_000
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ALL = {"type": "tag", "values": RULES}
OF_THE_LOOK = {"type": "rule", "values": ["color-contrast", "target-size", "link-in-text-block"]}
"""What else a page says and how it is built is the same at every size and in every colour."""

LOOKS = [(size, scheme) for size in (PHONE, DESKTOP) for scheme in ("light", "dark")]


@pytest.fixture
def gallery(database, clock, pickup, branch, link, stand, arrive):
    return Gallery(database, clock, pickup, branch, link, stand, arrive)


@pytest.fixture(scope="module")
def axe_script():
    return Axe().axe_script


def violations(page, rules):
    options = {"resultTypes": ["violations"], "runOnly": rules}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found]


@pytest.mark.parametrize("state", STATES)
def test_a_page_is_for_everybody_and_light(phone, gallery, axe_script, state, record_property):
    path = getattr(gallery, state)()
    page = phone(path, language="zh-CN")
    asked = len([url for url in page.asked_for if "/l/" not in url])
    weight = len(page.content().encode())
    record_property("measured", f"page {state}: {weight / 1000:.1f} kB, {asked} request after the redirect")

    for language in ("zh-CN", "en"):
        page.goto(f"{page.url.split('?')[0]}?lang={language}&{urlsplit(path).query}")
        # A page with a running clock looks at the server again by itself; here it has to hold still.
        page.evaluate("for (let timer = 1; timer < 99; timer++) clearInterval(timer)")
        page.evaluate(axe_script)
        for size, scheme in LOOKS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            assert fits(page), (language, size)
            rules = ALL if (size, scheme) == LOOKS[0] else OF_THE_LOOK
            assert violations(page, rules) == [], (language, size, scheme)

    assert weight <= MOST_BYTES
    assert asked <= 1
    assert [text for text in page.complaints if "status of 4" not in text] == []
