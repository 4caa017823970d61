"""A customer with a door, and those who care about it, for tests that speak HTTP."""

import pytest

from api.domain.vocabulary import Role
from tests.factories import make_contact, make_customer, make_pickup, make_site


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
