"""`flask churn backtest`: the table on the screen and in files, and a picture where it can be drawn."""

import csv
import json
import random
from datetime import timedelta
from importlib.util import find_spec

import pytest

from tests.databases import only_sqlite
from tests.factories import make_branch, make_customer
from tests.shipping import TODAY, ship

CUT_OFF = TODAY - timedelta(days=100)
PNG = b"\x89PNG"


@pytest.fixture
def branch(database):
    """220 customers over 18 months, each with a rhythm of its own; some leave."""
    chance = random.Random(5)
    with database.unit_of_work() as session:
        branch = make_branch(session)
        for number in range(220):
            days, ago, gap = [], chance.randint(300, 540), chance.choice((8, 20, 40))
            while ago > 0 and (not days or chance.random() > 0.08):
                days.append(ago)
                ago -= 1 + int(chance.expovariate(1 / gap))
            ship(session, make_customer(session, branch, code=f"C{number}"), days)
    return branch


@pytest.fixture
def backtest(app):
    def backtest(*words):
        with app.app_context():
            command = ["churn", "backtest", "--cut-off", str(CUT_OFF), *map(str, words)]
            return app.test_cli_runner().invoke(args=command)

    return backtest


def test_the_table_stands_beside_what_a_spreadsheet_could_say(backtest, branch):
    result = backtest("--no-nights")

    assert result.exit_code == 0, result.output
    assert f"{CUT_OFF}: 220 customers" in result.output
    for method in ("Doorstep", "days since the last", "silence in usual gaps", "number of shipments"):
        assert method in result.output


@only_sqlite
def test_files_hold_the_same_figures(backtest, branch, tmp_path):
    table, everything = tmp_path / "table.csv", tmp_path / "report.json"

    result = backtest("--csv", table, "--json", everything)

    rows = list(csv.DictReader(table.read_text().splitlines()))
    [cut_off] = json.loads(everything.read_text())["cut_offs"]
    assert result.exit_code == 0, result.output
    assert [row["method"] for row in rows] == [one["method"] for one in cut_off["methods"]]
    assert "pushes a week for a rep with 100 customers" in result.output


@only_sqlite
@pytest.mark.skipif(find_spec("matplotlib") is None, reason="needs requirements-extra.txt")
def test_the_picture_is_a_png_in_the_branchs_language(backtest, branch, tmp_path):
    picture = tmp_path / "trial.png"

    result = backtest("--plot", picture)

    assert result.exit_code == 0, result.output
    assert picture.read_bytes().startswith(PNG)


@only_sqlite
def test_a_branch_without_a_past_says_so(backtest, database):
    with database.unit_of_work() as session:
        make_branch(session)

    result = backtest()

    assert result.exit_code == 1
    assert "Not enough shipments yet" in result.output
