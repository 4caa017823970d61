"""What operators do by command: bring the database up, open branches, add people, start the server."""

import pytest
from sqlalchemy import select

from api import server_lock
from api.app import create_app
from api.models import Branch, StaffMember
from migrations import runner
from tests.databases import only_sqlite
from tests.factories import make_branch
from tests.fakes import settings_for
from tests.signing_in import bearer, sign_in

COURIER = ("--branch", "SH01", "--role", "courier", "--name", "陈晨", "--phone", "138 0013 8000")


@pytest.fixture
def run(app):
    """Runs a command: `run("branch", "list")`."""

    def run(*arguments):
        with app.app_context():
            return app.test_cli_runner().invoke(args=arguments)

    return run


@pytest.fixture
def branch(database):
    with database.unit_of_work() as session:
        return make_branch(session, code="SH01")


class TestBranches:
    def test_a_branch_is_opened(self, run, database):
        answer = run(
            "branch", "create", "SH01", "浦东网点", "--timezone", "Asia/Shanghai", "--locale", "zh-CN"
        )

        assert answer.exit_code == 0
        with database.unit_of_work(read_only=True) as session:
            opened = session.scalars(select(Branch)).one()
        assert (opened.code, opened.name, opened.timezone) == ("SH01", "浦东网点", "Asia/Shanghai")
        assert str(opened.id) in run("branch", "list").output

    def test_a_code_is_taken_once(self, run, branch):
        answer = run("branch", "create", "SH01", "x", "--timezone", "Asia/Shanghai")

        assert answer.exit_code == 1
        assert answer.output == "Error: There is a branch with this code.\n"

    def test_a_time_zone_that_nobody_knows_is_refused_by_name(self, run):
        answer = run("branch", "create", "SH01", "x", "--timezone", "Asia/Pudong")

        assert answer.exit_code == 1
        assert "timezone: Not a time zone" in answer.output


class TestStaff:
    def test_a_courier_is_added_and_signs_in(self, run, branch, client):
        answer = run("staff", "create", *COURIER, "--password", "a good password")

        assert answer.exit_code == 0
        assert sign_in(client, phone="+8613800138000", password="a good password").status_code == 200

    def test_a_machine_account_gets_a_key_that_is_shown_once(self, run, branch, client, database):
        answer = run("staff", "create", "--branch", "SH01", "--role", "integration", "--name", "dispatch")

        key = answer.output.strip().rpartition(" ")[2]
        assert client.get("/v1/me", headers=bearer(key)).json["role"] == "integration"

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            (("--password", "7 chars"), "8 to 128 characters"),
            ((), "8 to 128 characters"),
            (("--password", "a good password", "--phone", "12"), "12 is not a phone number"),
            (("--password", "a good password", "--branch", "BJ01"), "There is no branch BJ01"),
            (("--password", "a good password", "--role", "boss"), "'boss' is not one of"),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_reason(self, run, branch, database, arguments, reason):
        answer = run("staff", "create", *COURIER, *arguments)

        assert answer.exit_code != 0
        assert reason in answer.output
        with database.unit_of_work(read_only=True) as session:
            assert session.scalars(select(StaffMember)).all() == []

    def test_a_phone_number_signs_in_to_one_account_only(self, run, branch):
        run("staff", "create", *COURIER, "--password", "a good password")

        answer = run("staff", "create", *COURIER, "--password", "a good password")

        assert answer.exit_code == 1
        assert "Another account signs in with this phone number." in answer.output


class TestDatabase:
    def test_an_upgrade_can_be_repeated(self, run):
        for _ in range(2):
            assert run("db", "upgrade").output == f"The database is at revision {runner.head()}.\n"

        assert run("db", "current").output == f"at {runner.head()}, needs {runner.head()}\n"

    def test_a_database_without_tables_is_not_ready(self, tmp_path):
        settings = settings_for(f"sqlite:///{tmp_path}/empty.db")
        app = create_app(settings)

        answer = app.test_client().get("/health/ready")

        app.database.close()
        assert answer.status_code == 503


@only_sqlite
class TestServe:
    """How the server refuses to start. That it serves is tested end to end."""

    def test_f9_a_public_address_needs_a_token_for_the_metrics(self, run):
        answer = run("serve", "--host", "0.0.0.0")

        assert answer.exit_code == 1
        assert "DOORSTEP_METRICS_TOKEN" in answer.output

    def test_f9_a_public_address_is_not_served_in_debug_mode(self, run, app):
        app.debug = True

        answer = run("serve", "--host", "0.0.0.0")

        assert answer.exit_code == 2
        assert "FLASK_DEBUG" in answer.output

    def test_a11_whoever_publishes_an_address_hears_that_no_proxy_is_trusted(self, run, settings):
        server_lock.hold(settings.database_url)

        assert "DOORSTEP_TRUSTED_PROXIES is 0" in run("serve").output

    def test_sqlite_is_served_by_one_process(self, run):
        assert "one process" in run("serve", "--workers", "2").output

    def test_a_second_server_on_the_same_file_is_refused(self, run, settings):
        server_lock.hold(settings.database_url)

        answer = run("serve")

        assert answer.exit_code == 1
        assert "already served by process" in answer.output
