"""B7: who may manage whom."""

import pytest

from api.domain.staff import may_manage
from api.domain.vocabulary import Role

BELOW = [role for role in Role if role not in {Role.MANAGER, Role.ADMIN}]


@pytest.mark.parametrize("target", Role)
def test_an_admin_manages_everybody(target):
    assert may_manage(Role.ADMIN, target)


@pytest.mark.parametrize("target", BELOW)
def test_a_manager_manages_everybody_below_him(target):
    assert may_manage(Role.MANAGER, target)


@pytest.mark.parametrize("target", [Role.MANAGER, Role.ADMIN])
def test_b7_a_manager_manages_nobody_of_his_own_rank_or_above(target):
    assert not may_manage(Role.MANAGER, target)


@pytest.mark.parametrize("actor", BELOW)
@pytest.mark.parametrize("target", Role)
def test_b7_nobody_else_manages_anybody(actor, target):
    assert not may_manage(actor, target)
