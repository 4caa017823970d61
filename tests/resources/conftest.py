"""A customer with a door, and those who care about it, for tests that speak HTTP."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import Role
from tests.factories import make_access_token, make_contact, make_customer, make_pickup, make_site
from tests.fakes import NOW
from tests.portfolios import fill


@pytest.fixture
def rep(hire):
    return hire(Role.SALES_REP)


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER)


@pytest.fixture
def dispatcher(signed_in, hire):
    """A dispatcher who has signed in."""
    return signed_in(hire(Role.DISPATCHER))


@pytest.fixture
def customer(database, branch, rep):
    """A customer that `rep` owns."""
    with database.unit_of_work() as session:
        return make_customer(session, branch, owner_id=rep.id)


@pytest.fixture
def site(database, customer):
    with database.unit_of_work() as session:
        return make_site(session, customer)


@pytest.fixture
def contact(database, customer):
    with database.unit_of_work() as session:
        return make_contact(session, customer, name="李小芳")


@pytest.fixture
def pickup_of(database, site, contact):
    """Adds a pickup at the site, assigned to a courier if one is named."""

    def pickup_of(courier=None, **columns):
        with database.unit_of_work() as session:
            return make_pickup(session, site, contact, courier=courier, **columns)

    return pickup_of


@pytest.fixture
def signed_in_for_long(app, database):
    """Like `signed_in`, for tests in which months pass."""

    def sign_in(staff):
        with database.unit_of_work() as session:
            token = make_access_token(session, staff, expires_at=NOW + timedelta(days=400))
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return sign_in


@pytest.fixture
def manager(signed_in, hire):
    """A manager who has signed in."""
    return signed_in(hire(Role.MANAGER))


@pytest.fixture
def successors(hire):
    return [hire(Role.SALES_REP), hire(Role.SALES_REP)]


@pytest.fixture
def transfer(manager, rep, successors):
    """Hands over what `rep` holds, to the two successors unless said otherwise."""

    def transfer(path="", receivers=None):
        chosen = successors if receivers is None else receivers
        body = {"receivers": [str(one.id) for one in chosen]}
        return manager.post(f"/v1/staff/{rep.id}/transfer{path}", json=body)

    return transfer


@pytest.fixture
def portfolio(database, branch, rep):
    with database.unit_of_work() as session:
        fill(session, branch, rep, 12)
