"""Which exports those who lead a branch hear of."""

import pytest

from api.domain.exports import leaders_hear_of_it
from api.domain.vocabulary import Role


@pytest.mark.parametrize(
    ("rows", "role", "is_open", "expected"),
    [
        pytest.param(200, Role.SALES_REP, True, False, id="a rep's, by day, no more than usual"),
        pytest.param(201, Role.SALES_REP, True, True, id="much at once"),
        pytest.param(201, Role.MANAGER, True, True, id="much at once, whoever it is"),
        pytest.param(0, Role.SALES_REP, False, True, id="a rep's while nobody is there"),
        pytest.param(200, Role.DISPATCHER, False, False, id="a dispatcher's at night"),
    ],
)
def test_f2_leaders_hear_of_much_and_of_reps_at_night(rows, role, is_open, expected):
    assert leaders_hear_of_it(rows, role, threshold=200, is_open=is_open) is expected
