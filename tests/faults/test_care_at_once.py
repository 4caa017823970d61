"""Many see or do the same at the same moment: one report, one greeting, one transfer come of it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from api import services
from api.db import retrying
from api.domain.customers import CustomerDraft
from api.domain.errors import Conflict, DomainError
from api.domain.field_reports import NewSighting
from api.domain.principal import Principal
from api.domain.vocabulary import FieldReportKind, Role
from api.models import Branch, Customer, FieldReport, FieldReportSighting, Notice, StaffMember, Transfer
from api.services.transfers import Wish
from jobs.prepare_occasions import prepare_occasions
from tests import care_factories, factories
from tests.fakes import NOW

MANY = 4


def principal(staff):
    return Principal(staff.id, staff.branch_id, staff.role, staff.locale, None)


def at_once(work, people):
    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(work, people))


def count(database, *conditions, model):
    with database.unit_of_work(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(model).where(*conditions))


@pytest.fixture
def customer(database):
    with database.unit_of_work() as session:
        branch = factories.make_branch(session)
        rep = factories.make_staff(session, branch, role=Role.SALES_REP)
        return factories.make_customer(session, branch, owner_id=rep.id)


def test_what_many_couriers_see_at_once_is_one_report(database, customer):
    with database.unit_of_work() as session:
        site = factories.make_site(session, session.merge(customer))
        branch = session.get_one(Branch, customer.branch_id)
        couriers = [factories.make_staff(session, branch) for _ in range(MANY)]
        for courier in couriers:
            factories.make_pickup(session, site, courier=courier)
    seen = NewSighting(FieldReportKind.COMPETITOR_SEEN, site_id=site.id)

    def report(courier):
        with database.unit_of_work() as session:
            services.field_reports.report(session, seen, by=principal(courier), now=NOW)

    at_once(lambda courier: retrying(lambda: report(courier)), couriers)

    assert count(database, model=FieldReport) == 1
    assert count(database, model=FieldReportSighting) == MANY
    assert count(database, Notice.kind == "field_report", model=Notice) == 1


def test_many_taps_send_one_greeting(database, customer):
    with database.unit_of_work() as session:
        contact = factories.make_contact(session, session.merge(customer))
        occasion = care_factories.make_occasion(session, contact)
        rep = session.get_one(StaffMember, customer.owner_id)

    def greet(_):
        try:
            with database.unit_of_work() as session:
                services.occasions.greet(session, occasion_id=occasion.id, by=principal(rep), now=NOW)
        except Conflict as refusal:
            return refusal.code
        return "sent"

    answers = at_once(lambda tap: retrying(lambda: greet(tap)), range(MANY))

    assert Counter(answers) == {"sent": 1, "greeted_already": MANY - 1}
    assert count(database, Notice.kind == "greeting", model=Notice) == 1


def test_two_managers_hand_over_the_same_rep_once(database, customer):
    with database.unit_of_work() as session:
        branch = session.get_one(Branch, customer.branch_id)
        managers = [factories.make_staff(session, branch, role=Role.MANAGER) for _ in range(MANY)]
        heirs = [factories.make_staff(session, branch, role=Role.SALES_REP) for _ in range(MANY)]

    def hand_over(pair):
        manager, heir = pair
        wish = Wish(customer.owner_id, [heir.id])
        try:
            with database.unit_of_work() as session:
                services.transfers.make(session, wish=wish, by=principal(manager), now=NOW)
        except Conflict as refusal:
            return refusal.code
        return "made"

    pairs = list(zip(managers, heirs, strict=True))
    answers = at_once(lambda pair: retrying(lambda: hand_over(pair)), pairs)

    assert Counter(answers) == {"made": 1, "nothing_to_transfer": MANY - 1}
    assert count(database, model=Transfer) == 1
    assert count(database, Customer.owner_id.in_([one.id for one in heirs]), model=Customer) == 1


def test_fault_32_one_process_notices_the_days_occasions(database, customer, job_context):
    with database.unit_of_work() as session:
        factories.make_contact(session, session.merge(customer), birthday=NOW.date().replace(year=1990))

    found = at_once(lambda _: prepare_occasions(job_context), range(MANY))

    assert sorted(found) == [0] * (MANY - 1) + [1]
    assert count(database, Notice.kind == "occasions_today", model=Notice) == 1


def test_nobody_leaves_while_he_is_given_a_customer(database, customer):
    with database.unit_of_work() as session:
        branch = session.get_one(Branch, customer.branch_id)
        manager = factories.make_staff(session, branch, role=Role.MANAGER)
        leavers = [factories.make_staff(session, branch, role=Role.SALES_REP) for _ in range(MANY * 2)]

    def act(work):
        staff, gives = work
        try:
            with database.unit_of_work() as session:
                if gives:
                    draft = CustomerDraft(f"GIVEN-{staff.id}", "东方贸易", owner_id=staff.id)
                    services.customers.create(session, draft, by=principal(manager), now=NOW)
                else:
                    services.staff.deactivate(session, staff_id=staff.id, by=principal(manager), now=NOW)
        except DomainError as refusal:
            return refusal.code
        return "done"

    work = [(staff, gives) for staff in leavers for gives in (True, False)]
    answers = at_once(lambda one: retrying(lambda: act(one)), work)

    owned = select(Customer.owner_id).join(StaffMember, StaffMember.id == Customer.owner_id)
    with database.unit_of_work(read_only=True) as session:
        gone = session.scalars(owned.where(StaffMember.deactivated_at.is_not(None))).all()
    assert not gone
    assert answers.count("done") == len(leavers)
