"""What shifts leave behind, and which dispatchers are told."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from api import queries, services
from api.domain.principal import Principal
from api.domain.vocabulary import Role
from api.models import EventRecord, Shift
from tests import factories
from tests.fakes import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def branch(session):
    return factories.make_branch(session)


@pytest.fixture
def desk(session, branch):
    """Three dispatchers of the branch, in the order of their ids."""
    return [factories.make_staff(session, branch, role=Role.DISPATCHER) for _ in range(3)]


def principal(staff):
    return Principal(staff.id, staff.branch_id, staff.role, staff.locale, None)


def switch(session, staff, *, on, now=NOW):
    return services.shifts.switch(session, on=on, by=principal(staff), now=now)


def on_duty(session, branch, now=NOW):
    return queries.staff.dispatchers_on_duty(session, branch.id, now=now)


def test_a_shift_leaves_its_facts(session, desk):
    switch(session, desk[0], on=True)
    switch(session, desk[0], on=False, now=NOW + HOUR)

    facts = session.scalars(select(EventRecord.name).where(EventRecord.subject_type == "shift")).all()
    assert facts == ["shift.started", "shift.ended"]


def test_a_shift_that_ran_out_ended_then(session, desk):
    switch(session, desk[0], on=True)
    switch(session, desk[0], on=True, now=NOW + 20 * HOUR)

    spans = session.execute(select(Shift.started_at, Shift.ended_at).order_by(Shift.started_at)).all()
    assert spans == [(NOW, NOW + 16 * HOUR), (NOW + 20 * HOUR, None)]


def test_nobody_has_two_open_shifts(session, desk):
    columns = {"branch_id": desk[0].branch_id, "staff_id": desk[0].id, "started_at": NOW}
    session.add_all([Shift(**columns), Shift(**columns)])

    with pytest.raises(IntegrityError):
        session.flush()


def test_the_dispatchers_on_shift_are_told(session, branch, desk):
    switch(session, desk[1], on=True)

    assert on_duty(session, branch) == [desk[1].id]


def test_all_dispatchers_are_told_when_none_is_on_shift(session, branch, desk):
    assert on_duty(session, branch) == [one.id for one in desk]


def test_a_shift_that_is_over_puts_nobody_on_duty(session, branch, desk):
    switch(session, desk[0], on=True)
    switch(session, desk[1], on=True)
    switch(session, desk[1], on=False, now=NOW + HOUR)

    assert on_duty(session, branch, NOW + 2 * HOUR) == [desk[0].id]
    assert on_duty(session, branch, NOW + 16 * HOUR) == [one.id for one in desk]


def test_who_has_left_or_sits_elsewhere_is_not_on_duty(session, branch, desk):
    desk[0].deactivated_at = NOW
    switch(session, factories.make_staff(session, role=Role.DISPATCHER), on=True)
    switch(session, factories.make_staff(session, branch), on=True)

    assert on_duty(session, branch) == [desk[1].id, desk[2].id]
