"""`flask churn`: learning shown, scoring as the night does it, and everybody's numbers in a file."""

import csv
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api.domain.vocabulary import CustomerState, Role
from api.models import ChurnAlert, ChurnScore
from tests.factories import make_branch, make_customer, make_staff
from tests.shipping import TODAY, ship


@pytest.fixture
def branch(database):
    """A branch with a weekly shipper, a silent one, one of two shipments, and one closed by us."""
    with database.unit_of_work() as session:
        branch = make_branch(session)
        rep = make_staff(session, branch, role=Role.SALES_REP)
        histories = {"ACTIVE": range(1, 90, 7), "SILENT": range(30, 120, 7), "NEW": (1, 8), "CLOSED": (50,)}
        for code, days in histories.items():
            state = CustomerState.CLOSED_BY_US if code == "CLOSED" else CustomerState.ACTIVE
            ship(session, make_customer(session, branch, code=code, owner_id=rep.id, state=state), days)
        make_customer(session, branch, code="NEVER")
    return branch


@pytest.fixture
def flask(app):
    def flask(*words):
        with app.app_context():
            return app.test_cli_runner().invoke(args=["churn", *map(str, words)])

    return flask


def rows_of(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    return {row["customer_code"]: row for row in csv.DictReader(lines)}


def count(database, model):
    with database.unit_of_work(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(model))


def test_fit_says_which_engine_speaks_and_why(flask, database, branch):
    result = flask("fit")

    assert result.exit_code == 0
    assert "3 customers with shipments before 2026-11-18: rule speaks" in result.output
    assert "short_history" in result.output
    assert count(database, ChurnScore) == 0


def test_score_does_what_the_night_does(flask, database, branch):
    result = flask("score", "--branch", branch.code)

    assert result.exit_code == 0
    assert "3 scored, 1 call for a rep, 1 told." in result.output
    assert (count(database, ChurnScore), count(database, ChurnAlert)) == (3, 1)


def test_score_twice_doubles_nothing(flask, database, branch):
    flask("score")

    assert "3 scored, 0 call for a rep, 0 told." in flask("score").output
    assert (count(database, ChurnScore), count(database, ChurnAlert)) == (3, 1)


def test_a_file_has_every_customer_with_a_shipment_and_stores_nothing(flask, database, branch, tmp_path):
    file = tmp_path / "risk.csv"

    result = flask("score", "--as-of", TODAY, "--csv", file)

    rows = rows_of(file)
    assert result.exit_code == 0
    assert {code: (row["engine"], row["band"]) for code, row in rows.items()} == {
        "ACTIVE": ("rule", "low"),
        "SILENT": ("rule", "high"),
        "NEW": ("rule", "unrated"),
        "CLOSED": ("none", "unrated"),
    }
    assert (rows["SILENT"]["recency_days"], rows["SILENT"]["horizon_days"]) == ("30", "30")
    assert count(database, ChurnScore) == 0


def test_a_file_of_an_earlier_day_knows_nothing_of_later_ones(flask, branch, tmp_path):
    file = tmp_path / "risk.csv"

    flask("score", "--as-of", TODAY - timedelta(days=35), "--csv", file, "--horizon-days", 90)

    rows = rows_of(file)
    assert set(rows) == {"ACTIVE", "SILENT", "CLOSED"}
    assert (rows["SILENT"]["recency_days"], rows["SILENT"]["horizon_days"]) == ("2", "90")


def test_a_code_that_a_spreadsheet_would_run_is_written_as_text(flask, database, branch, tmp_path):
    file = tmp_path / "risk.csv"
    with database.unit_of_work() as session:
        ship(session, make_customer(session, branch, code="=1+1"), [3])

    flask("score", "--csv", file)

    assert "'=1+1" in rows_of(file)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--as-of", TODAY + timedelta(days=1)], "in the future"),
        (["--horizon-days", 90], "goes with --csv"),
        (["--branch", "NOWHERE"], "No branch NOWHERE"),
        (["--as-of", "yesterday"], "--as-of"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(flask, branch, words, complaint):
    result = flask("score", *words)

    assert result.exit_code == 2
    assert complaint in result.output


def test_alerts_do_not_go_back_in_time(flask, branch):
    flask("score")

    result = flask("score", "--as-of", TODAY - timedelta(days=1))

    assert result.exit_code == 2
    assert "2026-11-18 has been scored" in result.output


def test_with_several_branches_one_must_be_named(flask, database, branch):
    with database.unit_of_work() as session:
        make_branch(session)

    result = flask("fit")

    assert result.exit_code == 2
    assert "--branch" in result.output
