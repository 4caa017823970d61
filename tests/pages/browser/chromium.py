"""The system's own browser, and the two sizes at which every page must do."""

import shutil

import pytest
from playwright.sync_api import Page

from tests.databases import only_sqlite

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHONE = {"width": 360, "height": 640}
DESKTOP = {"width": 1280, "height": 800}

in_chromium = [
    only_sqlite,
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the customers' pages were seen by no browser"),
]


def fits(page: Page) -> bool:
    """Tell whether nothing sticks out sideways."""
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    return wide <= page.viewport_size["width"]
