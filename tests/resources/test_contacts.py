"""Contacts over HTTP: masked by default, in full for those entitled, found by phone."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.domain.vocabulary import PickupState, Role
from api.models import Contact
from tests.auditing import trail
from tests.factories import make_contact
from tests.fakes import NOW

KEYS = {
    "id",
    "customer_id",
    "name",
    "phone",
    "email",
    "locale",
    "birthday",
    "opted_out_at",
    "preferred_channel",
    "hours_start",
    "hours_end",
    "undeliverable",
    "created_at",
    "erased_at",
    "version",
}
PERSON = {
    "name": "李芳",
    "phone": "+8613812345678",
    "email": "fang.li@example.com",
    "locale": "en",
    "birthday": "1990-02-28",
}
MASKED = {"phone": "+86*******5678", "email": "f***@example.com"}


@pytest.fixture
def contact(database, customer):
    person = {**PERSON, "birthday": date(1990, 2, 28)}
    with database.unit_of_work() as session:
        return make_contact(session, customer, **person)


class TestAddContact:
    def test_a_contact_leaves_masked(self, signed_in, rep, customer):
        answer = signed_in(rep).post(f"/v1/customers/{customer.id}/contacts", json=PERSON)

        assert answer.status_code == 201
        assert answer.json.keys() == KEYS
        assert answer.json.items() >= {**PERSON, **MASKED}.items()

    def test_a_name_is_enough_and_the_branchs_language_holds(self, signed_in, rep, customer):
        answer = signed_in(rep).post(f"/v1/customers/{customer.id}/contacts", json={"name": "李芳"})

        assert answer.status_code == 201
        assert (answer.json["phone"], answer.json["email"], answer.json["locale"]) == (None, None, "zh-CN")

    def test_what_is_about_a_person_is_not_readable_in_the_database(self, signed_in, rep, customer, database):
        signed_in(rep).post(f"/v1/customers/{customer.id}/contacts", json=PERSON)

        with database.unit_of_work(read_only=True) as session:
            stored = str(session.execute(text("SELECT * FROM contacts")).mappings().one())
        assert not [clear for clear in ("李芳", "13812345678", "fang.li", "1990", "02-28") if clear in stored]

    def test_a_colleagues_customer_is_not_found(self, signed_in, hire, customer):
        answer = signed_in(hire(Role.SALES_REP)).post(f"/v1/customers/{customer.id}/contacts", json=PERSON)

        assert answer.status_code == 404

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"name": ""}, "name"),
            ({"phone": "12"}, "phone"),
            ({"phone": "call me"}, "phone"),
            ({"email": "fang"}, "email"),
            ({"email": f"{'x' * 250}@a.cn"}, "email"),
            ({"locale": "fr"}, "locale"),
            ({"birthday": "1990-02-30"}, "birthday"),
            ({"birthday": "2026-11-19"}, "birthday"),
            ({"birthday": "28.02.1990"}, "birthday"),
        ],
    )
    def test_what_is_malformed_is_refused_by_name(self, signed_in, rep, customer, change, field):
        answer = signed_in(rep).post(f"/v1/customers/{customer.id}/contacts", json={**PERSON, **change})

        assert answer.status_code == 422
        assert set(answer.json["errors"]) == {field}


class TestFindContacts:
    @pytest.mark.parametrize("spelling", ["+8613812345678", "13812345678", "+86 138-1234-5678"])
    def test_a_contact_is_found_by_his_number_in_any_spelling(self, signed_in, hire, contact, spelling):
        agent = signed_in(hire(Role.SERVICE_AGENT))

        found = agent.get("/v1/contacts", query_string={"phone": spelling}).json["items"]

        assert [item["id"] for item in found] == [str(contact.id)]
        assert found[0]["phone"] == MASKED["phone"]

    def test_b4_a_rep_does_not_find_a_colleagues_contact(self, signed_in, hire, contact):
        rep = signed_in(hire(Role.SALES_REP))

        assert rep.get("/v1/contacts?phone=13812345678").json["items"] == []

    def test_contacts_are_never_listed_without_a_number(self, signed_in, hire, contact):
        assert signed_in(hire(Role.ADMIN)).get("/v1/contacts").status_code == 422


class TestListContacts:
    def test_a_customers_contacts_are_listed(self, signed_in, rep, customer, contact):
        listed = signed_in(rep).get(f"/v1/customers/{customer.id}/contacts").json

        assert [item["id"] for item in listed["items"]] == [str(contact.id)]

    @pytest.mark.parametrize("role", [Role.COURIER, Role.SALES_REP])
    def test_others_do_not_list_them(self, signed_in, hire, customer, contact, role):
        answer = signed_in(hire(role)).get(f"/v1/customers/{customer.id}/contacts")

        assert answer.status_code == (403 if role is Role.COURIER else 404)


WHY = {"reason": "he asked us to call back"}


class TestUnmaskContact:
    @pytest.mark.parametrize("role", [Role.DISPATCHER, Role.SERVICE_AGENT, Role.MANAGER, Role.ADMIN])
    def test_those_entitled_see_all_of_it(self, signed_in, hire, contact, role):
        answer = signed_in(hire(role)).post(f"/v1/contacts/{contact.id}/unmasking", json=WHY)

        assert answer.status_code == 200
        assert answer.json.keys() == KEYS
        assert answer.json.items() >= PERSON.items()

    def test_the_owner_sees_all_of_it(self, signed_in, rep, contact):
        answer = signed_in(rep).post(f"/v1/contacts/{contact.id}/unmasking", json=WHY)

        assert answer.json["phone"] == PERSON["phone"]

    @pytest.mark.parametrize("role", [Role.COURIER, Role.INTEGRATION])
    def test_others_are_refused(self, signed_in, hire, contact, role):
        assert signed_in(hire(role)).post(f"/v1/contacts/{contact.id}/unmasking").status_code == 403

    def test_who_asked_and_why_is_recorded_and_what_he_saw_is_not(self, signed_in, rep, contact, database):
        signed_in(rep).post(f"/v1/contacts/{contact.id}/unmasking", json=WHY)

        [(fact, entry)] = trail(database, "contact.unmasked")
        assert (fact.subject_id, fact.actor_id, fact.data) == (contact.id, rep.id, {})
        assert (entry.reason, entry.role, entry.address) == (WHY["reason"], Role.SALES_REP, "127.0.0.1")

    @pytest.mark.parametrize("body", [None, {}])
    def test_without_a_running_pickup_a_reason_is_needed(self, signed_in, rep, contact, pickup_of, body):
        pickup_of(state=PickupState.COLLECTED)

        answer = signed_in(rep).post(f"/v1/contacts/{contact.id}/unmasking", json=body)

        assert (answer.status_code, answer.json["code"]) == (422, "reason_needed")

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 201, 7])
    def test_a_reason_is_one_to_two_hundred_characters(self, signed_in, rep, contact, reason):
        answer = signed_in(rep).post(f"/v1/contacts/{contact.id}/unmasking", json={"reason": reason})

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["reason"])

    @pytest.mark.parametrize("state", [PickupState.EN_ROUTE, PickupState.AT_DOOR])
    def test_while_his_pickup_runs_it_is_its_own_reason(
        self, signed_in, rep, courier, contact, pickup_of, state
    ):
        pickup_of(courier, state=state)

        assert signed_in(rep).post(f"/v1/contacts/{contact.id}/unmasking").status_code == 200

    def test_b4_a_colleagues_contact_is_not_found(self, signed_in, hire, contact):
        rep = signed_in(hire(Role.SALES_REP))

        assert rep.post(f"/v1/contacts/{contact.id}/unmasking", json=WHY).status_code == 404


class TestChangeContact:
    def test_a_new_number_is_found_and_the_old_one_is_not(self, signed_in, rep, contact):
        client = signed_in(rep)

        changed = client.patch(
            f"/v1/contacts/{contact.id}", json={"phone": "13900000001"}, headers={"If-Match": '"1"'}
        )

        assert changed.status_code == 200
        assert len(client.get("/v1/contacts?phone=13900000001").json["items"]) == 1
        assert client.get("/v1/contacts?phone=13812345678").json["items"] == []

    def test_an_address_that_is_entered_anew_is_believed_again(self, signed_in, rep, contact, database):
        with database.unit_of_work() as session:
            session.get_one(Contact, contact.id).sms_failed_at = NOW
            session.get_one(Contact, contact.id).email_failed_at = NOW

        client, path = signed_in(rep), f"/v1/contacts/{contact.id}"
        before = client.get(path).json
        change = {"json": {"phone": "13900000001"}, "headers": {"If-Match": f'"{before["version"]}"'}}
        after = client.patch(path, **change).json

        assert before["undeliverable"] == ["sms", "email"]
        assert after["undeliverable"] == ["email"]

    def test_what_is_optional_can_be_taken_back(self, signed_in, rep, contact):
        nothing = {"phone": None, "email": None, "birthday": None}

        changed = signed_in(rep).patch(
            f"/v1/contacts/{contact.id}", json=nothing, headers={"If-Match": '"1"'}
        )

        assert changed.json.items() >= nothing.items()

    def test_b11_a_stale_change_is_refused(self, signed_in, rep, contact):
        change = {"json": {"name": "王芳"}, "headers": {"If-Match": '"7"'}}

        assert signed_in(rep).patch(f"/v1/contacts/{contact.id}", **change).status_code == 412

    def test_b11_a_change_without_a_version_is_refused(self, signed_in, rep, contact):
        answer = signed_in(rep).patch(f"/v1/contacts/{contact.id}", json={"name": "王芳"})

        assert (answer.status_code, answer.json["code"]) == (428, "if_match_required")


class TestGetContact:
    def test_b9_every_reader_gets_the_same_masked_keys(self, signed_in, hire, rep, contact):
        roles = (Role.SERVICE_AGENT, Role.DISPATCHER, Role.MANAGER, Role.ADMIN, Role.INTEGRATION)

        for staff in (rep, *map(hire, roles)):
            body = signed_in(staff).get(f"/v1/contacts/{contact.id}").json
            assert body.keys() == KEYS
            assert body.items() >= MASKED.items()

    def test_there_is_no_contact_by_an_unknown_id(self, signed_in, rep):
        assert signed_in(rep).get(f"/v1/contacts/{uuid4()}").status_code == 404
