"""Importing CSV files: good rows are kept, bad ones reported by line, and a second run doubles nothing."""

import pytest
from sqlalchemy import func, select

from api.domain.vocabulary import Grade, Role
from api.models import Customer, Shipment, Site
from tests.factories import make_branch, make_customer, make_staff


@pytest.fixture
def branch(database):
    with database.unit_of_work() as session:
        return make_branch(session, code="SH1")


@pytest.fixture
def customer(database, branch):
    with database.unit_of_work() as session:
        return make_customer(session, branch, code="C1")


@pytest.fixture
def run_import(app, tmp_path):
    """Runs `flask import KIND` on a file of these lines."""

    def run_import(kind, *lines, options=(), name="rows.csv"):
        file = tmp_path / name
        content = "\n".join(lines) + "\n"
        file.write_bytes(content.encode())
        with app.app_context():
            return app.test_cli_runner().invoke(args=["import", kind, str(file), *options])

    return run_import


def rows_of(database, model):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(model).order_by(model.id)).all()


def count(database, model):
    with database.unit_of_work(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(model))


class TestImportCustomers:
    def test_customers_are_added_with_all_they_have(self, run_import, branch, database):
        with database.unit_of_work() as session:
            rep = make_staff(session, branch, role=Role.SALES_REP, phone="+8613800000001")

        result = run_import(
            "customers",
            "code,name,industry,grade,owner_phone",
            "C1,东方贸易,trade,A,13800000001",
            "C2,Blue Sky,,,",
        )

        assert (result.exit_code, result.stdout) == (
            0,
            "rows.csv: 2 added, 0 already there, 0 skipped, 0 refused.\n",
        )
        first, second = rows_of(database, Customer)
        assert (first.code, first.name, first.grade, first.owner_id) == ("C1", "东方贸易", Grade.A, rep.id)
        assert (second.code, second.industry, second.owner_id) == ("C2", None, None)

    def test_a_second_run_adds_nothing_and_changes_nothing(self, run_import, branch, database):
        lines = ("code,name", "C1,Acme", "C2,Blue")
        run_import("customers", *lines)

        again = run_import("customers", "code,name", "C1,Renamed", "C2,Blue", "C3,New")

        assert (again.exit_code, again.stdout) == (
            0,
            "rows.csv: 1 added, 2 already there, 0 skipped, 0 refused.\n",
        )
        assert [row.name for row in rows_of(database, Customer)] == ["Acme", "Blue", "New"]

    def test_a_code_that_comes_twice_in_a_file_counts_once(self, run_import, branch, database):
        result = run_import("customers", "code,name", "C1,First", "C1,Second")

        assert "1 added, 1 already there" in result.stdout
        assert [row.name for row in rows_of(database, Customer)] == ["First"]

    def test_bad_rows_are_told_by_line_and_the_good_ones_kept(self, run_import, branch, database):
        result = run_import(
            "customers",
            "code,name,grade,owner_phone",
            "C1,Acme,,",
            ",No Code,,",
            "C3,Wrong Grade,Z,",
            "C4,Too,Many,,Cells",
            "C5,Nobody Knows Him,,13800000009",
            "C6,No Number,,call me",
            "C7,Good,B,",
        )

        assert result.exit_code == 1
        assert "2 added, 0 already there, 0 skipped, 5 refused" in result.stdout
        reported = [line for line in result.stderr.splitlines() if line.startswith("line ")]
        assert [line.split(":")[0] for line in reported] == ["line 3", "line 4", "line 5", "line 6", "line 7"]
        assert reported[0] == "line 3: code: Missing data for required field."
        assert "grade" in reported[1]
        assert count(database, Customer) == 2

    def test_refused_rows_can_be_written_to_a_file(self, run_import, branch, tmp_path):
        report = tmp_path / "refused.txt"

        result = run_import("customers", "code,name", ",Acme", options=("--errors", str(report)))

        assert "line 2" not in result.stderr
        assert report.read_text().startswith("line 2: code:")


class TestImportSites:
    HEADER = "customer_code,name,address,latitude,longitude,radius_m"

    def test_sites_are_added_to_their_customers(self, run_import, customer, database):
        result = run_import(
            "sites", self.HEADER, "C1,东门,世纪大道 100 号,31.2,121.5,50", "C1,西门,世纪大道 2 号,31.2,121.5,"
        )

        assert (result.exit_code, result.stdout[:17]) == (0, "rows.csv: 2 added")
        east, west = rows_of(database, Site)
        assert (east.name, east.address, east.latitude, east.radius_m) == (
            "东门",
            "世纪大道 100 号",
            31.2,
            50,
        )
        assert west.radius_m == 100

    def test_a_second_run_adds_nothing(self, run_import, customer, database):
        lines = (self.HEADER, "C1,东门,世纪大道 100 号,31.2,121.5,50")
        run_import("sites", *lines)

        again = run_import("sites", *lines)

        assert "0 added, 1 already there" in again.stdout
        assert count(database, Site) == 1

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            ("C9,东门,road,31.2,121.5,", "no customer with this code"),
            ("C1,东门,road,north,121.5,", "latitude"),
            ("C1,东门,road,nan,121.5,", "latitude"),
            ("C1,东门,road,31.2,181,", "longitude"),
            ("C1,东门,road,31.2,121.5,wide", "radius_m"),
            (",东门,road,31.2,121.5,", "customer_code"),
        ],
    )
    def test_a_bad_row_says_what_is_wrong(self, run_import, customer, row, why):
        result = run_import("sites", self.HEADER, row)

        assert result.exit_code == 1
        assert why in result.stderr


class TestImportShipments:
    HEADER = "customer_code,waybill,picked_up_at,revenue"

    def test_instants_without_a_zone_are_the_branchs_and_revenue_is_in_major_units(
        self, run_import, customer, database
    ):
        run_import(
            "shipments", self.HEADER, "C1,SF1,2026-11-17 00:30:00,630.33", "C1,SF2,2026-11-17T00:30Z,1"
        )

        local, utc = rows_of(database, Shipment)
        assert local.picked_up_at.isoformat() == "2026-11-16T16:30:00+00:00"
        assert (str(local.shipped_on), local.revenue_minor, local.currency) == ("2026-11-17", 63033, "CNY")
        assert (utc.picked_up_at.isoformat(), utc.revenue_minor) == ("2026-11-17T00:30:00+00:00", 100)

    def test_a_currency_has_its_own_minor_units(self, run_import, customer, database):
        run_import("shipments", self.HEADER + ",currency", "C1,SF1,2026-11-17 08:00:00,1500,JPY")

        shipment = rows_of(database, Shipment)[0]
        assert (shipment.revenue_minor, shipment.currency) == (1500, "JPY")

    def test_a_second_run_adds_nothing_and_other_values_are_refused(self, run_import, customer, database):
        run_import("shipments", self.HEADER, "C1,SF1,2026-11-17 08:00:00,5", "C1,SF2,2026-11-17 08:00:00,5")

        again = run_import("shipments", self.HEADER, "C1,SF1,2026-11-17 08:00:00,5", "C1,SF2,2026-11-17,6")

        assert "0 added, 1 already there, 0 skipped, 1 refused" in again.stdout
        assert "line 3: This waybill was reported before with other values." in again.stderr
        assert count(database, Shipment) == 2

    def test_a_wholesale_history_is_imported_as_it_comes(self, run_import, branch, database):
        lines = (
            "customer_code,waybill,picked_up_at,country,cancelled,pieces,revenue",
            "13078,489436,2009-12-01 09:06:00,United Kingdom,0,193,630.33",
            "13078,C489449,2009-12-01 10:33:00,United Kingdom,1,-12,-85.8",
            "18102,489438,2009-12-01 09:24:00,United Kingdom,0,826,2286.24",
        )

        strict = run_import("shipments", *lines)
        result = run_import("shipments", *lines, options=("--create-customers",))

        assert (strict.exit_code, "0 added, 0 already there, 1 skipped, 2 refused" in strict.stdout) == (
            1,
            True,
        )
        assert (result.exit_code, "2 added, 0 already there, 1 skipped, 0 refused" in result.stdout) == (
            0,
            True,
        )
        assert result.stderr.count("Columns ignored: country.") == 1
        assert [(row.code, row.name) for row in rows_of(database, Customer)] == [
            ("13078", "13078"),
            ("18102", "18102"),
        ]
        assert [row.pieces for row in rows_of(database, Shipment)] == [193, 826]

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            ("C9,SF1,2026-11-17 08:00:00,5", "no customer with this code"),
            ("C1,SF1,yesterday,5", "picked_up_at"),
            ("C1,SF1,,5", "picked_up_at"),
            ("C1,SF1,2036-11-17 08:00:00,5", "after it was picked up"),
            ('C1,SF1,2026-11-17 08:00:00,"1,250"', "1250.50"),
            ("C1,SF1,2026-11-17 08:00:00,", "revenue"),
            ("C1,SF1,2026-11-17 08:00:00,-5", "zero or more"),
            ("C1,,2026-11-17 08:00:00,5", "waybill"),
        ],
    )
    def test_a_bad_row_says_what_is_wrong(self, run_import, customer, row, why):
        result = run_import("shipments", self.HEADER, row)

        assert result.exit_code == 1
        assert why in result.stderr

    def test_a_file_longer_than_a_batch_is_stored_whole(self, run_import, customer, database):
        rows = [f"C1,SF{number},2026-11-17 08:00:00,5" for number in range(2_500)]

        result = run_import("shipments", self.HEADER, *rows, "C9,SFX,2026-11-17 08:00:00,5")

        assert "2500 added, 0 already there, 0 skipped, 1 refused" in result.stdout
        assert "line 2502:" in result.stderr
        assert count(database, Shipment) == 2_500


class TestWhichBranch:
    def test_a_branch_is_named_where_there_are_several(self, run_import, branch, database):
        with database.unit_of_work() as session:
            other = make_branch(session, code="SH2")

        unnamed = run_import("customers", "code,name", "C1,Acme")
        named = run_import("customers", "code,name", "C1,Acme", options=("--branch", "SH2"))

        assert (unnamed.exit_code, "--branch" in unnamed.stderr) == (2, True)
        assert named.exit_code == 0
        assert [row.branch_id for row in rows_of(database, Customer)] == [other.id]

    def test_an_unknown_branch_is_told(self, run_import, branch):
        result = run_import("customers", "code,name", "C1,Acme", options=("--branch", "SH9"))

        assert (result.exit_code, "There is no branch SH9." in result.stderr) == (1, True)

    def test_a_header_that_lacks_a_column_imports_nothing(self, run_import, branch, database):
        result = run_import("customers", "code;name", "C1;Acme")

        assert result.exit_code == 1
        assert "The header lacks code, name." in result.stderr
        assert count(database, Customer) == 0
