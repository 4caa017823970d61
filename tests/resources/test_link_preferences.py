"""Preferences over HTTP: by the contact's own long-lived link, and by staff on his word."""

from datetime import timedelta

import pytest

from api import queries, security, services
from api.domain.vocabulary import LinkPurpose, Role
from api.models import Contact, EventRecord
from tests.factories import make_contact, make_customer, make_link, make_pickup, make_site
from tests.fakes import NOW

NOTHING = {"opted_out": False, "channel": None, "hours_start": None, "hours_end": None}
WISHES = {"opted_out": False, "channel": "chat", "hours_start": "09:00", "hours_end": "17:30"}


@pytest.fixture
def pickup(database, branch):
    with database.unit_of_work() as session:
        customer = make_customer(session, branch)
        return make_pickup(
            session, make_site(session, customer), make_contact(session, customer, email="li@example.com")
        )


def issue(database, pickup, purpose=LinkPurpose.PICKUP, *, now=NOW):
    with database.unit_of_work() as session:
        link = services.link_issuing.issue(
            session,
            purpose=purpose,
            contact_id=pickup.contact_id,
            pickup_id=pickup.id,
            branch_id=pickup.branch_id,
            now=now,
        )
        session.flush()
        return f"/v1/links/{services.links.token(session, link)}"


@pytest.fixture
def path(client, database, pickup):
    """The preferences link that a first message made, found where any page names it."""
    url = client.get(issue(database, pickup)).json["preferences_url"]
    return f"/v1/links/{url.rpartition('/')[2]}"


class TestByLink:
    def test_it_shows_wishes_and_what_can_be_chosen(self, client, path):
        answer = client.get(path)

        assert answer.json["purpose"] == "preferences"
        assert answer.json["preferences"] == {**NOTHING, "channels": ["sms", "chat", "email"]}
        assert answer.json["pickup"] is None

    def test_d6_it_shows_no_address_of_the_contact(self, client, path):
        assert not [word for word in ("李芳", "13800", "138*", "138 ", "@") if word in client.get(path).text]

    def test_wishes_are_taken_over_and_shown(self, client, path):
        answer = client.post(f"{path}/preferences", json=WISHES)

        assert answer.status_code == 200
        assert answer.json["preferences"].items() >= WISHES.items()

    def test_what_is_left_out_is_as_the_branch_does_it(self, client, path):
        client.post(f"{path}/preferences", json=WISHES)

        answer = client.post(f"{path}/preferences", json={})

        assert answer.json["preferences"].items() >= NOTHING.items()

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"channel": "fax"}, "channel"),
            ({"hours_start": "9"}, "hours_start"),
            ({"hours_start": "25:00", "hours_end": "26:00"}, "hours_start"),
            ({"hours_start": "09:00"}, "hours_end"),
            ({"hours_start": "18:00", "hours_end": "09:00"}, "hours_end"),
            ({"opted_out": "yes"}, "opted_out"),
            ({"phone": "+8613800138000"}, "phone"),
        ],
    )
    def test_bad_input_is_refused_by_its_field(self, client, path, body, field):
        answer = client.post(f"{path}/preferences", json=body)

        assert answer.status_code == 422
        assert field in answer.json["errors"]

    @pytest.mark.parametrize("purpose", [LinkPurpose.PICKUP, LinkPurpose.FEEDBACK, LinkPurpose.RESCHEDULE])
    def test_d4_no_other_link_changes_them(self, client, database, pickup, purpose):
        with database.unit_of_work() as session:
            made = make_link(session, pickup, purpose=purpose)
            token = security.vault_of(session).links.token(made.id, made.key_id)

        answer = client.post(f"/v1/links/{token}/preferences", json={"opted_out": True})

        assert answer.status_code == 404
        with database.unit_of_work(read_only=True) as session:
            assert not queries.preferences.of(session, pickup.contact_id).wishes.opted_out

    @pytest.mark.parametrize("action", ["readiness", "extension", "feedback", "rescheduling"])
    def test_d4_it_can_do_nothing_else(self, client, path, action):
        bodies = {
            "readiness": {"answer": "ready"},
            "extension": {"minutes": 5},
            "feedback": {"score": 1},
            "rescheduling": {"slot_start": NOW.isoformat()},
        }

        assert client.post(f"{path}/{action}", json=bodies[action]).status_code == 404

    def test_a_message_gives_it_its_whole_life_again(self, client, clock, database, pickup, path):
        clock.tick(days=80)
        with database.unit_of_work() as session:
            again = session.get_one(type(pickup), pickup.id)
            again.window_end = clock.now() + timedelta(hours=1)
        issue(database, pickup, now=clock.now())
        clock.tick(days=80)

        assert client.get(path).status_code == 200

    def test_d5_without_a_message_it_ends_after_ninety_days(self, client, clock, path):
        clock.tick(days=90)

        assert client.get(path).status_code == 410


class TestByStaff:
    @pytest.fixture
    def contact(self, database, pickup):
        with database.unit_of_work(read_only=True) as session:
            return session.get_one(Contact, pickup.contact_id)

    def change(self, staff, contact, **body):
        return staff.patch(
            f"/v1/contacts/{contact.id}", json=body, headers={"If-Match": f'"{contact.version}"'}
        )

    def test_staff_set_what_a_contact_told_them(self, signed_in, hire, database, contact):
        agent = hire(Role.SERVICE_AGENT)

        answer = self.change(
            signed_in(agent),
            contact,
            opted_out=True,
            preferred_channel="email",
            hours_start="10:00",
            hours_end="12:00",
        )

        assert answer.status_code == 200
        assert answer.json["opted_out_at"] == NOW.isoformat()
        assert (answer.json["preferred_channel"], answer.json["hours_end"]) == ("email", "12:00")
        with database.unit_of_work(read_only=True) as session:
            [fact] = session.query(EventRecord).filter_by(name="contact.preferences_changed")
            assert fact.actor_id == agent.id

    def test_what_is_not_named_stays(self, signed_in, hire, client, contact, path):
        client.post(f"{path}/preferences", json=WISHES)
        staff = signed_in(hire(Role.SERVICE_AGENT))
        version = staff.get(f"/v1/contacts/{contact.id}").headers["ETag"]

        answer = staff.patch(
            f"/v1/contacts/{contact.id}", json={"opted_out": True}, headers={"If-Match": version}
        )

        assert answer.json["opted_out_at"]
        assert (answer.json["preferred_channel"], answer.json["hours_start"]) == ("chat", "09:00")

    def test_a_contact_who_changed_them_meanwhile_is_not_overruled(
        self, signed_in, hire, client, contact, path
    ):
        client.post(f"{path}/preferences", json=WISHES)

        answer = self.change(signed_in(hire(Role.SERVICE_AGENT)), contact, opted_out=True)

        assert answer.status_code == 412

    def test_hours_must_fit_what_is_there(self, signed_in, hire, contact):
        answer = self.change(signed_in(hire(Role.SERVICE_AGENT)), contact, hours_start="10:00")

        assert (answer.status_code, answer.json["code"]) == (422, "hours_impossible")
