"""Many complaints at the same moment: each case has a number of its own, without a gap."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from api import services
from api.db import retrying
from api.domain.cases import NewCase
from api.domain.vocabulary import CaseCategory, CaseKind
from api.models import Case
from tests.factories import make_branch, make_customer
from tests.fakes import NOW

CALLERS, CASES = 4, 40


def test_cases_opened_at_once_are_numbered_without_gap_or_twin(database):
    with database.unit_of_work() as session:
        customer = make_customer(session, make_branch(session))
    new = NewCase(customer.branch_id, customer.id, CaseKind.INQUIRY, CaseCategory.OTHER)

    def open_one(_):
        with database.unit_of_work() as session:
            services.cases.open_case(session, new, now=NOW)

    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(open_one, range(CASES)))

    with database.unit_of_work(read_only=True) as session:
        assert sorted(session.scalars(select(Case.number))) == list(range(1, CASES + 1))


def test_what_opens_a_case_by_itself_does_so_once_from_many_hands(database):
    with database.unit_of_work() as session:
        customer = make_customer(session, make_branch(session))
    new = NewCase(
        customer.branch_id, customer.id, CaseKind.EXCEPTION, CaseCategory.OTHER, opened_for="missed:1"
    )

    def open_it():
        with database.unit_of_work() as session:
            return services.cases.open_case(session, new, now=NOW).number

    with ThreadPoolExecutor(CALLERS) as callers:
        numbers = list(callers.map(lambda _: retrying(open_it), range(CALLERS)))

    assert set(numbers) == {1}
