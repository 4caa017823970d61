"""F1, F2, F4: what holds for whatever is taken away as a file, whichever of the exports it is."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest

from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import Role, WaitOutcome, WaitState
from api.models import BranchPolicyVersion, EventRecord, Export, Notice
from tests import factories
from tests.databases import only_postgres
from tests.exporting import cells_of, mark_of, rows_of
from tests.fakes import NOW
from tests.rounds import rows

DAY = {"from": "2026-11-18", "to": "2026-11-18"}
CUSTOMERS = ("/v1/customers/export", {})
EXPORTS = [
    pytest.param("/v1/reports/waits/export", DAY | {"by": "customer"}, id="waits"),
    pytest.param("/v1/reports/readiness-effect/export", DAY | {"by": "site"}, id="readiness effect"),
    pytest.param(*CUSTOMERS, id="customers"),
]
every_export = pytest.mark.parametrize(("path", "body"), EXPORTS)


@pytest.fixture
def visited(database, branch, rep, courier):
    """Adds a customer of the rep at whose door a courier waited today."""

    def visited(name="东方贸易"):
        with database.unit_of_work() as session:
            customer = factories.make_customer(session, branch, name=name, owner_id=rep.id)
            pickup = factories.make_pickup(session, factories.make_site(session, customer), courier=courier)
            factories.make_wait(
                session,
                pickup,
                state=WaitState.CLOSED,
                outcome=WaitOutcome.COLLECTED,
                departed_at=NOW + timedelta(seconds=90),
                dwell_seconds=90,
                avoidable_wait_seconds=90,
            )

    return visited


@pytest.fixture
def policy(database, branch):
    """Sets numbers of the branch's policy."""

    def policy(**settings):
        with database.unit_of_work() as session:
            session.add(
                BranchPolicyVersion(branch_id=branch.id, version=1, settings=settings, created_at=NOW)
            )

    return policy


def take(client, path=CUSTOMERS[0], body=CUSTOMERS[1]):
    return client.post(path, json=body)


def facts(database):
    return [row for row in rows(database, EventRecord) if row["name"] == "data.exported"]


def told(database):
    return {row["staff_id"] for row in rows(database, Notice) if row["kind"] == NoticeKind.DATA_EXPORTED}


class TestWhoTakesIt:
    @every_export
    def test_f2_it_wants_a_fresh_password(self, signed_in, rep, database, path, body):
        answer = take(signed_in(rep, confirmed_at=None), path, body)

        assert answer.status_code == 403
        assert answer.json["code"] == "confirmation_needed"
        assert "/v1/auth/confirmation" in answer.json["detail"]
        assert not rows(database, Export)

    @every_export
    @pytest.mark.parametrize("role", [Role.COURIER, Role.SERVICE_AGENT, Role.INTEGRATION])
    def test_b7_who_has_no_business_with_it_is_refused(self, signed_in, hire, path, body, role):
        answer = take(signed_in(hire(role)), path, body)

        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


class TestTheFile:
    @every_export
    def test_f1_nothing_in_it_is_run_as_a_formula(self, visited, signed_in, rep, path, body):
        visited('=HYPERLINK("http://x")')

        cells = [cell for row in cells_of(take(signed_in(rep), path, body).data) for cell in row]

        assert any(cell.startswith("'=HYPERLINK") for cell in cells)
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]

    @every_export
    def test_f4_its_name_is_our_own(self, visited, signed_in, rep, path, body):
        visited("../../etc/passwd\r\nX-Evil: 1")

        disposition = take(signed_in(rep), path, body).headers["Content-Disposition"]

        assert re.fullmatch(r"attachment; filename=[a-z0-9-]+\.csv", disposition)

    @every_export
    def test_f2_it_says_who_took_it_away_and_how_much(self, visited, signed_in, rep, database, path, body):
        for _ in range(3):
            visited()

        answer = take(signed_in(rep), path, body)

        (export,) = rows(database, Export)
        assert answer.headers["X-Export-Id"] == str(export["id"])
        assert export["row_count"] == len(rows_of(answer)) == 3
        assert mark_of(answer) == (
            f"export {export['id']}: 3 rows, taken by {rep.id} at 2026-11-18T01:30:00+00:00"
        )

    @every_export
    def test_f2_who_took_what_away_is_recorded(self, visited, signed_in, rep, branch, database, path, body):
        visited()

        export_id = UUID(take(signed_in(rep), path, body).headers["X-Export-Id"])

        (fact,) = facts(database)
        assert (fact["subject_id"], fact["actor_id"]) == (export_id, rep.id)
        assert (fact["branch_id"], fact["data"]["rows"]) == (branch.id, 1)
        assert body.items() <= fact["data"]["only"].items()

    @every_export
    def test_f2_what_only_looks_or_fails_leaves_no_trace(self, signed_in, rep, database, path, body):
        client = signed_in(rep)

        assert take(client, path, body | {"mood": "good"}).status_code == 422
        assert client.get("/v1/customers").status_code == 200

        assert not facts(database)


class TestHowMuch:
    @every_export
    def test_f2_more_than_the_branch_allows_is_not_given_away(
        self, visited, policy, signed_in, rep, database, path, body
    ):
        policy(export_most_rows=2)
        for _ in range(3):
            visited()

        answer = take(signed_in(rep), path, body)

        assert (answer.status_code, answer.json["code"]) == (422, "export_too_long")
        assert (answer.json["rows"], answer.json["most"]) == (3, 2)
        assert not rows(database, Export)
        assert not facts(database)

    def test_f2_as_much_as_the_branch_allows_is(self, visited, policy, signed_in, rep):
        policy(export_most_rows=2)
        for _ in range(2):
            visited()

        assert len(rows_of(take(signed_in(rep)))) == 2

    def test_f2_a_person_takes_so_many_files_a_day(self, policy, signed_in, rep, hire):
        policy(exports_per_day=2)
        client = signed_in(rep)
        for _ in range(2):
            take(client)

        refused = take(client)

        assert (refused.status_code, refused.json["code"]) == (429, "too_many_exports")
        assert refused.headers["Retry-After"] == str(14 * 3600 + 30 * 60)  # Midnight in Shanghai.
        assert take(signed_in(hire(Role.MANAGER))).status_code == 200

    def test_f2_the_next_day_begins_at_midnight_of_the_branch(self, policy, signed_in, rep, clock):
        policy(exports_per_day=1)
        take(signed_in(rep))

        late = clock.tick(hours=14, minutes=29, seconds=59)
        assert take(signed_in(rep, confirmed_at=late)).headers["Retry-After"] == "1"
        midnight = clock.tick(seconds=1)
        assert take(signed_in(rep, confirmed_at=midnight)).status_code == 200

    @only_postgres
    def test_f2_two_at_once_do_not_share_the_last_one(self, policy, signed_in, rep):
        policy(exports_per_day=1)
        phones, at_once = [signed_in(rep), signed_in(rep)], Barrier(2)

        def take_now(phone):
            at_once.wait()
            return take(phone).status_code

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(take_now, phones)) == [200, 429]


class TestWhoHearsOfIt:
    def test_f2_the_managers_hear_of_much_at_once(self, visited, policy, signed_in, rep, hire, database):
        policy(export_alert_rows=1)
        managers, _admin = {hire(Role.MANAGER).id, hire(Role.MANAGER).id}, hire(Role.ADMIN)
        visited()
        take(signed_in(rep))
        assert not told(database)

        visited()
        take(signed_in(rep))

        assert told(database) == managers

    def test_f2_the_managers_hear_of_a_reps_at_night(self, signed_in, rep, hire, database, clock):
        manager = hire(Role.MANAGER)
        night = clock.tick(hours=12)

        take(signed_in(rep, confirmed_at=night))

        assert told(database) == {manager.id}

    def test_f2_nobody_hears_of_what_he_did_himself(self, policy, visited, signed_in, hire, database):
        policy(export_alert_rows=0)
        exporter, colleague = hire(Role.MANAGER), hire(Role.MANAGER)
        visited()

        take(signed_in(exporter))

        assert told(database) == {colleague.id}

    def test_f2_admins_hear_of_the_only_manager(self, policy, visited, signed_in, hire, database):
        policy(export_alert_rows=0)
        only_manager, admin = hire(Role.MANAGER), hire(Role.ADMIN)
        visited()

        take(signed_in(only_manager))

        assert told(database) == {admin.id}

    def test_f2_where_nobody_else_leads_it_is_recorded_all_the_same(
        self, policy, visited, signed_in, hire, database
    ):
        policy(export_alert_rows=0)
        visited()

        assert take(signed_in(hire(Role.ADMIN))).status_code == 200

        assert not told(database)
        assert len(facts(database)) == 1
