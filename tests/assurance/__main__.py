"""`python -m tests.assurance RUN.json ...`: write docs/assurance.md from what was recorded."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.assurance.cases import PROMISES, ROOT, TABLE, WITHOUT_TEST, ProvingTest, cases_in, proofs_by_case

PAGE = ROOT / "docs" / "assurance.md"
ENGINES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
HEAD = """\
# Assurance

What Doorstep promises when it is abused or when something fails, and what became of the tests that prove
it. `make assurance` makes this page from a run of the suite; the promises stand in
`tests/assurance/cases.toml`. A test proves a case by bearing its id in its name, so those of one case are run
by `make test ARGS="-k test_b4"`. The page names one of each.

{runs}

Of the {cases} cases {proved} are proved by {tests} tests.
"""
COLUMNS = "| | what is promised | proved by | last run |\n|---|---|---|---|\n"


def page(runs: list[dict[str, Any]]) -> str:
    """Return the page; of several runs, a test counts in each it was part of."""
    proofs = proofs_by_case()
    head = HEAD.format(
        runs="\n".join(map(_run, runs)),
        cases=len(PROMISES),
        proved=sum(1 for case in PROMISES if proofs[case]),
        tests=len({test for found in proofs.values() for test in found}),
    )
    results = [result for run in runs for result in run["tests"]]
    chapters = [
        f"\n## {part['title']}\n\n{COLUMNS}"
        + "".join(_row(case, proofs[case], results) for case in part["cases"])
        for part in TABLE.values()
    ]
    return head + "".join(chapters)


def _run(run: dict[str, Any]) -> str:
    counted = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(run["totals"].items()))
    return f"- The run of {run['ended_on']} on Python {run['python']}: {counted}."


def _row(case: str, proofs: list[ProvingTest], results: list[dict[str, Any]]) -> str:
    return f"| {case} | {PROMISES[case]} | {_proved_by(case, proofs)} | {_last_run(case, results)} |\n"


def _proved_by(case: str, proofs: list[ProvingTest]) -> str:
    if not proofs:
        return WITHOUT_TEST.get(case, "**nothing**")
    shown, *others = proofs
    more = f", and {len(others)} more" if others else ""
    return f"`{shown.name}` in `{shown.path}`{more}"


def _last_run(case: str, results: list[dict[str, Any]]) -> str:
    mine = [result for result in results if case in cases_in(result["name"])]
    counted = Counter(result["outcome"] for result in mine)
    engines = [name for engine, name in ENGINES.items() if any(result["engine"] == engine for result in mine)]
    told = ", ".join(
        f"**{n} {word}**" if word == "failed" else f"{n} {word}" for word, n in sorted(counted.items())
    )
    return f"{told} ({', '.join(engines)})" if engines else told or "–"


if __name__ == "__main__":
    PAGE.write_text(
        page([json.loads(Path(file).read_text(encoding="utf-8")) for file in sys.argv[1:]]), encoding="utf-8"
    )
