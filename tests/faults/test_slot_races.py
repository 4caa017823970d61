"""The last place of a slot, wanted by many at once: it is given once."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from api import security
from api.domain.branch_policy import BranchPolicy
from api.domain.vocabulary import LinkPurpose, PickupState, Role
from api.models import BranchPolicyVersion, Pickup
from tests.factories import make_customer, make_link, make_pickup, make_site
from tests.fakes import NOW
from tests.faults.test_wait_races import at_once

CONTACTS = 6
ROOM = 2
NOON = NOW + timedelta(hours=2.5)


@pytest.fixture
def tokens(database, branch, hire):
    """Links of as many contacts, half of them after a visit that did not work out."""
    hire(Role.COURIER)
    with database.unit_of_work() as session:
        policy = replace(BranchPolicy(), pickups_per_courier_hour=ROOM)
        session.add(
            BranchPolicyVersion(branch_id=branch.id, version=1, settings=policy.to_json(), created_at=NOW)
        )
        links = security.vault_of(session).links
        made = []
        for number in range(CONTACTS):
            site = make_site(session, make_customer(session, branch))
            state = PickupState.LEFT if number % 2 else PickupState.BOOKED
            pickup = make_pickup(session, site, state=state)
            made.append(make_link(session, pickup, purpose=LinkPurpose.RESCHEDULE))
        return [links.token(link.id, link.key_id) for link in made]


def test_the_last_places_of_a_slot_are_given_once(app, database, tokens):
    def choose(token):
        body = {"slot_start": NOON.isoformat()}
        return app.test_client().post(f"/v1/links/{token}/rescheduling", json=body)

    answers = at_once([lambda token=token: choose(token) for token in tokens])

    assert Counter(answer.status_code for answer in answers) == {200: ROOM, 409: CONTACTS - ROOM}
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} == {"slot_taken"}
    with database.unit_of_work(read_only=True) as session:
        at_noon = session.scalars(select(Pickup).where(Pickup.window_start == NOON)).all()
    assert len(at_noon) == ROOM
