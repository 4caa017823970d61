"""The factories make rows that a database takes as they are, on both engines."""

import inspect

import pytest

from tests import care_factories, factories

MAKERS = [
    make
    for module in (factories, care_factories)
    for name, make in inspect.getmembers(module, inspect.isfunction)
    if name.startswith("make_") and make.__module__ == module.__name__
]
NEED_STAFF = {factories.make_access_token, factories.make_device}


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_factory_makes_a_row_that_is_valid_by_itself(session, make):
    subject = [factories.make_staff(session)] if make in NEED_STAFF else []

    made = make(session, *subject)

    assert made
