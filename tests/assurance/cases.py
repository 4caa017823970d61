"""The table of cases, and which tests say by their names that they prove one."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("cases.toml").read_text(encoding="utf-8"))
WITHOUT_TEST: dict[str, str] = TABLE.pop("without_test")
SHOWN: dict[str, str] = TABLE.pop("shown")
PROMISES: dict[str, str] = {case: text for part in TABLE.values() for case, text in part["cases"].items()}

# The nearer to real processes and requests, the more a test proves.
STRONGEST_FIRST = ("endtoend", "faults", "resources", "pages", "web", "services", "jobs", "cli")
BORNE = re.compile(r"test_((?:(?:[a-h][0-9]+|fault_[0-9]+)_)+)")


@dataclass(frozen=True, slots=True)
class ProvingTest:
    """A test function that bears the ids of cases; `path` begins at the root of the repository."""

    path: Path
    name: str
    cases: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, int, str, str]:
        """Sorts what proves a case best, and nothing but that case, to the front."""
        folder = self.path.parts[1]
        place = STRONGEST_FIRST.index(folder) if folder in STRONGEST_FIRST else len(STRONGEST_FIRST)
        return len(self.cases), place, str(self.path), self.name


def cases_in(name: str) -> tuple[str, ...]:
    """Return the ids a test's name begins with: `A7`, `A8` of `test_a7_a8_...`, `6` of `test_fault_6_...`."""
    borne = BORNE.match(name)
    return tuple(re.findall(r"[A-H]?[0-9]+", borne[1].upper())) if borne else ()


def proving_tests() -> Iterator[ProvingTest]:
    """Read all tests that bear an id from the source, soak tests and those of classes included."""
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (cases := cases_in(node.name)):
                yield ProvingTest(file.relative_to(ROOT), node.name, cases)


def proofs_by_case() -> dict[str, list[ProvingTest]]:
    """Return the tests of every case of the table, the one to show first; none for what nothing proves."""
    found: dict[str, list[ProvingTest]] = {case: [] for case in PROMISES}
    for test in sorted(proving_tests(), key=lambda test: test.rank):
        for case in test.cases:
            tests = found.setdefault(case, [])
            tests.insert(0 if test.name == SHOWN.get(case) else len(tests), test)
    return found
