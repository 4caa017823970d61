"""F8: a contact or a member who left is forgotten; what happened stays. Nobody comes back unawares."""

import os
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from api import queries, services
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import (
    CaseSaying,
    ContactWay,
    LinkPurpose,
    NoticeState,
    PickupState,
    ProofType,
    Role,
    WaitState,
)
from api.models import (
    CaseMessage,
    Contact,
    CourierPosition,
    Delivery,
    Device,
    ErasedPhone,
    EventRecord,
    Feedback,
    FeedbackVersion,
    Link,
    LoggedContact,
    Notice,
    Pickup,
    Proof,
    ProofMention,
    StaffSession,
    Wait,
    WaitSlipAcknowledgement,
)
from jobs.drop_stray_proofs import drop_stray_proofs
from tests.care_factories import make_occasion
from tests.dumps import columns_that_say
from tests.factories import make_case, make_contact, make_device, make_link, make_pickup, make_wait
from tests.fakes import NOW
from tests.pictures import hash_of, picture
from tests.rounds import rows
from tests.rows import add

PERSON = {
    "name": "钱如意",
    "phone": "+8613987654321",
    "email": "ruyi.qian@example.com",
    "birthday": "1988-03-14",
}
ASKED = {"reason": "person_asked"}

TELL_OF_CONTACTS = {
    "case_messages.text",
    "contact_log.note",
    "contacts.birthday",
    "contacts.birthday_index",
    "contacts.email",
    "contacts.name",
    "contacts.phone",
    "contacts.phone_index",
    "deliveries.last_error",
    "deliveries.provider_ref",
    "feedback.comment",
    "feedback.objection",
    "feedback.review_note",
    "feedback_versions.comment",
    "idempotent_answers.body",
    "occasions.falls_on",
    "pickups.cancel_reason",
    "wait_slip_acknowledgements.signer",
}
TELL_OF_STAFF = {"staff.name", "staff.phone"}
TELL_OF_LOOKS = {"audit_entries.address", "audit_entries.reason"}
"""Who asked for what stays as long as the trail, whoever leaves."""
TELL_OF_COMPANIES = {
    "churn_alerts.note",
    "field_report_sightings.note",
    "field_reports.outcome_note",
    "sites.address",
    "visit_tasks.what",
    "visits.findings",
    "visits.needs",
}
"""What is sealed and outlives a person."""


@dataclass(frozen=True, slots=True)
class Life:
    """A contact about whom there is something in every place that can hold it."""

    contact_id: str
    pickup: Pickup
    link: Link
    signature: str

    @property
    def path(self) -> str:
        return f"/v1/contacts/{self.contact_id}"


@pytest.fixture
def manager(signed_in, hire):
    return signed_in(hire(Role.MANAGER))


@pytest.fixture
def life(signed_in, rep, courier, customer, site, database, proofs, client):
    """Entered by his rep, collected from, waited for, signed, rated, complained, called, congratulated."""
    entered = signed_in(rep).post(
        f"/v1/customers/{customer.id}/contacts", json=PERSON, headers={"Idempotency-Key": "one"}
    )
    with database.unit_of_work() as session:
        contact = session.get_one(Contact, UUID(entered.json["id"]))
        over = {"state": PickupState.COLLECTED, "cancel_reason": "如意 forgot", "feedback_due_at": NOW}
        pickup = make_pickup(session, site, contact, courier=courier, **over)
        wait = make_wait(session, pickup, state=WaitState.CLOSED, avoidable_wait_seconds=90)
        link = make_link(session, pickup, purpose=LinkPurpose.FEEDBACK)
        signature = _sign(session, proofs, pickup, wait)
        _rate_and_complain(session, contact, pickup, link, rep)
        told = {
            "branch_id": contact.branch_id,
            "contact_id": contact.id,
            "pickup_id": pickup.id,
            "link_id": link.id,
        }
        kind = NoticeKind.FEEDBACK_LINK
        services.notices.tell(session, Telling(kind, dedupe_key=f"{kind}:1", **told), now=NOW)
        session.scalars(select(Delivery)).one().last_error = "no such number: 13987654321"
        session.scalars(select(Delivery)).one().provider_ref = "ruyi.qian@example.com/1"
    return Life(entered.json["id"], pickup, link, signature)


def _sign(session, proofs, pickup, wait):
    sha256 = hash_of(data := picture("signature"))
    proofs.draft(data).keep(sha256)
    os.utime(next(proofs._folder.rglob(sha256)), (NOW.timestamp(), NOW.timestamp()))
    by = {"courier_id": pickup.courier_id}
    of = {"branch_id": pickup.branch_id, "uploader_id": pickup.courier_id}
    add(session, Proof, of, sha256=sha256, type=ProofType.JPEG, size_bytes=9, stored_at=NOW)
    add(session, ProofMention, by, pickup_id=pickup.id, sha256=sha256, mentioned_at=NOW)
    slip = {"branch_id": pickup.branch_id, "wait_id": wait.id, "signer": "钱如意", "proof_sha256": sha256}
    add(session, WaitSlipAcknowledgement, by, **slip, slip_hash="0" * 64, acknowledged_at=NOW)
    return sha256


def _rate_and_complain(session, contact, pickup, link, rep):
    his = {"branch_id": contact.branch_id, "customer_id": contact.customer_id, "contact_id": contact.id}
    rating = {"score": 2, "reasons": [], "comment": "如意 is not amused"}
    at = {"given_at": NOW, "changed_at": NOW}
    words = {"objection": "如意 was late", "review_note": "如意 was not"}
    given = add(session, Feedback, his, pickup_id=pickup.id, link_id=link.id, **rating, **words, **at)
    version = {"feedback_id": given.id, "version": 1, "call_me_back": False, "given_at": NOW}
    add(session, FeedbackVersion, rating, **version)
    case = make_case(
        session, contact_id=contact.id, customer_id=contact.customer_id, branch_id=contact.branch_id
    )
    for author, text in ({"link_id": link.id}, "call 13987654321"), ({"staff_id": rep.id}, "Dear 如意"):
        add(session, CaseMessage, author, case_id=case.id, saying=CaseSaying.OPENING, text=text, said_at=NOW)
    talk = {"way": ContactWay.PHONE, "note": "如意 likes tea", "staff_id": rep.id}
    add(session, LoggedContact, his, **talk, happened_at=NOW, logged_at=NOW)
    make_occasion(session, contact, falls_on=date(2027, 3, 14), year=2027)


def erase(client, path, version="1", **body):
    return client.post(f"{path}/erasure", json=body or ASKED, headers={"If-Match": f'"{version}"'})


@pytest.fixture
def needles(database):
    """By what he is recognised: plain, and as the keyed hashes by which he is found."""
    with database.unit_of_work(read_only=True) as session:
        vault = session.info["vault"]
        hashes = [vault.index(PERSON["phone"], "contacts.phone"), vault.index("03-14", "contacts.birthday")]
    return ["如意", "13987654321", "ruyi.qian", "1988-03-14", "2027-03-14", *hashes]


def test_f8_nothing_in_the_database_tells_of_an_erased_contact(
    manager, life, database, needles, proofs, job_context, clock
):
    assert columns_that_say(database, needles) == TELL_OF_CONTACTS

    erased = erase(manager, life.path)

    assert erased.status_code == 200
    assert columns_that_say(database, needles) == set()
    clock.tick(days=2)
    drop_stray_proofs(job_context)
    assert proofs.read(life.signature) is None


def test_f8_of_each_sealed_column_it_is_known_whom_it_tells_of():
    sealed = {column.purpose for column in queries.keys.sealed_columns()}

    unknown = sealed - TELL_OF_CONTACTS - TELL_OF_STAFF - TELL_OF_LOOKS - TELL_OF_COMPANIES
    assert not unknown, f"Empty it in queries/erasure.py, and fill it in `life`: {unknown}"


def test_f8_what_happened_stays(manager, life, database):
    erase(manager, life.path)

    with database.unit_of_work(read_only=True) as session:
        assert session.scalars(select(Pickup.state)).one() == PickupState.COLLECTED
        assert session.scalars(select(Wait.avoidable_wait_seconds)).one() == 90
        assert session.scalars(select(Feedback.score)).one() == 2
        assert len(session.scalars(select(CaseMessage.said_at)).all()) == 2
        assert session.scalars(select(WaitSlipAcknowledgement.acknowledged_at)).one() == NOW
        fact = session.scalars(select(EventRecord).where(EventRecord.name == "contact.erased")).one()
        assert (str(fact.subject_id), fact.data) == (life.contact_id, ASKED)


def test_f8_his_links_are_void_and_nothing_more_leaves_for_him(manager, life, database, client):
    with database.unit_of_work(read_only=True) as session:
        token = session.info["vault"].links.token(life.link.id, life.link.key_id)
    assert client.get(f"/v1/links/{token}").status_code == 200

    erase(manager, life.path)

    assert client.get(f"/v1/links/{token}").status_code == 410
    with database.unit_of_work(read_only=True) as session:
        assert session.scalars(select(Notice.state).where(Notice.contact_id.is_not(None))).all() == [
            NoticeState.SUPERSEDED
        ]
        assert session.get_one(Pickup, life.pickup.id).feedback_due_at is None


def test_f8_staff_find_an_empty_contact_who_cannot_be_filled_again(manager, life):
    erased = erase(manager, life.path).json["contact"]
    shown = manager.get(life.path)
    filled = manager.patch(life.path, json={"name": "钱"}, headers={"If-Match": shown.headers["ETag"]})

    assert (erased["name"], erased["phone"], erased["erased_at"]) == ("", None, "2026-11-18T01:30:00+00:00")
    assert shown.json == erased
    assert (filled.status_code, filled.json["code"]) == (409, "contact_erased")


def test_f8_repeating_it_changes_nothing(manager, life, database):
    version = erase(manager, life.path).json["contact"]["version"]

    again = erase(manager, life.path, version)

    assert (again.status_code, again.json["contact"]["version"]) == (200, version)
    assert [fact["name"] for fact in rows(database, EventRecord)].count("contact.erased") == 1


@pytest.mark.parametrize("state", [PickupState.BOOKED, PickupState.AT_DOOR])
def test_f8_it_waits_for_a_pickup_that_goes_on(manager, pickup_of, contact, database, state):
    pickup = pickup_of(state=state)

    refused = erase(manager, f"/v1/contacts/{contact.id}")

    assert (refused.status_code, refused.json["code"]) == (409, "pickup_goes_on")
    assert refused.json["pickup_ids"] == [str(pickup.id)]
    with database.unit_of_work(read_only=True) as session:
        assert session.get_one(Contact, contact.id).name == contact.name


def test_f8_a_pickup_is_not_booked_with_somebody_who_is_forgotten(manager, dispatcher, life, site):
    erase(manager, life.path)

    window = {"window_start": "2026-11-18T03:00:00Z", "window_end": "2026-11-18T04:00:00Z"}
    whom = {"site_id": str(site.id), "contact_id": life.contact_id}
    refused = dispatcher.post("/v1/pickups", json={"external_ref": "R-9", **whom, **window})

    assert (refused.status_code, refused.json["code"]) == (409, "contact_erased")


def test_f8_his_number_is_not_entered_again_unawares(manager, signed_in, rep, life, customer, contact):
    erase(manager, life.path)
    client, path = signed_in(rep), f"/v1/customers/{customer.id}/contacts"
    number = {"phone": PERSON["phone"]}

    refused = client.post(path, json={"name": "钱", **number})
    changed = client.patch(f"/v1/contacts/{contact.id}", json=number, headers={"If-Match": '"1"'})

    assert (refused.status_code, refused.json["code"]) == (409, "phone_erased")
    assert (changed.status_code, changed.json["code"]) == (409, "phone_erased")


def test_f8_whoever_wants_back_comes_back(manager, signed_in, rep, life, customer, database):
    erase(manager, life.path)
    client, path = signed_in(rep), f"/v1/customers/{customer.id}/contacts"
    person = {"name": "钱如意", "phone": PERSON["phone"]}

    entered = client.post(path, json={**person, "wants_back": True})

    assert entered.status_code == 201
    assert rows(database, ErasedPhone) == []
    assert "contact.returned" in [fact["name"] for fact in rows(database, EventRecord)]
    assert client.post(path, json=person).status_code == 201


def test_f8_another_branch_may_know_the_same_number(manager, life, database):
    erase(manager, life.path)

    with database.unit_of_work() as session:
        stranger = make_contact(session, phone=PERSON["phone"])

        assert not queries.erasure.is_erased_phone(session, stranger.branch_id, PERSON["phone"])


def test_f8_others_with_his_number_are_named_and_left_alone(manager, life, database, customer):
    with database.unit_of_work() as session:
        other = make_contact(session, customer, phone=PERSON["phone"])

    answer = erase(manager, life.path)

    assert answer.json["same_phone"] == [str(other.id)]
    assert manager.get(f"/v1/contacts/{other.id}").json["name"] == other.name


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, ASKED, 428),
        ({"If-Match": '"7"'}, ASKED, 412),
        ({"If-Match": '"1"'}, {}, 422),
        ({"If-Match": '"1"'}, {"reason": "钱如意 asked"}, 422),
    ],
)
def test_f8_it_wants_the_version_and_a_reason(manager, contact, headers, body, status):
    answer = manager.post(f"/v1/contacts/{contact.id}/erasure", json=body, headers=headers)

    assert answer.status_code == status


def test_f8_another_branchs_contact_is_not_found(manager, database):
    with database.unit_of_work() as session:
        stranger = make_contact(session)

    assert erase(manager, f"/v1/contacts/{stranger.id}").status_code == 404


class TestStaff:
    @pytest.fixture
    def former(self, hire, database, site):
        """A courier who has left, with all that a phone leaves behind, and a field event of his."""
        former = hire(Role.COURIER, name="孙悟空", phone="+8613700000009", deactivated_at=NOW)
        with database.unit_of_work() as session:
            make_device(session, former, push_address="token-of-the-monkey")
            position = {"latitude": 31.2, "longitude": 121.5, "taken_at": NOW, "received_at": NOW}
            add(session, CourierPosition, {}, staff_id=former.id, **position)
            queries.staff_networks.put(session, former.id, "120.36.4.7", now=NOW)
            pickup = make_pickup(session, site, courier=former, state=PickupState.COLLECTED)
            make_wait(session, pickup, state=WaitState.CLOSED)
        return former

    def test_f8_a_former_member_is_forgotten_and_his_work_stays(self, manager, former, database):
        needles = ["孙悟空", "13700000009", "monkey"]
        found = columns_that_say(database, needles)
        assert found == TELL_OF_STAFF | {"devices.push_address"}

        erased = erase(manager, f"/v1/staff/{former.id}")

        assert (erased.status_code, erased.json["name"], erased.json["phone"]) == (200, "已离职员工", None)
        assert columns_that_say(database, needles) == set()
        with database.unit_of_work(read_only=True) as session:
            assert session.scalars(select(Wait.courier_id)).all() == [former.id]
            for model in (Device, CourierPosition, StaffSession):
                left = select(model.id).where(model.staff_id == former.id)
                assert session.scalars(left).all() == []

    def test_f8_the_number_signs_in_to_nothing_and_may_be_hired_again(self, manager, former, client):
        erase(manager, f"/v1/staff/{former.id}")

        hired = {"role": "courier", "name": "孙", "phone": "+8613700000009", "password": "long enough"}

        assert manager.post("/v1/staff", json=hired).status_code == 201

    def test_f8_who_still_works_here_is_not_erased(self, manager, hire):
        refused = erase(manager, f"/v1/staff/{hire(Role.COURIER).id}")

        assert (refused.status_code, refused.json["code"]) == (409, "still_active")

    def test_f8_a_manager_does_not_erase_his_like(self, manager, hire):
        peer = hire(Role.MANAGER, deactivated_at=NOW)

        assert erase(manager, f"/v1/staff/{peer.id}").status_code == 403
