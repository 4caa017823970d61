"""What `make audit` makes of pip-audit's report: a finding fails, what could not be asked is told."""

from runpy import run_path
from typing import Any

from tests.house.source import ROOT

verdict = run_path(str(ROOT / ".ci" / "audit.py"))["verdict"]


def package(name: str, **known: Any) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": [], **known}


def test_a_known_vulnerability_fails_and_says_what_mends_it():
    finding = {"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}

    lines, failed = verdict({"dependencies": [package("flask"), package("jinja2", vulns=[finding])]})

    assert failed
    assert lines == [
        "jinja2 1.0: PYSEC-2026-1, mended in ['1.1']",
        "2 of 2 packages were asked about, 1 findings.",
    ]


def test_what_could_not_be_asked_is_told_and_fails_nothing():
    lines, failed = verdict(
        {"dependencies": [package("flask"), {"name": "jinja2", "skip_reason": "not found"}]}
    )

    assert not failed
    assert lines[0] == "WARNING: the service said nothing of 1: jinja2"
