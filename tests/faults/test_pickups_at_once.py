"""Two systems book, or change, the same pickup at the same moment."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from api.domain.vocabulary import Role
from api.models import Pickup
from tests.factories import make_contact, make_customer, make_pickup, make_site, make_staff

AT_ONCE = 6


def at_once(call):
    with ThreadPoolExecutor(AT_ONCE) as callers:
        return list(callers.map(call, range(AT_ONCE)))


def test_the_same_booking_at_once_is_one_pickup(database, signed_in):
    with database.unit_of_work() as session:
        customer = make_customer(session)
        site, contact = make_site(session, customer), make_contact(session, customer)
        system = make_staff(session, role=Role.INTEGRATION, branch_id=customer.branch_id)
    client = signed_in(system)
    booking = {
        "external_ref": "R-1",
        "site_id": str(site.id),
        "contact_id": str(contact.id),
        "window_start": "2026-11-18T10:00:00+08:00",
        "window_end": "2026-11-18T11:00:00+08:00",
    }
    headers = {"Authorization": client.environ_base["HTTP_AUTHORIZATION"]}

    answers = at_once(
        lambda _: client.application.test_client().post("/v1/pickups", json=booking, headers=headers)
    )

    assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert len({answer.json["id"] for answer in answers}) == 1
    with database.unit_of_work(read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(Pickup)) == 1


def test_b11_of_changes_to_one_version_at_once_one_wins(database, signed_in):
    with database.unit_of_work() as session:
        pickup = make_pickup(session)
        dispatcher = make_staff(session, role=Role.DISPATCHER, branch_id=pickup.branch_id)
    client = signed_in(dispatcher)
    headers = {"Authorization": client.environ_base["HTTP_AUTHORIZATION"], "If-Match": '"1"'}

    answers = at_once(
        lambda number: client.application.test_client().patch(
            f"/v1/pickups/{pickup.id}", json={"parcels_expected": number + 1}, headers=headers
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (AT_ONCE - 1)
