"""Which wait limit holds where several are set."""

import pytest

from api.domain.branch_policy import BranchPolicy

POLICY = BranchPolicy(wait_limit_seconds=300, wait_limit_seconds_by_grade=(("A", 600),))


@pytest.mark.parametrize(
    ("grade", "of_customer", "of_site", "limit"),
    [
        pytest.param(None, None, None, 300, id="the branch's where nothing else is set"),
        pytest.param("B", None, None, 300, id="the branch's for a grade without one"),
        pytest.param("A", None, None, 600, id="the grade's before the branch's"),
        pytest.param("A", 450, None, 450, id="the customer's before the grade's"),
        pytest.param("A", 450, 120, 120, id="the site's before all others"),
        pytest.param(None, None, 120, 120, id="the site's alone"),
    ],
)
def test_the_nearest_limit_wins(grade, of_customer, of_site, limit):
    assert POLICY.wait_limit_for(grade, of_site=of_site, of_customer=of_customer) == limit
