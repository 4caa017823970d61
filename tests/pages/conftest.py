"""A pickup and the links to its pages, as a contact's browser meets them."""

from datetime import timedelta

import pytest

from api import security
from api.domain.vocabulary import LinkPurpose, Role
from api.models import Pickup
from tests.factories import (
    make_branch,
    make_contact,
    make_customer,
    make_link,
    make_pickup,
    make_site,
    make_staff,
    make_wait,
)
from tests.fakes import NOW
from tests.pages.browsing import Visit


@pytest.fixture
def branch(database):
    with database.unit_of_work() as session:
        return make_branch(session, name="张江网点", hotline="+86 21 5555 0123")


@pytest.fixture
def dispatcher(database, branch):
    with database.unit_of_work() as session:
        return make_staff(session, branch, role=Role.DISPATCHER)


@pytest.fixture
def pickup(database, branch):
    """An assigned pickup whose hour begins in 20 minutes."""
    with database.unit_of_work() as session:
        customer = make_customer(session, branch)
        return make_pickup(
            session,
            make_site(session, customer, name="二号仓库"),
            make_contact(session, customer),
            courier=make_staff(session, branch),
            window_start=NOW + timedelta(minutes=20),
            window_end=NOW + timedelta(minutes=80),
        )


@pytest.fixture
def link(database, pickup):
    """Makes a link of the pickup and returns its address: `link(LinkPurpose.FEEDBACK)`."""

    def make(purpose=LinkPurpose.PICKUP, **details):
        with database.unit_of_work() as session:
            made = make_link(session, pickup, purpose=purpose, **details)
            return f"/l/{security.vault_of(session).links.token(made.id, made.key_id)}"

    return make


@pytest.fixture
def stand(database, pickup):
    """Changes the pickup: `stand(state=PickupState.COLLECTED)`."""

    def change(**values):
        with database.unit_of_work() as session:
            row = session.get_one(Pickup, pickup.id)
            for name, value in values.items():
                setattr(row, name, value)

    return change


@pytest.fixture
def arrive(database, pickup, stand):
    """The courier stands at the door; his clock of five minutes starts after `early`."""

    def arrive(early=timedelta(), **details):
        stand(state="at_door")
        with database.unit_of_work() as session:
            started = NOW + early
            make_wait(
                session,
                pickup,
                clock_started_at=started,
                deadline_at=started + timedelta(minutes=5),
                **details,
            )

    return arrive


@pytest.fixture
def visit(app, clock):
    """Opens a link in a fresh browser: `visit(link())`; `cookies=False` for one that refuses them."""

    def visit(path, *, cookies=True, language="en"):
        return Visit(app.test_client(use_cookies=cookies), clock, language).open(path)

    return visit
