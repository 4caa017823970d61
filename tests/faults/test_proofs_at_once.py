"""The same picture, or the same signature, comes several times at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.domain.vocabulary import WaitOutcome, WaitState
from api.models import Proof, WaitSlipAcknowledgement
from tests import factories
from tests.fakes import NOW
from tests.pictures import hash_of, picture
from tests.rounds import rows

AT_ONCE = 6
DATA = picture()


@pytest.fixture
def courier(hire):
    return hire("courier")


@pytest.fixture
def headers(signed_in, courier):
    return {"Authorization": signed_in(courier).environ_base["HTTP_AUTHORIZATION"]}


def at_once(call):
    with ThreadPoolExecutor(AT_ONCE) as callers:
        return list(callers.map(call, range(AT_ONCE)))


def test_the_same_picture_at_once_is_one_proof(app, database, proofs, headers):
    answers = at_once(
        lambda _: app.test_client().put(
            f"/v1/proofs/{hash_of(DATA)}", data=DATA, content_type="image/jpeg", headers=headers
        )
    )

    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    assert len(rows(database, Proof)) == 1
    assert proofs.read(hash_of(DATA)) == DATA
    assert list((proofs._folder / "drafts").iterdir()) == []


@pytest.mark.parametrize("names", [["李小芳"], ["李小芳", "王芳"]], ids=["one name", "two names"])
def test_of_signatures_at_once_one_holds(app, database, branch, courier, headers, names):
    with database.unit_of_work() as session:
        site = factories.make_site(session, factories.make_customer(session, branch))
        pickup = factories.make_pickup(session, site, courier=courier)
        factories.make_wait(
            session, pickup, state=WaitState.CLOSED, outcome=WaitOutcome.COLLECTED, departed_at=NOW
        )

    answers = at_once(
        lambda number: app.test_client().post(
            f"/v1/pickups/{pickup.id}/wait-slip/acknowledgement",
            json={"signer_name": names[number % len(names)]},
            headers=headers,
        )
    )

    held = [answer for answer in answers if answer.status_code == 200]
    assert len(held) == AT_ONCE // len(names)
    assert {answer.status_code for answer in answers if answer not in held} <= {409}
    assert len(rows(database, WaitSlipAcknowledgement)) == 1
