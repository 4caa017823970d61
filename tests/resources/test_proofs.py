"""/v1/proofs/{sha256}: what is taken from whom, who may see it again, and what is kept of that."""

import gzip
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from api.domain.proofs import MOST_A_DAY, MOST_BYTES
from api.domain.vocabulary import ProofType, Role
from api.models import Customer, EventRecord, Proof, ProofMention
from tests import factories
from tests.fakes import NOW
from tests.phones import Phone
from tests.pictures import BEGINNINGS, hash_of, picture, send
from tests.rounds import Round, make_round, rows

DATA = picture()
NAME = hash_of(DATA)
VIEWING = f"/v1/proofs/{NAME}/viewing"


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


@pytest.fixture
def courier(round_):
    """The round's courier, who has signed in."""
    return round_.phone.client


@pytest.fixture
def colleague(database, signed_in, round_):
    """Returns the client of another member of the same branch."""

    def sign_in(role: Role):
        with database.unit_of_work() as session:
            member = factories.make_staff(session, round_.branch, role=role)
        return signed_in(member)

    return sign_in


def files(proofs) -> int:
    return sum(path.is_file() for path in proofs._folder.rglob("*"))


class TestSending:
    @pytest.mark.parametrize("kind", BEGINNINGS)
    def test_a_picture_is_taken_and_described(self, courier, kind):
        data = picture(kind=kind)

        answer = send(courier, data, kind)

        assert answer.status_code == 200
        assert answer.json == {
            "sha256": hash_of(data),
            "type": kind,
            "size_bytes": len(data),
            "stored_at": NOW.isoformat(),
        }

    def test_a_client_may_leave_the_looking_to_us(self, courier):
        data = picture(kind="image/webp")

        answer = send(courier, data, "image/*")

        assert (answer.status_code, answer.json["type"]) == (200, "image/webp")

    def test_the_same_again_changes_nothing(self, courier, clock, database, proofs):
        first = send(courier, DATA)
        clock.tick(minutes=5)

        again = send(courier, DATA)

        assert (again.status_code, again.json) == (200, first.json)
        assert len(rows(database, Proof)) == 1
        assert files(proofs) == 1

    def test_two_couriers_may_send_the_same_picture(self, courier, colleague, database, proofs):
        send(courier, DATA)

        assert send(colleague(Role.COURIER), DATA).status_code == 200
        assert len(rows(database, Proof)) == 2
        assert files(proofs) == 1

    def test_a_picture_of_two_megabytes_fits(self, courier):
        assert send(courier, picture(size=MOST_BYTES)).status_code == 200

    def test_a_larger_one_is_too_large(self, courier, proofs):
        answer = send(courier, picture(size=MOST_BYTES + 1))

        assert (answer.status_code, answer.json["code"]) == (413, "too_large")
        assert files(proofs) == 0

    def test_c10_a_compressed_one_may_not_inflate_beyond_it(self, courier, proofs):
        bomb = gzip.compress(picture(size=50 * MOST_BYTES))

        answer = courier.put(
            f"/v1/proofs/{NAME}",
            data=bomb,
            headers={"Content-Type": "image/jpeg", "Content-Encoding": "gzip"},
        )

        assert answer.status_code == 413
        assert files(proofs) == 0

    def test_other_routes_still_take_a_megabyte_only(self, courier):
        answer = courier.post("/v1/field-events", data=b" " * 1_100_000, content_type="application/json")

        assert answer.status_code == 413


class TestRefusals:
    def test_it_needs_a_sign_in(self, client, proofs):
        assert send(client, DATA).status_code == 401
        assert files(proofs) == 0

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.COURIER])
    def test_b7_only_couriers_send_proofs(self, colleague, role, proofs):
        assert send(colleague(role), DATA).status_code == 403
        assert files(proofs) == 0

    @pytest.mark.parametrize("kind", ["image/gif", "image/svg+xml", "text/html", "application/json", ""])
    def test_a_type_that_is_not_taken_is_refused(self, courier, kind, proofs):
        answer = courier.put(f"/v1/proofs/{NAME}", data=DATA, headers={"Content-Type": kind})

        assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")
        assert files(proofs) == 0

    @pytest.mark.parametrize(
        "data", [b"", b"<script>alert(1)</script>", picture(kind="image/png")], ids=["empty", "page", "PNG"]
    )
    def test_bytes_of_another_type_are_refused(self, courier, data, proofs):
        answer = send(courier, data, "image/jpeg")

        assert (answer.status_code, answer.json["code"]) == (422, "not_that_picture")
        assert files(proofs) == 0

    def test_bytes_with_another_hash_are_refused(self, courier, proofs):
        answer = send(courier, DATA, named=hash_of(b"something else"))

        assert (answer.status_code, answer.json["code"]) == (422, "hash_mismatch")
        assert files(proofs) == 0

    @pytest.mark.parametrize(
        "name",
        [
            "..%2f..%2f..%2fetc%2fpasswd",
            "..",
            "%2e%2e%2fdrafts",
            "a" * 63,
            "A" * 64,
            "g" * 64,
            "a" * 60 + "%2f..",
            "a" * 63 + "%00",
        ],
    )
    def test_f4_a_name_that_is_no_hash_is_not_found(self, courier, name, proofs):
        assert send(courier, DATA, named=name).status_code == 404
        assert courier.get(f"/v1/proofs/{name}").status_code == 404
        assert files(proofs) == 0

    def test_no_parameters_are_taken(self, courier):
        assert courier.put(f"/v1/proofs/{NAME}?x=1", data=DATA, content_type="image/jpeg").status_code == 422

    def test_a_courier_has_a_quota_of_new_pictures_a_day(self, courier, database, clock, round_):
        fill_quota(database, round_, at=NOW - timedelta(hours=23))

        refused = send(courier, DATA)
        clock.tick(hours=1, seconds=1)
        taken = send(courier, DATA)

        assert (refused.status_code, refused.json["code"]) == (429, "too_many_proofs")
        assert refused.headers["Retry-After"] == "3600"
        assert taken.status_code == 200

    def test_what_was_sent_before_may_be_sent_again_beyond_the_quota(self, courier, database, round_):
        send(courier, DATA)
        fill_quota(database, round_, at=NOW)

        assert send(courier, DATA).status_code == 200


def fill_quota(database, round_, *, at):
    with database.unit_of_work() as session:
        session.add_all(
            Proof(
                branch_id=round_.branch.id,
                uploader_id=round_.courier.id,
                sha256=f"{number:064x}",
                type=ProofType.JPEG,
                size_bytes=1,
                stored_at=at,
            )
            for number in range(MOST_A_DAY)
        )


class TestNaming:
    @pytest.mark.parametrize("order", ["event first", "picture first"])
    def test_the_event_may_come_before_or_after_its_picture(self, courier, round_, colleague, order):
        steps = [
            lambda: send(courier, DATA),
            lambda: round_.phone.send(
                round_.phone.event(round_.first, "arrived"),
                round_.phone.event(round_.first, "collected", data={"proofs": [NAME]}),
            ),
        ]

        for step in steps if order == "picture first" else reversed(steps):
            step()

        assert colleague(Role.DISPATCHER).post(VIEWING).data == DATA

    def test_the_slip_tells_which_pictures_are_still_awaited(self, courier, round_):
        come, awaited = DATA, hash_of(picture("later"))
        send(courier, come)
        round_.phone.report(round_.first, "arrived")
        round_.phone.report(round_.first, "handover_started", data={"proofs": [NAME, awaited]})

        listed = courier.get(f"/v1/pickups/{round_.first.id}/wait-slip").json["proofs"]

        assert [(proof["sha256"], proof["state"], proof["event"]) for proof in listed] == [
            (NAME, "stored", "handover_started"),
            (awaited, "awaited", "handover_started"),
        ]
        assert [(proof["type"], proof["size_bytes"]) for proof in listed] == [
            ("image/jpeg", len(come)),
            (None, None),
        ]

    def test_c2_an_event_that_comes_again_names_its_picture_once(self, round_, database):
        event = round_.phone.event(round_.first, "collected", data={"proofs": [NAME, NAME]})

        round_.phone.send(round_.phone.event(round_.first, "arrived"), event)
        again = round_.phone.send(event)

        assert again[0]["outcome"] == "duplicate"
        assert len(rows(database, ProofMention)) == 1

    @pytest.mark.parametrize("kind", ["departed", "arrived", "arrival_undone"])
    def test_only_some_events_name_pictures(self, round_, database, kind):
        result = round_.phone.report(round_.first, kind, data={"proofs": [NAME]})

        assert result["outcome"] == "rejected"
        assert "proofs" in result["problem"]["errors"]["data"]
        assert rows(database, ProofMention) == []

    @pytest.mark.parametrize(
        "proofs", [[f"{number:064x}" for number in range(6)], ["A" * 64], ["../x"], [None], "a" * 64, None]
    )
    def test_an_event_names_at_most_five_hashes(self, round_, proofs):
        result = round_.phone.report(round_.first, "collected", data={"proofs": proofs})

        assert (result["outcome"], result["problem"]["code"]) == ("rejected", "invalid_fields")


class TestSeeing:
    @pytest.fixture
    def named(self, courier, round_):
        """A picture that was sent, and named at the round's first pickup."""
        send(courier, DATA)
        round_.phone.report(round_.first, "arrived")
        round_.phone.report(round_.first, "collected", data={"proofs": [NAME]})

    @pytest.mark.parametrize("role", [Role.DISPATCHER, Role.MANAGER, Role.SERVICE_AGENT])
    def test_the_branch_sees_what_was_named_at_its_pickups(self, named, colleague, role):
        assert colleague(role).post(VIEWING).data == DATA

    def test_the_customers_owner_sees_it(self, named, database, signed_in, round_):
        with database.unit_of_work() as session:
            owner = factories.make_staff(session, round_.branch, role=Role.SALES_REP)
            session.execute(
                update(Customer).where(Customer.id == round_.first.customer_id).values(owner_id=owner.id)
            )

        assert signed_in(owner).post(VIEWING).data == DATA

    def test_who_looked_is_kept(self, named, database, signed_in, hire, round_):
        with database.unit_of_work() as session:
            dispatcher = factories.make_staff(session, round_.branch, role=Role.DISPATCHER)

        signed_in(dispatcher).post(VIEWING)

        (proof,) = rows(database, Proof)
        (looked,) = [row for row in rows(database, EventRecord) if row["name"] == "proof.viewed"]
        assert (looked["actor_id"], looked["subject_id"]) == (dispatcher.id, proof["id"])
        assert looked["data"] == {"sha256": NAME}

    def test_who_looks_is_not_helped_to_forget_it_by_a_cache(self, named, colleague):
        assert colleague(Role.DISPATCHER).post(VIEWING).headers["Cache-Control"] == "no-store"

    def test_what_the_courier_fetches_himself_is_not_recorded(self, named, courier, database):
        courier.get(f"/v1/proofs/{NAME}")

        assert "proof.viewed" not in [row["name"] for row in rows(database, EventRecord)]

    def test_b1_another_couriers_proof_is_not_found(self, named, colleague):
        assert colleague(Role.COURIER).get(f"/v1/proofs/{NAME}").status_code == 404

    def test_b1_another_reps_proof_is_not_found(self, named, colleague):
        assert colleague(Role.SALES_REP).post(VIEWING).status_code == 404

    @pytest.mark.parametrize("role", [Role.DISPATCHER, Role.MANAGER, Role.SERVICE_AGENT, Role.SALES_REP])
    def test_b7_nobody_looks_without_a_record(self, named, colleague, role):
        assert colleague(role).get(f"/v1/proofs/{NAME}").status_code == 403

    def test_b4_another_branchs_proof_is_not_found(self, named, database, signed_in):
        with database.unit_of_work() as session:
            stranger = factories.make_staff(session, role=Role.DISPATCHER)

        assert signed_in(stranger).post(VIEWING).status_code == 404

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.INTEGRATION, Role.COURIER])
    def test_b7_roles_without_business_at_the_door_are_refused(self, named, colleague, role):
        assert colleague(role).post(VIEWING).status_code == 403

    def test_it_needs_a_sign_in(self, named, client):
        assert client.get(f"/v1/proofs/{NAME}").status_code == 401
        assert client.post(VIEWING).status_code == 401

    def test_b1_naming_anothers_picture_does_not_open_it(self, courier, database, signed_in, clock, round_):
        send(courier, DATA)
        with database.unit_of_work() as session:
            thief = factories.make_staff(session, round_.branch)
            door = factories.make_site(session, factories.make_customer(session, round_.branch))
            pickup = factories.make_pickup(session, door, courier=thief)
        other = signed_in(thief)
        phone = Phone(other, clock)
        phone.report(pickup, "arrived")

        phone.report(pickup, "collected", data={"proofs": [NAME]})

        assert other.get(f"/v1/proofs/{NAME}").status_code == 404
        slip = other.get(f"/v1/pickups/{pickup.id}/wait-slip").json
        assert [proof["state"] for proof in slip["proofs"]] == ["awaited"]

    def test_the_courier_sees_his_own_before_it_is_named_and_others_do_not(self, courier, colleague):
        send(courier, DATA)

        assert courier.get(f"/v1/proofs/{NAME}").data == DATA
        assert colleague(Role.DISPATCHER).post(VIEWING).status_code == 404

    def test_what_is_not_there_is_not_found(self, courier):
        assert courier.get(f"/v1/proofs/{uuid4().hex * 2}").status_code == 404

    def test_a_picture_is_a_file_to_save_and_never_a_page(self, courier):
        send(courier, DATA)

        headers = courier.get(f"/v1/proofs/{NAME}").headers

        assert headers["Content-Type"] == "image/jpeg"
        assert headers["Content-Disposition"] == f'attachment; filename="proof-{NAME[:12]}.jpg"'
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"].startswith("private")

    def test_a_picture_that_the_disk_has_lost_is_not_found(self, courier, proofs):
        send(courier, DATA)
        proofs.drop(NAME)

        assert courier.get(f"/v1/proofs/{NAME}").status_code == 404

    def test_a_picture_that_was_tampered_with_is_lost_and_alarms(self, courier, proofs, alarms):
        send(courier, DATA)
        next(proofs._folder.rglob(NAME)).write_bytes(b"DSF1" + b"0" * 100)

        assert courier.get(f"/v1/proofs/{NAME}").status_code == 404
        assert alarms() == ["security.file_unreadable"]


def test_no_transaction_is_open_while_the_picture_is_written(app, courier, database, proofs):
    """On SQLite the write would wait for ever if the request held the one write lock."""
    written = []

    class Watchful:
        def draft(self, data):
            with database.unit_of_work() as session:
                written.append(session.scalar(select(func.count()).select_from(Proof)))
            return proofs.draft(data)

    app.proofs = Watchful()

    assert send(courier, DATA).status_code == 200
    assert written == [0]
