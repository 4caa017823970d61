"""The wait slip over HTTP: what it tells to whom, as JSON and as a PDF, and how it is signed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from pypdfium2 import PdfDocument
from sqlalchemy import select, text, update

from api.domain.vocabulary import ReadinessAnswer, Role
from api.models import EventRecord, Pickup, ReadinessRecord, Wait, WaitSlipAcknowledgement
from tests import factories
from tests.fakes import NOW
from tests.pictures import hash_of, picture, send
from tests.rounds import Round, make_round, rows

SIGNED = {"signer_name": "李小芳"}


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


@pytest.fixture
def colleague(database, signed_in, round_):
    """Returns the client of another member of the same branch."""

    def sign_in(role: Role):
        with database.unit_of_work() as session:
            member = factories.make_staff(session, round_.branch, role=role)
        return signed_in(member)

    return sign_in


@pytest.fixture
def path(round_):
    return f"/v1/pickups/{round_.first.id}/wait-slip"


@pytest.fixture
def handed_over(round_, clock):
    """The courier waited four minutes; the handover goes on."""
    round_.phone.report(round_.first, "arrived")
    clock.tick(minutes=4)
    round_.phone.report(round_.first, "handover_started")


@pytest.fixture
def sign(round_, path):
    """Signs on the courier's phone and returns the answer."""
    return lambda **said: round_.phone.client.post(f"{path}/acknowledgement", json=SIGNED | said)


class TestSlip:
    def test_it_tells_one_wait_from_arrival_to_departure(self, round_, clock, path, handed_over):
        clock.tick(minutes=1)
        round_.phone.report(round_.first, "collected", data={"cause": "goods_not_ready", "parcels": 2})

        slip = round_.phone.client.get(path).json

        (wait,) = slip["waits"]
        assert (slip["pickup_id"], slip["timezone"]) == (str(round_.first.id), "Asia/Shanghai")
        assert wait["courier_name"] == "王**"
        assert [wait[name] for name in ("arrived_at", "handover_started_at", "departed_at")] == [
            (NOW + timedelta(minutes=minutes)).isoformat() for minutes in (0, 4, 5)
        ]
        assert (wait["avoidable_wait_seconds"], wait["dwell_seconds"]) == (240, 300)
        assert (wait["cause"], wait["outcome"], wait["protected"]) == ("goods_not_ready", "collected", False)
        assert (wait["trust"], wait["quality"]) == ("verified", "measured")
        assert wait["acknowledgement"] is None

    def test_it_tells_what_was_promised_when_the_courier_came(self, database, round_, clock, path):
        promise(database, round_, NOW - timedelta(minutes=5), ready_at=NOW + timedelta(minutes=2))
        round_.phone.report(round_.first, "arrived")
        clock.tick(minutes=1)
        promise(database, round_, clock.now(), ready_at=NOW + timedelta(minutes=30))

        (wait,) = round_.phone.client.get(path).json["waits"]

        assert wait["promised_ready_at"] == (NOW + timedelta(minutes=2)).isoformat()

    def test_during_the_handover_the_avoidable_wait_is_known_and_the_rest_is_not(
        self, round_, path, handed_over
    ):
        (wait,) = round_.phone.client.get(path).json["waits"]

        assert (wait["avoidable_wait_seconds"], wait["dwell_seconds"], wait["outcome"]) == (240, None, None)

    def test_an_arrival_that_was_undone_is_not_on_it(self, round_, clock, path):
        round_.phone.report(round_.first, "arrived")
        clock.tick(seconds=20)
        round_.phone.report(round_.first, "arrival_undone")
        only_undone = round_.phone.client.get(path)
        clock.tick(minutes=5)
        round_.phone.report(round_.first, "arrived")

        assert only_undone.status_code == 404
        assert [wait["attempt"] for wait in round_.phone.client.get(path).json["waits"]] == [2]

    @pytest.mark.parametrize("where", ["no wait yet", "no pickup"])
    def test_without_a_wait_there_is_no_slip(self, round_, where):
        pickup_id = round_.first.id if where == "no wait yet" else uuid4()

        for name in ("wait-slip", "wait-slip.pdf"):
            assert round_.phone.client.get(f"/v1/pickups/{pickup_id}/{name}").status_code == 404


class TestAccess:
    @pytest.mark.parametrize("name", ["", ".pdf"])
    def test_it_needs_a_sign_in(self, client, path, handed_over, name):
        assert client.get(path + name).status_code == 401

    @pytest.mark.parametrize("name", ["", ".pdf"])
    @pytest.mark.parametrize("role", [Role.DISPATCHER, Role.MANAGER, Role.SERVICE_AGENT])
    def test_the_branch_sees_it(self, colleague, path, handed_over, role, name):
        assert colleague(role).get(path + name).status_code == 200

    @pytest.mark.parametrize("name", ["", ".pdf"])
    @pytest.mark.parametrize("role", [Role.ADMIN, Role.INTEGRATION])
    def test_roles_without_business_at_the_door_are_refused(self, colleague, path, role, name):
        assert colleague(role).get(path + name).status_code == 403

    @pytest.mark.parametrize("name", ["", ".pdf"])
    @pytest.mark.parametrize("role", [Role.COURIER, Role.SALES_REP])
    def test_b1_another_couriers_or_reps_slip_is_not_found(self, colleague, path, handed_over, role, name):
        assert colleague(role).get(path + name).status_code == 404

    def test_b4_another_branchs_slip_is_not_found(self, database, signed_in, path, handed_over):
        with database.unit_of_work() as session:
            stranger = factories.make_staff(session, role=Role.MANAGER)

        assert signed_in(stranger).get(path).status_code == 404

    def test_b1_the_next_courier_does_not_see_the_waits_of_the_one_before(
        self, database, signed_in, round_, path
    ):
        round_.phone.report(round_.first, "arrived")
        with database.unit_of_work() as session:
            successor = factories.make_staff(session, round_.branch)
            session.execute(
                update(Pickup).where(Pickup.id == round_.first.id).values(courier_id=successor.id)
            )

        assert signed_in(successor).get(path).status_code == 404

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.COURIER])
    def test_b7_only_couriers_have_it_signed(self, colleague, path, role):
        assert colleague(role).post(f"{path}/acknowledgement", json=SIGNED).status_code == 403

    def test_b2_another_couriers_pickup_is_not_found_for_signing(self, colleague, path, handed_over):
        answer = colleague(Role.COURIER).post(f"{path}/acknowledgement", json=SIGNED)

        assert answer.status_code == 404


class TestPdf:
    @pytest.mark.parametrize(
        ("wished", "language", "title"),
        [
            ("zh-CN,zh;q=0.9", "zh-CN", "等待单"),
            ("en-GB,en;q=0.5", "en", "Wait slip"),
            ("fr", "zh-CN", "等待单"),
        ],
    )
    def test_it_speaks_the_language_that_is_wished_for(
        self, round_, path, handed_over, wished, language, title
    ):
        answer = round_.phone.client.get(f"{path}.pdf", headers={"Accept-Language": wished})

        assert answer.headers["Content-Language"] == language
        assert title in PdfDocument(answer.data)[0].get_textpage().get_text_range()

    def test_f4_it_is_a_file_under_a_name_of_ours(self, round_, path, handed_over):
        headers = round_.phone.client.get(f"{path}.pdf").headers

        assert headers["Content-Type"] == "application/pdf"
        assert headers["Content-Disposition"] == f'inline; filename="wait-slip-{round_.first.id}.pdf"'
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


class TestSigning:
    def test_the_signer_stands_on_the_slip(self, round_, path, handed_over, sign, clock):
        answer = sign()

        acknowledgement = answer.json["waits"][0]["acknowledgement"]
        assert answer.status_code == 200
        assert acknowledgement["signer_name"] == "李小芳"
        assert acknowledgement["acknowledged_at"] == clock.now().isoformat()
        assert acknowledgement["changed_since"] is False
        assert round_.phone.client.get(path).json == answer.json

    def test_what_follows_the_signing_is_no_change(self, round_, clock, path, handed_over, sign):
        sign()
        clock.tick(minutes=2)
        round_.phone.report(round_.first, "collected", data={"cause": "papers_missing"})

        (wait,) = round_.phone.client.get(path).json["waits"]

        assert wait["acknowledgement"]["changed_since"] is False

    def test_a_later_change_of_what_was_signed_shows(self, database, round_, path, handed_over, sign):
        sign()
        with database.unit_of_work() as session:
            session.execute(update(Wait).values(arrived_at=NOW - timedelta(minutes=10)))

        (wait,) = round_.phone.client.get(path).json["waits"]

        assert wait["acknowledgement"]["changed_since"] is True

    def test_the_same_again_changes_nothing(self, clock, database, handed_over, sign):
        first = sign()
        clock.tick(minutes=1)

        again = sign()

        assert again.json["waits"] == first.json["waits"]
        assert len(rows(database, WaitSlipAcknowledgement)) == 1

    @pytest.mark.parametrize("other", [{"signer_name": "王芳"}, {"proof_sha256": "a" * 64}])
    def test_another_signature_is_refused(self, handed_over, sign, other):
        sign()

        answer = sign(**other)

        assert (answer.status_code, answer.json["code"]) == (409, "already_acknowledged")

    def test_nobody_signs_while_the_clock_runs(self, round_, sign):
        round_.phone.report(round_.first, "arrived")

        answer = sign()

        assert (answer.status_code, answer.json["code"]) == (409, "wait_goes_on")

    def test_who_was_left_waiting_by_us_may_sign_for_a_leave(self, round_, clock, sign):
        round_.phone.report(round_.first, "arrived")
        clock.tick(minutes=6)
        round_.phone.report(round_.first, "left", data={"cause": "goods_not_ready"})

        wait = sign().json["waits"][0]

        assert wait["protected"] is True
        assert wait["acknowledgement"]["signer_name"] == "李小芳"

    def test_without_a_wait_there_is_nothing_to_sign(self, sign):
        assert sign().status_code == 404

    def test_the_signature_may_be_a_picture_that_comes_later(
        self, round_, colleague, path, handed_over, sign
    ):
        signature = picture("a signature", "image/png")

        before = sign(proof_sha256=hash_of(signature)).json["proofs"]
        send(round_.phone.client, signature, "image/png")
        after = colleague(Role.DISPATCHER).get(path).json["proofs"]

        assert [(proof["state"], proof["event"]) for proof in before] == [("awaited", None)]
        assert [(proof["state"], proof["type"]) for proof in after] == [("stored", "image/png")]
        assert colleague(Role.DISPATCHER).post(f"/v1/proofs/{hash_of(signature)}/viewing").data == signature

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"signer_name": ""}, "signer_name"),
            ({"signer_name": "   "}, "signer_name"),
            ({"signer_name": "x" * 81}, "signer_name"),
            ({"signer_name": "a\nb"}, "signer_name"),
            ({"proof_sha256": "../../etc/passwd"}, "proof_sha256"),
            ({"proof_sha256": "A" * 64}, "proof_sha256"),
            ({"signed_at": "2026-01-01T00:00:00Z"}, "signed_at"),
        ],
        ids=repr,
    )
    def test_what_is_no_signature_is_refused(self, handed_over, sign, said, field):
        answer = sign(**said)

        assert answer.status_code == 422
        assert list(answer.json["errors"]) == [field]

    def test_f5_the_signers_name_is_not_stored_in_plain(self, database, handed_over, sign):
        sign()

        with database.unit_of_work(read_only=True) as session:
            stored = session.execute(text("SELECT signer FROM wait_slip_acknowledgements")).scalar_one()
        assert "李小芳" not in stored

    def test_the_fact_is_recorded_without_the_name(self, database, round_, handed_over, sign):
        sign()

        with database.unit_of_work(read_only=True) as session:
            fact = session.scalars(
                select(EventRecord).where(EventRecord.name == "wait_slip.acknowledged")
            ).one()
        assert fact.actor_id == round_.courier.id
        assert list(fact.data) == ["slip_hash"]


def promise(database, round_, answered_at, *, ready_at):
    with database.unit_of_work() as session:
        session.add(
            ReadinessRecord(
                pickup_id=round_.first.id,
                answer=ReadinessAnswer.IN_MINUTES,
                promised_ready_at=ready_at,
                answered_at=answered_at,
            )
        )
