"""The morning's look for birthdays, anniversaries and festivals: once a day, and once a year for each."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from api.domain.vocabulary import CustomerState, Locale, NoticeState, OccasionKind, Role
from api.models import Customer, Notice, Occasion
from jobs.prepare_occasions import prepare_occasions
from tests import care_factories, factories
from tests.fakes import FrozenClock

MORNING = datetime(2026, 11, 18, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai."""


@pytest.fixture
def clock():
    return FrozenClock(MORNING)


@pytest.fixture
def rep(hire):
    return hire(Role.SALES_REP)


@pytest.fixture
def contact_born(database, branch, rep):
    """Adds a contact of one of the rep's customers who was born on that day."""

    def contact_born(birthday, **customer):
        with database.unit_of_work() as session:
            owned = factories.make_customer(session, branch, **{"owner_id": rep.id, **customer})
            return factories.make_contact(session, owned, birthday=birthday)

    return contact_born


def noticed(database):
    with database.unit_of_work(read_only=True) as session:
        rows = session.execute(
            select(Occasion.contact_id, Occasion.kind, Occasion.falls_on).order_by(Occasion.falls_on)
        )
        return [tuple(row) for row in rows]


def told(database):
    with database.unit_of_work(read_only=True) as session:
        rows = session.execute(select(Notice.staff_id, Notice.kind, Notice.variables).order_by(Notice.id))
        return [tuple(row) for row in rows]


def test_a_birthday_is_noticed_and_its_rep_told_how_many_there_are(database, job_context, rep, contact_born):
    today = [contact_born(date(1990, 11, 18)), contact_born(date(1975, 11, 18))]
    contact_born(date(1990, 11, 19))

    assert prepare_occasions(job_context) == 2

    assert {contact for contact, *_ in noticed(database)} == {one.id for one in today}
    assert told(database) == [(rep.id, "occasions_today", {"count": 2})]


def test_before_eight_nobody_looks(database, job_context, clock, contact_born):
    contact_born(date(1990, 11, 18))
    clock.tick(minutes=-1)

    assert prepare_occasions(job_context) == 0
    assert noticed(database) == []


def test_a_day_is_looked_at_once_however_often_the_job_runs(database, job_context, clock, contact_born):
    contact_born(date(1990, 11, 18))

    found = [prepare_occasions(job_context) for _ in range(3)]
    clock.tick(hours=5)

    assert [*found, prepare_occasions(job_context)] == [1, 0, 0, 0]
    assert len(told(database)) == 1


def test_a_leap_day_is_kept_once_in_every_year(database, job_context, clock, contact_born):
    contact_born(date(2000, 2, 29))

    for year in (2027, 2028):
        for day in (27, 28, 29):
            clock.tick(seconds=(datetime(year, 2, 1, tzinfo=UTC) - clock.now()).total_seconds())
            clock.tick(days=day - 1)
            prepare_occasions(job_context)

    kept = [day for _, kind, day in noticed(database) if kind is OccasionKind.BIRTHDAY]
    assert kept == [date(2027, 2, 28), date(2028, 2, 29)]


def test_a_companys_anniversary_is_an_occasion_for_its_contacts(database, job_context, contact_born):
    contact = contact_born(None, founded_on=date(2006, 11, 18))
    contact_born(None, founded_on=date(2026, 11, 18))

    prepare_occasions(job_context)

    assert noticed(database) == [(contact.id, OccasionKind.COMPANY_ANNIVERSARY, date(2026, 11, 18))]


def test_a_festival_is_one_for_everybody_on_its_first_day_only(database, job_context, clock, contact_born):
    contacts = {contact_born(None).id, contact_born(None).id}

    clock.tick(days=(date(2026, 9, 30) - date(2026, 11, 18)).days)
    for _ in range(4):
        prepare_occasions(job_context)
        clock.tick(days=1)

    assert {(who, kind, day) for who, kind, day in noticed(database)} == {
        (who, OccasionKind.NATIONAL_DAY, date(2026, 10, 1)) for who in contacts
    }


def test_what_a_case_holds_back_is_not_announced(database, job_context, branch, rep, contact_born):
    contact = contact_born(date(1990, 11, 18))
    with database.unit_of_work() as session:
        customer = session.merge(contact).customer_id
        factories.make_case(session, session.get_one(Customer, customer))

    assert prepare_occasions(job_context) == 1
    assert told(database) == []


@pytest.mark.parametrize(
    ("contact", "customer"),
    [
        ({"opted_out_at": MORNING}, {}),
        ({"phone": None, "email": None}, {}),
        ({}, {"state": CustomerState.CLOSED_BY_US}),
    ],
    ids=["wants no messages", "cannot be reached", "closed by us"],
)
def test_who_is_not_written_to_has_no_occasion(database, job_context, branch, rep, contact, customer):
    with database.unit_of_work() as session:
        owned = factories.make_customer(session, branch, owner_id=rep.id, **customer)
        factories.make_contact(session, owned, birthday=date(1990, 11, 18), **contact)

    assert prepare_occasions(job_context) == 0


def test_who_stands_in_is_told(database, job_context, hire, rep, contact_born):
    contact_born(date(1990, 11, 18))
    stand_in = hire(Role.SALES_REP)
    with database.unit_of_work() as session:
        care_factories.make_absence(session, session.merge(rep), stand_in=stand_in)

    prepare_occasions(job_context)

    assert told(database) == [(stand_in.id, "occasions_today", {"count": 1})]


def test_each_branch_has_its_own_morning(database, job_context, contact_born):
    contact_born(date(1990, 11, 18))
    with database.unit_of_work() as session:
        berlin = factories.make_branch(session, timezone="Europe/Berlin", locale=Locale.EN)
        rep = factories.make_staff(session, berlin, role=Role.SALES_REP)
        customer = factories.make_customer(session, berlin, owner_id=rep.id)
        factories.make_contact(session, customer, birthday=date(1980, 11, 18))

    first = prepare_occasions(job_context)
    job_context.clock.tick(hours=7)

    assert (first, prepare_occasions(job_context)) == (1, 1)


def test_nobody_without_a_phone_is_waited_for(database, job_context, contact_born):
    contact_born(date(1990, 11, 18))

    prepare_occasions(job_context)

    with database.unit_of_work(read_only=True) as session:
        assert session.scalars(select(Notice.state)).all() == [NoticeState.SUPPRESSED]
