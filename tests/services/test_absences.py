"""While an owner is away, whoever stands in is told all that owners are told, and nobody is told twice."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from api import services
from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import WorkCalendar
from api.domain.churn_engine import Engine
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import Grade, Role, WaitCause
from api.domain.wait_ending import LeaveReason
from api.models import Notice
from api.services.churn import Night
from api.services.leaves import Leave
from tests import care_factories, factories
from tests.fakes import NOW


@pytest.fixture
def branch(session):
    return factories.make_branch(session)


@pytest.fixture
def owner(session, branch):
    return factories.make_staff(session, branch, role=Role.SALES_REP)


@pytest.fixture
def stand_in(session, branch):
    return factories.make_staff(session, branch, role=Role.SALES_REP)


@pytest.fixture
def customer(session, branch, owner):
    return factories.make_customer(session, branch, owner_id=owner.id, grade=Grade.A)


@pytest.fixture
def away(session, owner, stand_in):
    return care_factories.make_absence(session, owner, stand_in=stand_in)


def assign_case(session, customer):
    case = factories.make_case(session, customer, owner_id=customer.owner_id)
    services.case_notices.tell_owner(session, case, NoticeKind.CASE_ASSIGNED, now=NOW)


def let_case_be_overdue(session, customer):
    case = factories.make_case(session, customer, owner_id=customer.owner_id, respond_by_at=NOW)
    services.case_notices.tell_overdue(session, case, now=NOW)


def leave_protected(session, customer):
    site = factories.make_site(session, customer)
    pickup = factories.make_pickup(session, site, courier=factories.make_staff(session))
    over = {"state": "closed", "departed_at": NOW, "protected": True, "cause": WaitCause.NOBODY_THERE}
    wait = factories.make_wait(session, pickup, **over)
    leave = Leave(wait, customer.id, customer.grade, customer.owner_id, LeaveReason.WAITED_LONG_ENOUGH)
    services.leaves.tell(session, [leave], now=NOW)


def raise_alert(session, customer):
    factories.make_churn_alert(session, customer)
    engine = Engine(date(2026, 11, 18), customers=1, population_gap_days=7, status="rule")
    shanghai, policy = ZoneInfo("Asia/Shanghai"), BranchPolicy()
    working = WorkCalendar()
    night = Night(
        customer.branch_id, "CNY", shanghai, policy, engine, customer.id, False, working, shipping=working
    )
    services.churn_telling.tell_owners(session, night, now=NOW)


OCCURRENCES = [assign_case, let_case_be_overdue, leave_protected, raise_alert]


def told(session):
    return set(session.scalars(select(Notice.staff_id).where(Notice.staff_id.is_not(None))))


@pytest.mark.parametrize("occur", OCCURRENCES)
class TestEveryOccurrence:
    def test_the_owner_is_told_while_he_is_there(self, session, customer, owner, occur):
        occur(session, customer)

        assert told(session) == {owner.id}

    def test_the_stand_in_is_told_while_the_owner_is_away(self, session, customer, away, stand_in, occur):
        occur(session, customer)

        assert told(session) == {stand_in.id}

    @pytest.mark.parametrize("off", [timedelta(days=-1), timedelta(days=1)], ids=["yesterday", "tomorrow"])
    def test_another_days_absence_changes_nothing(self, session, customer, owner, away, occur, off):
        away.begins_at, away.ends_at = away.begins_at + off, away.ends_at + off
        session.flush()

        occur(session, customer)

        assert told(session) == {owner.id}


def test_only_those_who_are_away_are_named(session, branch, owner, stand_in, away):
    third = factories.make_staff(session, branch, role=Role.SALES_REP)

    found = services.absences.stand_ins(session, [owner.id, stand_in.id, third.id], now=NOW)

    assert found == {owner.id: stand_in.id}
    assert services.absences.stand_ins(session, [], now=NOW) == {}


def test_who_is_told_for_two_is_told_once(session, owner, stand_in, away):
    assert services.absences.present(session, [owner.id, stand_in.id], now=NOW) == [stand_in.id]
