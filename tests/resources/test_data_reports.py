"""What is held about a contact is told to him on his request, and who asked is kept."""

import pytest
from sqlalchemy import select

from api import queries, services
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import CaseSaying, LinkPurpose, PickupState, Role
from api.models import CaseMessage, EventRecord, LoggedContact
from tests.factories import make_case, make_contact, make_link
from tests.fakes import NOW
from tests.rounds import rows
from tests.rows import add

ASKED = {"reason": "person_asked"}


@pytest.fixture
def manager(signed_in, hire):
    return signed_in(hire(Role.MANAGER))


@pytest.fixture
def contact(database, customer):
    with database.unit_of_work() as session:
        return make_contact(session, customer, name="钱如意", email="qian@example.com")


def report_on(client, contact):
    return client.post(f"/v1/contacts/{contact.id}/data-report", json=ASKED)


def held(report):
    return {part["what"]: part["items"] for part in report.json["held"]}


def test_the_person_is_told_in_full(manager, contact):
    report = report_on(manager, contact)

    assert report.status_code == 200
    assert (
        report.json["person"].items()
        >= {
            "name": "钱如意",
            "phone": contact.phone,
            "email": "qian@example.com",
            "locale": "zh-CN",
            "created_at": "2026-11-18T01:30:00+00:00",
        }.items()
    )


def test_what_he_said_and_what_was_sent_to_him_is_in_it(manager, contact, pickup_of, database, rep):
    pickup = pickup_of(contact_id=contact.id, state=PickupState.COLLECTED)
    with database.unit_of_work() as session:
        link = make_link(session, pickup, purpose=LinkPurpose.FEEDBACK)
        of = {"branch_id": contact.branch_id, "contact_id": contact.id, "customer_id": contact.customer_id}
        case = make_case(session, **of)
        said = {"saying": CaseSaying.OPENING, "text": "纸箱坏了", "said_at": NOW}
        add(session, CaseMessage, said, case_id=case.id, link_id=link.id)
        add(session, LoggedContact, of, staff_id=rep.id, way="phone", happened_at=NOW, logged_at=NOW)
        kind = NoticeKind.FEEDBACK_LINK
        to = {"contact_id": contact.id, "pickup_id": pickup.id, "link_id": link.id}
        services.notices.tell(session, Telling(kind, contact.branch_id, f"{kind}:1", **to), now=NOW)

    found = held(report_on(manager, contact))

    assert [item["id"] for item in found["pickups"]] == [str(pickup.id)]
    assert [(item["text"], item["number"]) for item in found["case_messages"]] == [("纸箱坏了", case.number)]
    assert [item["staff_id"] for item in found["contact_log"]] == [str(rep.id)]
    assert [item["kind"] for item in found["messages"]] == ["feedback_link"]
    assert [item["purpose"] for item in found["links"]] == ["feedback"]


def test_who_looked_at_him_is_in_it_and_so_is_who_asked(manager, signed_in, hire, contact):
    dispatcher = hire(Role.DISPATCHER)
    signed_in(dispatcher).post(f"/v1/contacts/{contact.id}/unmasking", json={"reason": "He called."})

    report_on(manager, contact)
    facts = held(report_on(manager, contact))["facts"]

    assert {fact["name"] for fact in facts} == {"contact.unmasked", "contact.data_reported"}
    assert [fact["actor_id"] for fact in facts if fact["name"] == "contact.unmasked"] == [str(dispatcher.id)]


def test_another_person_is_not_in_it(manager, contact, customer, pickup_of, database):
    with database.unit_of_work() as session:
        other = make_contact(session, customer)
    pickup = pickup_of(contact_id=other.id)
    with database.unit_of_work() as session:
        make_link(session, pickup)

    assert all(items == [] for what, items in held(report_on(manager, contact)).items() if what != "facts")


def test_what_is_too_much_is_cut_and_says_so(manager, contact, pickup_of, monkeypatch):
    monkeypatch.setattr(queries.data_reports, "MOST_ITEMS", 2)
    refs = [f"R-{number}" for number in range(3)]
    for number, ref in enumerate(refs):
        pickup_of(contact_id=contact.id, external_ref=ref, window_start=NOW.replace(minute=number))

    report = report_on(manager, contact)

    pickups = next(part for part in report.json["held"] if part["what"] == "pickups")
    assert ([item["external_ref"] for item in pickups["items"]], pickups["is_cut"]) == (["R-2", "R-1"], True)


def test_asking_is_a_fact_with_its_reason(manager, contact, database):
    report_on(manager, contact)

    with database.unit_of_work(read_only=True) as session:
        fact = session.scalars(select(EventRecord).where(EventRecord.name == "contact.data_reported")).one()
        assert (fact.subject_id, fact.data) == (contact.id, ASKED)


def test_it_is_refused_without_a_reason_and_for_a_stranger(manager, contact, database):
    with database.unit_of_work() as session:
        stranger = make_contact(session)

    assert manager.post(f"/v1/contacts/{contact.id}/data-report", json={}).status_code == 422
    assert report_on(manager, stranger).status_code == 404
    assert [row["name"] for row in rows(database, EventRecord)] == ["access.refused"]
