"""Staff over HTTP: who may hire, change, reset and deactivate whom, and the API keys of machine accounts."""

import pytest
from sqlalchemy import select

from api.domain.vocabulary import Role
from api.models import EventRecord, StaffMember
from tests.factories import make_branch, make_staff
from tests.signing_in import bearer

NEWCOMER = {"role": "courier", "name": "陈晨", "phone": "13800138000", "password": "a good password"}
LEADS = (Role.MANAGER, Role.ADMIN)


@pytest.fixture
def manager(hire):
    return hire(Role.MANAGER)


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER)


@pytest.fixture
def stranger(database):
    """A courier of another branch."""
    with database.unit_of_work() as session:
        return make_staff(session, make_branch(session))


def change(client, member, changes, version=1):
    return client.patch(f"/v1/staff/{member.id}", json=changes, headers={"If-Match": f'"{version}"'})


def facts(database):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(EventRecord).order_by(EventRecord.id)).all()


class TestHiring:
    def test_a_manager_hires_a_courier_into_his_branch(self, signed_in, manager, branch):
        answer = signed_in(manager).post("/v1/staff", json=NEWCOMER)

        assert answer.status_code == 201
        assert answer.headers["ETag"] == '"1"'
        assert answer.json["branch_id"] == str(branch.id)
        assert answer.json["phone"] == "+86*******8000"

    def test_b9_a_member_of_staff_is_shown_with_these_keys_and_no_others(self, signed_in, manager):
        answer = signed_in(manager).post("/v1/staff", json=NEWCOMER)

        assert answer.json.keys() == {
            *("id", "branch_id", "role", "name", "phone", "locale", "timezone"),
            *("deactivated_at", "created_at", "erased_at", "version"),
        }

    @pytest.mark.parametrize("foreign", ["branch_id", "token_epoch", "deactivated_at", "password_hash"])
    def test_b5_b6_nothing_else_can_be_set(self, signed_in, manager, foreign):
        answer = signed_in(manager).post("/v1/staff", json={**NEWCOMER, foreign: "1"})

        assert answer.status_code == 422
        assert list(answer.json["errors"]) == [foreign]

    def test_a_phone_number_signs_in_to_one_account_only(self, signed_in, manager):
        client = signed_in(manager)
        client.post("/v1/staff", json=NEWCOMER)

        answer = client.post("/v1/staff", json={**NEWCOMER, "phone": "+86 138 0013 8000"})

        assert answer.status_code == 409
        assert answer.json["code"] == "phone_taken"

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
    def test_b7_a_manager_hires_nobody_of_his_own_rank_or_above(self, signed_in, manager, role):
        answer = signed_in(manager).post("/v1/staff", json={**NEWCOMER, "role": role})

        assert answer.status_code == 403
        assert answer.json["code"] == "above_your_rank"

    def test_an_admin_hires_a_manager(self, signed_in, hire):
        answer = signed_in(hire(Role.ADMIN)).post("/v1/staff", json={**NEWCOMER, "role": "manager"})

        assert answer.status_code == 201

    @pytest.mark.parametrize("missing", ["phone", "password"])
    def test_a_person_needs_what_he_signs_in_with(self, signed_in, manager, missing):
        body = {name: value for name, value in NEWCOMER.items() if name != missing}

        assert list(signed_in(manager).post("/v1/staff", json=body).json["errors"]) == [missing]

    def test_a_machine_account_has_no_password(self, signed_in, manager):
        answer = signed_in(manager).post("/v1/staff", json={**NEWCOMER, "role": "integration"})

        assert answer.json["errors"].keys() == {"phone", "password"}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("role", "boss"),
            ("name", ""),
            ("name", "   "),
            ("name", "x" * 81),
            ("name", "line\nbreak"),
            ("phone", "12"),
            ("password", "7 chars"),
            ("locale", "fr"),
        ],
    )
    def test_what_is_malformed_is_refused_by_name(self, signed_in, manager, field, value):
        answer = signed_in(manager).post("/v1/staff", json={**NEWCOMER, field: value})

        assert answer.status_code == 422
        assert field in answer.json["errors"]


class TestListing:
    def test_b4_staff_of_other_branches_are_not_listed(self, signed_in, manager, courier, stranger):
        listed = signed_in(manager).get("/v1/staff").json["items"]

        assert {one["id"] for one in listed} == {str(manager.id), str(courier.id)}

    def test_b1_staff_of_other_branches_are_not_found(self, signed_in, manager, stranger):
        assert signed_in(manager).get(f"/v1/staff/{stranger.id}").status_code == 404

    def test_the_list_can_be_narrowed_to_a_role(self, signed_in, manager, courier):
        listed = signed_in(manager).get("/v1/staff?role=courier").json["items"]

        assert [one["id"] for one in listed] == [str(courier.id)]

    def test_g3_pages_follow_each_other_without_gap_or_repeat(self, signed_in, manager, hire):
        hired = [manager, *(hire(Role.COURIER) for _ in range(4))]
        client = signed_in(manager)

        seen, path = [], "/v1/staff?limit=2"
        while path:
            page = client.get(path).json
            seen += [one["id"] for one in page["items"]]
            path = page["next"]

        assert seen == [str(one.id) for one in hired]

    @pytest.mark.parametrize(
        "query", ["limit=0", "limit=201", "limit=1e9", "cursor=x", "cursor=W10", "role=boss", "roles=courier"]
    )
    def test_g3_a_list_cannot_be_asked_for_anything_else(self, signed_in, manager, query):
        assert signed_in(manager).get(f"/v1/staff?{query}").status_code == 422


class TestChanging:
    def test_a_change_raises_the_version(self, signed_in, manager, courier):
        answer = change(signed_in(manager), courier, {"name": "王大明"})

        assert answer.status_code == 200
        assert answer.json["name"] == "王大明"
        assert answer.headers["ETag"] == '"2"'

    def test_b11_a_change_without_if_match_is_refused(self, signed_in, manager, courier):
        answer = signed_in(manager).patch(f"/v1/staff/{courier.id}", json={"name": "王大明"})

        assert answer.status_code == 428
        assert answer.json["code"] == "if_match_required"

    def test_a_tag_that_a_proxy_has_weakened_is_understood(self, signed_in, manager, courier):
        answer = signed_in(manager).patch(
            f"/v1/staff/{courier.id}", json={"name": "王大明"}, headers={"If-Match": 'W/"1"'}
        )

        assert answer.status_code == 200

    @pytest.mark.parametrize("tag", ['"2"', '"abc"', '"1", "2"', '"99999999999999999999"'])
    def test_b11_a_change_of_another_version_is_refused(self, signed_in, manager, courier, tag):
        answer = signed_in(manager).patch(
            f"/v1/staff/{courier.id}", json={"name": "王大明"}, headers={"If-Match": tag}
        )

        assert answer.status_code == 412
        assert answer.json["code"] == "stale_version"

    def test_b7_nobody_changes_his_own_role(self, signed_in, hire):
        admin = hire(Role.ADMIN)

        assert change(signed_in(admin), admin, {"role": "courier"}).json["code"] == "above_your_rank"

    @pytest.mark.parametrize("target", LEADS)
    def test_b7_a_manager_changes_nobody_of_his_own_rank_or_above(self, signed_in, manager, hire, target):
        assert change(signed_in(manager), hire(target), {"name": "x"}).status_code == 403

    @pytest.mark.parametrize("role", LEADS)
    def test_b7_a_manager_raises_nobody_to_his_own_rank_or_above(self, signed_in, manager, courier, role):
        assert change(signed_in(manager), courier, {"role": role}).status_code == 403

    def test_b7_another_admin_can_change_an_admin(self, signed_in, hire, database):
        admin, other = hire(Role.ADMIN), hire(Role.ADMIN)

        assert change(signed_in(admin), other, {"role": "manager"}).status_code == 200
        assert facts(database)[-1].actor_id == admin.id

    def test_a_machine_account_never_becomes_a_person(self, signed_in, manager, hire):
        answer = change(signed_in(manager), hire(Role.INTEGRATION), {"role": "courier"})

        assert answer.status_code == 409
        assert answer.json["code"] == "people_are_not_machines"

    def test_a_change_is_recorded_with_its_fields_and_without_their_values(
        self, signed_in, manager, courier, database
    ):
        change(signed_in(manager), courier, {"phone": "13900139000", "name": "王大明"})

        recorded = facts(database)[-1]
        assert recorded.name == "staff.changed"
        assert recorded.data == {"fields": ["name", "phone"]}

    def test_a_new_phone_number_must_be_free(self, signed_in, manager, courier, hire):
        taken = hire(Role.COURIER, phone="+8613900139000").phone

        assert change(signed_in(manager), courier, {"phone": taken}).json["code"] == "phone_taken"

    def test_a_member_of_another_branch_is_not_found(self, signed_in, manager, stranger):
        assert change(signed_in(manager), stranger, {"name": "x"}).status_code == 404


class TestShuttingOut:
    def test_a_deactivation_is_shown_and_can_be_repeated(self, signed_in, manager, courier, database):
        client = signed_in(manager)

        first = client.post(f"/v1/staff/{courier.id}/deactivation")
        again = client.post(f"/v1/staff/{courier.id}/deactivation")

        assert first.json["deactivated_at"] is not None
        assert again.json == first.json
        assert [fact.name for fact in facts(database)].count("staff.deactivated") == 1

    @pytest.mark.parametrize("path", ["deactivation", "password"])
    def test_b7_nobody_does_it_to_himself_or_his_equals(self, signed_in, manager, hire, path):
        client, body = signed_in(manager), {"password": "a good password"} if path == "password" else None

        for member in (manager, hire(Role.MANAGER), hire(Role.ADMIN)):
            assert client.post(f"/v1/staff/{member.id}/{path}", json=body).status_code == 403

    def test_a_member_of_another_branch_is_not_found(self, signed_in, manager, stranger, database):
        answer = signed_in(manager).post(f"/v1/staff/{stranger.id}/deactivation")

        assert answer.status_code == 404
        with database.unit_of_work(read_only=True) as session:
            assert session.get_one(StaffMember, stranger.id).deactivated_at is None


class TestApiKeys:
    @pytest.fixture
    def machine(self, hire):
        return hire(Role.INTEGRATION, phone=None, password_hash=None)

    def test_a_key_is_shown_once_and_opens_the_api(self, client, signed_in, manager, machine):
        boss = signed_in(manager)

        made = boss.post(f"/v1/staff/{machine.id}/api-keys", json={"label": "dispatch"})

        assert made.status_code == 201
        assert client.get("/v1/me", headers=bearer(made.json["key"])).json["role"] == "integration"
        assert boss.get(f"/v1/staff/{machine.id}/api-keys").json["items"] == [
            {name: made.json[name] for name in ("id", "label", "created_at")}
        ]

    def test_a_revoked_key_opens_nothing_at_once(self, client, signed_in, manager, machine):
        boss = signed_in(manager)
        made = boss.post(f"/v1/staff/{machine.id}/api-keys", json={"label": "dispatch"}).json

        answer = boss.delete(f"/v1/staff/{machine.id}/api-keys/{made['id']}")

        assert answer.status_code == 204
        assert client.get("/v1/me", headers=bearer(made["key"])).status_code == 401
        assert boss.get(f"/v1/staff/{machine.id}/api-keys").json["items"] == []
        assert boss.delete(f"/v1/staff/{machine.id}/api-keys/{made['id']}").status_code == 404

    def test_a_deactivated_machine_account_is_shut_out(self, client, signed_in, manager, machine):
        boss = signed_in(manager)
        made = boss.post(f"/v1/staff/{machine.id}/api-keys", json={"label": "dispatch"}).json

        boss.post(f"/v1/staff/{machine.id}/deactivation")

        assert client.get("/v1/me", headers=bearer(made["key"])).status_code == 401

    def test_people_get_no_api_keys(self, signed_in, manager, courier):
        answer = signed_in(manager).post(f"/v1/staff/{courier.id}/api-keys", json={"label": "mine"})

        assert answer.status_code == 409
        assert answer.json["code"] == "not_an_integration"
