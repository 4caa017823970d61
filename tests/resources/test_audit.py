"""The audit trail over HTTP, and that what the branch must be able to prove is in it."""

import pytest

from api.domain.vocabulary import Role
from tests.auditing import record, trail
from tests.factories import PASSWORD, make_branch
from tests.signing_in import NOBODY, PHONE, bearer, refresh, sign_in

KEYS = {
    *("id", "name", "subject_type", "subject_id", "about_id", "actor_id", "data", "occurred_at"),
    *("via", "address", "session_id", "role", "reason", "position"),
}


@pytest.fixture
def read(manager):
    """Reads the trail as a manager: `read(about=contact.id)`."""

    def read(**query):
        answer = manager.get("/v1/audit-trail", query_string=query)
        assert answer.status_code == 200
        return answer.json["items"]

    return read


class TestReading:
    def test_b9_an_entry_has_these_keys_and_no_others(self, read, database, branch):
        with database.unit_of_work() as session:
            record(session, branch_id=branch.id)

        [entry] = read()

        assert entry.keys() == KEYS

    def test_it_is_narrowed_by_whom_by_whom_and_what(self, read, database, branch, rep):
        with database.unit_of_work() as session:
            contact_id = record(session, branch_id=branch.id, actor_id=rep.id)
            record(session, "customer.changed", branch_id=branch.id)

        assert [entry["about_id"] for entry in read(about=contact_id)] == [str(contact_id)]
        assert [entry["actor_id"] for entry in read(by=rep.id)] == [str(rep.id)]
        assert [entry["name"] for entry in read(name="customer.changed")] == ["customer.changed"]

    def test_a_name_that_no_entry_ever_has_is_refused(self, manager):
        assert manager.get("/v1/audit-trail?name=pickup.booked").status_code == 422

    def test_it_is_read_page_by_page_newest_first(self, manager, database, branch):
        with database.unit_of_work() as session:
            made = [str(record(session, branch_id=branch.id)) for _ in range(5)]

        seen, path = [], "/v1/audit-trail?limit=2"
        while path:
            page = manager.get(path).json
            seen += [entry["subject_id"] for entry in page["items"]]
            path = page["next"]

        assert seen == made[::-1]

    def test_b5_another_branchs_trail_is_not_shown(self, read, database):
        with database.unit_of_work() as session:
            elsewhere = make_branch(session)
            contact_id = record(session, branch_id=elsewhere.id)

        assert read() == read(about=contact_id) == []

    @pytest.mark.parametrize("role", [role for role in Role if role not in {Role.MANAGER, Role.ADMIN}])
    def test_only_who_answers_for_the_branch_reads_it(self, signed_in, hire, role):
        assert signed_in(hire(role)).get("/v1/audit-trail").status_code == 403


class TestWhatIsInIt:
    def test_b7_a_role_change_tells_from_what_to_what(self, read, signed_in, hire):
        member = hire(Role.COURIER)
        admin = signed_in(hire(Role.ADMIN))

        admin.patch(f"/v1/staff/{member.id}", json={"role": "dispatcher"}, headers={"If-Match": '"1"'})

        [entry] = read(about=member.id, name="staff.role_changed")
        assert entry["data"] == {"from": "courier", "to": "dispatcher"}
        assert (entry["role"], entry["via"], entry["address"]) == ("admin", "web", "127.0.0.1")

    def test_a_deactivation_is_in_it(self, read, signed_in, hire):
        member = hire(Role.COURIER)

        signed_in(hire(Role.ADMIN)).post(f"/v1/staff/{member.id}/deactivation")

        assert [entry["name"] for entry in read(about=member.id)] == ["staff.deactivated"]

    def test_c13_looking_where_couriers_are_is_in_it(self, read, manager):
        manager.post("/v1/positions/viewing")

        assert [entry["name"] for entry in read()] == ["positions.viewed"]

    def test_a11_who_signed_in_from_where_is_in_it(self, read, client, hire):
        courier = hire(Role.COURIER, phone=PHONE)

        sign_in(client, environ_base={"REMOTE_ADDR": "198.51.100.7"}, headers={"X-Forwarded-For": "10.0.0.1"})

        [entry] = read(about=courier.id)
        assert (entry["name"], entry["address"]) == ("session.opened", "198.51.100.7")

    def test_a1_a_refresh_token_used_again_is_in_it_though_it_was_refused(self, read, client, clock, hire):
        courier = hire(Role.COURIER, phone=PHONE)
        tokens = sign_in(client).json
        refresh(client, tokens)
        clock.tick(minutes=1)

        refresh(client, tokens)

        assert read(about=courier.id)[0]["name"] == "session.refresh_reused"

    def test_a7_a_lock_out_is_in_it_about_whose_account_it_is(self, read, client, hire):
        courier = hire(Role.COURIER, phone=PHONE)

        for _ in range(5):
            sign_in(client, password="wrong password")

        [entry] = read(about=courier.id)
        assert (entry["name"], entry["data"]) == ("sign_in.locked", {"counter": "account"})

    def test_a7_a_lock_out_of_nobody_we_know_is_in_it_without_the_number(self, client, database):
        for _ in range(5):
            sign_in(client, phone=NOBODY)

        [(fact, entry)] = trail(database, "sign_in.locked")
        assert (fact.subject_type, fact.branch_id, entry.actor_id) == ("account", None, None)
        assert NOBODY not in f"{fact.data}{fact.subject_id}"

    def test_changing_ones_password_is_in_it(self, read, client, hire):
        courier = hire(Role.COURIER, phone=PHONE)
        token = sign_in(client).json["access_token"]

        client.post(
            "/v1/auth/password",
            json={"old_password": PASSWORD, "new_password": "another good one"},
            headers=bearer(token),
        )

        assert "staff.password_changed" in [entry["name"] for entry in read(about=courier.id)]
