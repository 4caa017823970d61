"""`pytest --record=FILE`: what became of the tests that prove a case, for `python -m tests.assurance`."""

import json
import platform
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.assurance.cases import cases_in

ENGINE = "engine"
WORST_LAST = ("passed", "skipped", "failed")


class Recording:
    """Listens where the run is led from: there the reports of all workers arrive."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._outcomes: dict[str, str] = {}
        self._engines: dict[str, object] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        before = self._outcomes.get(report.nodeid, "passed")
        self._outcomes[report.nodeid] = max(before, report.outcome, key=WORST_LAST.index)
        self._engines[report.nodeid] = dict(report.user_properties).get(ENGINE)

    def pytest_sessionfinish(self) -> None:
        run = {
            "ended_on": datetime.now(UTC).date().isoformat(),
            "python": platform.python_version(),
            "totals": Counter(self._outcomes.values()),
            "tests": [
                {"name": name, "outcome": outcome, "engine": self._engines.get(nodeid)}
                for nodeid, outcome in sorted(self._outcomes.items())
                if cases_in(name := nodeid.partition("[")[0].rpartition("::")[2])
            ],
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(run, indent=1), encoding="utf-8")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record", type=Path, metavar="FILE", help="write what became of the proving tests to FILE"
    )


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("--record")
    if file is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recording(file))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each report say which database its test was asked of, if any."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if "database_url" in parameters:
            item.user_properties.append((ENGINE, parameters["database_url"]))
