"""Occasions over HTTP: the list of a day, and congratulating with one tap, once, by the contact's rules."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from api.domain.vocabulary import CaseState, Channel, Locale, Role
from api.models import Contact, Delivery, Notice
from jobs.deliver_notices import deliver_notices
from jobs.prepare_occasions import prepare_occasions
from tests import care_factories, factories
from tests.fakes import NOW
from tests.statements import counted

TODAY = "/v1/occasions?day=2026-11-18"
KEYS = {
    "id",
    "kind",
    "falls_on",
    "contact_id",
    "contact_name",
    "customer_id",
    "customer_code",
    "customer_name",
    "grade",
    "owner_id",
    "greeting",
    "is_held_back",
    "greeted_at",
    "greeted_by_id",
    "version",
}


@pytest.fixture
def contact(database, customer):
    """It is his birthday today."""
    with database.unit_of_work() as session:
        return factories.make_contact(session, session.merge(customer), birthday=date(1990, 11, 18))


@pytest.fixture
def greeting(job_context, signed_in, rep, contact):
    """Where the birthday's greeting is sent."""
    prepare_occasions(job_context)
    (occasion,) = signed_in(rep).get(TODAY).json["items"]
    return f"/v1/occasions/{occasion['id']}/greeting"


def messages(database):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(Notice).where(Notice.contact_id.is_not(None))).all()


def test_the_list_of_a_day_says_whom_to_congratulate_and_how(job_context, signed_in, rep, contact):
    prepare_occasions(job_context)

    (occasion,) = signed_in(rep).get(TODAY).json["items"]

    assert occasion.keys() == KEYS
    assert (occasion["kind"], occasion["contact_id"]) == ("birthday", str(contact.id))
    assert occasion["greeting"] == "祝您生日快乐，事事顺心！"
    assert not occasion["is_held_back"]


def test_one_tap_sends_the_greeting_through_the_messenger(
    database, signed_in, rep, greeting, job_context, messenger
):
    answer = signed_in(rep).post(greeting)
    deliver_notices(job_context)

    assert answer.status_code == 200
    assert answer.json["greeted_by_id"] == str(rep.id)
    (message,) = messenger.sent
    assert "祝您生日快乐" in message.text
    assert "https://doorstep.test/l/" in message.text


def test_who_reads_english_is_congratulated_in_english(
    database, signed_in, rep, contact, greeting, job_context, messenger
):
    with database.unit_of_work() as session:
        session.get_one(Contact, contact.id).locale = Locale.EN

    signed_in(rep).post(greeting)
    deliver_notices(job_context)

    assert "happy birthday!" in messenger.sent[0].text


def test_the_same_occasion_is_greeted_once(database, signed_in, hire, rep, greeting):
    signed_in(rep).post(greeting)

    again = signed_in(hire(Role.MANAGER)).post(greeting)

    assert (again.status_code, again.json["code"]) == (409, "greeted_already")
    assert len(messages(database)) == 1


class TestHeldBack:
    def test_while_a_case_is_open_nobody_is_congratulated(self, database, signed_in, rep, customer, greeting):
        with database.unit_of_work() as session:
            factories.make_case(session, session.merge(customer))
        client = signed_in(rep)

        answer = client.post(greeting)

        assert (answer.status_code, answer.json["code"]) == (409, "occasion_held_back")
        assert client.get(TODAY).json["items"][0]["is_held_back"]
        assert messages(database) == []

    def test_once_it_is_closed_the_greeting_goes_out(self, database, signed_in, rep, customer, greeting):
        with database.unit_of_work() as session:
            factories.make_case(session, session.merge(customer), state=CaseState.CLOSED)

        assert signed_in(rep).post(greeting).status_code == 200

    def test_a_day_later_it_is_too_late(self, signed_in_for_long, rep, greeting, clock):
        clock.tick(days=1)

        answer = signed_in_for_long(rep).post(greeting)

        assert (answer.status_code, answer.json["code"]) == (409, "occasion_not_today")


class TestContactRules:
    def change(self, database, contact, **columns):
        with database.unit_of_work() as session:
            stored = session.get_one(Contact, contact.id)
            for name, value in columns.items():
                setattr(stored, name, value)

    def test_who_opted_out_meanwhile_is_not_written_to(self, database, signed_in, rep, contact, greeting):
        self.change(database, contact, opted_out_at=NOW)

        answer = signed_in(rep).post(greeting)

        assert (answer.status_code, answer.json["code"]) == (409, "not_to_be_written_to")

    def test_who_has_had_his_share_of_the_week_is_not_written_to(
        self, database, signed_in, rep, contact, greeting
    ):
        with database.unit_of_work() as session:
            for number in range(6):
                session.add(
                    Notice(
                        branch_id=contact.branch_id,
                        kind="feedback_link",
                        dedupe_key=f"feedback_link:{number}",
                        thread="x",
                        contact_id=contact.id,
                        variables={},
                        decided_at=NOW - timedelta(days=1),
                        useful_until=NOW,
                    )
                )

        assert signed_in(rep).post(greeting).json["code"] == "not_to_be_written_to"

    def test_before_his_hours_it_waits_for_them(self, database, signed_in, rep, contact, greeting):
        self.change(database, contact, hours_start=time(14, 0), hours_end=time(18, 0))

        signed_in(rep).post(greeting)

        with database.unit_of_work(read_only=True) as session:
            delivery = session.scalars(select(Delivery).where(Delivery.channel == Channel.SMS)).one()
            assert delivery.next_at == NOW.replace(hour=6, minute=0)

    def test_after_his_hours_the_day_is_over(self, database, signed_in, rep, contact, greeting):
        self.change(database, contact, hours_start=time(7, 0), hours_end=time(9, 0))

        assert signed_in(rep).post(greeting).json["code"] == "occasion_not_today"


def test_b4_a_rep_sees_and_greets_his_own_customers_contacts_only(signed_in, hire, greeting):
    stranger = signed_in(hire(Role.SALES_REP))

    assert stranger.get(TODAY).json["items"] == []
    assert stranger.post(greeting).status_code == 404


def test_a_day_must_be_named(signed_in, rep):
    assert signed_in(rep).get("/v1/occasions").status_code == 422
    assert signed_in(rep).get("/v1/occasions?day=tomorrow").status_code == 422


def test_a_long_day_costs_no_more_statements_than_a_short_one(
    database, signed_in, rep, customer, contact, job_context
):
    client = signed_in(rep)
    prepare_occasions(job_context)

    def statements():
        with counted(database) as said:
            assert client.get(TODAY).status_code == 200
        return len(said)

    with_one = statements()
    with database.unit_of_work() as session:
        for _ in range(5):
            other = factories.make_contact(session, session.merge(customer))
            care_factories.make_occasion(session, other)

    assert statements() == with_one
