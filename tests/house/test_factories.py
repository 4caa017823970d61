"""The factories make rows that a database takes as they are, on both engines."""

import inspect

import pytest

from tests import factories

MAKERS = [
    make for name, make in inspect.getmembers(factories, inspect.isfunction) if name.startswith("make_")
]
NEED_STAFF = {factories.make_access_token, factories.make_device}


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_factory_makes_a_row_that_is_valid_by_itself(session, make):
    subject = [factories.make_staff(session)] if make in NEED_STAFF else []

    made = make(session, *subject)

    assert made
