"""Every case of the design is proved by a test or says why none can; no test claims a case that is none."""

import json
import re
from pathlib import Path

import pytest

from tests.assurance.__main__ import PAGE, page
from tests.assurance.cases import PROMISES, SHOWN, WITHOUT_TEST, cases_in, proofs_by_case, proving_tests

PAGE_ROW = re.compile(r"^\| (\w+) \| (.+?) \| (.+?) \| .+ \|$", re.MULTILINE)
pytest_plugins = ["pytester"]


def test_all_abuse_cases_and_all_faults_are_in_the_table():
    abuse = [
        f"{chapter}{number}"
        for chapter, most in zip("ABCDEFG", (11, 12, 13, 13, 8, 9, 7), strict=True)
        for number in range(1, most + 1)
    ]

    assert list(PROMISES) == [*abuse, *(str(number) for number in range(1, 42))]
    assert len(abuse) == 73


def test_every_case_is_proved_or_says_why_it_cannot_be():
    unproved = [case for case, tests in proofs_by_case().items() if not tests and case not in WITHOUT_TEST]

    assert not unproved, f"Name a test after each, `test_b1_...` or `test_fault_6_...`: {unproved}"
    assert WITHOUT_TEST.keys() <= PROMISES.keys()


def test_what_the_page_is_told_to_name_is_there():
    tests = proofs_by_case()

    assert {case: tests[case][0].name for case in SHOWN} == SHOWN


def test_no_test_bears_the_id_of_a_case_that_there_is_not():
    unknown = [
        f"{test.path}: {test.name}" for test in proving_tests() if not PROMISES.keys() >= {*test.cases}
    ]

    assert not unknown, f"The cases stand in tests/assurance/cases.toml: {unknown}"


def test_the_page_names_every_case_and_tests_that_are_still_there():
    rows = {
        case: (promise, proof) for case, promise, proof in PAGE_ROW.findall(PAGE.read_text(encoding="utf-8"))
    }
    present = {(test.name, str(test.path)) for test in proving_tests()}
    named = [re.findall(r"`(test_\w+)` in `([^`]+)`", proof) for _, proof in rows.values()]
    gone = [test for tests in named for test in tests if test not in present]

    assert {case: promise for case, (promise, _) in rows.items()} == PROMISES, "Run `make assurance`."
    assert not gone, f"Run `make assurance`; the page still names {gone}"


@pytest.mark.parametrize(
    ("name", "cases"),
    [
        ("test_b1_anothers_pickup_is_not_found", ("B1",)),
        ("test_f7_d7_a_links_token_is_not_logged", ("F7", "D7")),
        ("test_fault_26_fault_27_a_wall_clock_that_is_set", ("26", "27")),
        ("test_a_wait_turns_amber", ()),
        ("test_27_weeks_of_nights", ()),
        ("test_k13_a_retry_repeats_nothing", ()),
    ],
)
def test_a_tests_name_says_what_it_proves(name: str, cases: tuple[str, ...]) -> None:
    assert cases_in(name) == cases


def test_the_page_tells_what_failed_was_left_out_and_on_which_engine():
    run = {
        "ended_on": "2026-11-22",
        "python": "3.11.9",
        "totals": {"passed": 2, "failed": 1},
        "tests": [
            {"name": "test_b1_x", "outcome": "passed", "engine": "postgres"},
            {"name": "test_b1_y", "outcome": "failed", "engine": "sqlite"},
            {"name": "test_b2_z", "outcome": "passed", "engine": None},
        ],
    }

    rows = {
        case: line
        for line in page([run]).splitlines()
        if (case := line.partition(" |")[0].removeprefix("| "))
    }

    assert rows["B1"].endswith("| **1 failed**, 1 passed (SQLite, PostgreSQL) |")
    assert rows["B2"].endswith("| 1 passed |")
    assert rows["B3"].endswith("| – |")


def test_a_run_is_recorded(pytester: pytest.Pytester, tmp_path: Path) -> None:
    pytester.makeconftest('pytest_plugins = ["tests.assurance.recording"]')
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("host", ["::1"])
        @pytest.mark.parametrize("database_url", ["sqlite"])
        def test_b1_it_holds(database_url, host): pass

        def test_b2_it_does_not(): assert False

        def test_of_no_case(): pass
        """
    )

    pytester.runpytest_inprocess("-p", "no:cacheprovider", f"--record={tmp_path}/run.json")

    run = json.loads((tmp_path / "run.json").read_text())
    assert run["totals"] == {"passed": 2, "failed": 1}
    assert run["tests"] == [
        {"name": "test_b1_it_holds", "outcome": "passed", "engine": "sqlite"},
        {"name": "test_b2_it_does_not", "outcome": "failed", "engine": None},
    ]
