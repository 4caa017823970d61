"""The log as a collector gets it."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from api.app import configure_logging


class Log:
    """What was written, as text and as the events of its lines."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def text(self) -> str:
        return self.stream.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def log(app: Flask) -> Iterator[Log]:
    """Collects what the application logs from now on, one JSON object a line."""
    written = Log()
    handler = logging.StreamHandler(written.stream)
    house = logging.getLogger("doorstep")
    house.addHandler(handler)
    configure_logging(replace(app.config["SETTINGS"], log="json"))
    yield written
    house.removeHandler(handler)
    configure_logging(app.config["SETTINGS"])
