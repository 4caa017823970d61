"""Who owns a new customer, and who may change that."""

from uuid import UUID

import pytest

from api.domain.customers import OwnerIsNotYours, check_owner_change, owner_when_created
from api.domain.principal import Principal
from api.domain.vocabulary import Locale, Role

BRANCH, REP, COLLEAGUE = UUID(int=1), UUID(int=2), UUID(int=3)


def somebody(role: Role) -> Principal:
    return Principal(REP, BRANCH, role, Locale.ZH_CN, session_id=UUID(int=9))


@pytest.mark.parametrize("asked_for", [None, REP])
def test_a_rep_owns_the_customers_he_creates(asked_for: UUID | None) -> None:
    assert owner_when_created(somebody(Role.SALES_REP), asked_for) == REP


def test_a_rep_cannot_create_a_customer_for_a_colleague() -> None:
    with pytest.raises(OwnerIsNotYours):
        owner_when_created(somebody(Role.SALES_REP), COLLEAGUE)


@pytest.mark.parametrize("asked_for", [None, COLLEAGUE])
def test_a_manager_names_any_owner_or_none(asked_for: UUID | None) -> None:
    assert owner_when_created(somebody(Role.MANAGER), asked_for) == asked_for


@pytest.mark.parametrize("owner_id", [None, COLLEAGUE])
def test_a_rep_cannot_give_a_customer_away(owner_id: UUID | None) -> None:
    with pytest.raises(OwnerIsNotYours):
        check_owner_change(somebody(Role.SALES_REP), before=REP, after=owner_id)


def test_a_rep_who_stands_in_does_not_take_the_customer_over() -> None:
    with pytest.raises(OwnerIsNotYours):
        check_owner_change(somebody(Role.SALES_REP), before=COLLEAGUE, after=REP)


@pytest.mark.parametrize("owner_id", [REP, COLLEAGUE])
def test_a_rep_may_name_the_owner_that_there_is(owner_id: UUID) -> None:
    check_owner_change(somebody(Role.SALES_REP), before=owner_id, after=owner_id)


def test_a_manager_may_give_a_customer_to_another_rep() -> None:
    check_owner_change(somebody(Role.MANAGER), before=REP, after=COLLEAGUE)
