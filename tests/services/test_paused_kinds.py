"""E8: a kind that floods somebody is paused in its branch, the managers hear of it once and let it go on."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api import services
from api.domain.branch_policy import BranchPolicy
from api.domain.errors import NotFound
from api.domain.notice_kinds import NoticeKind
from api.domain.notice_timing import FLOOD
from api.domain.vocabulary import NoticeState, Role
from api.models import Delivery, EventRecord, Notice, PausedKind
from tests.alarming import alarm, principal
from tests.factories import make_branch, make_device, make_staff
from tests.fakes import NOW

CAP = BranchPolicy().notices_per_person_hour
MOST = FLOOD * CAP
MINUTE = timedelta(minutes=1)


@pytest.fixture
def branch(session):
    return make_branch(session)


@pytest.fixture
def hired(session, branch):
    """Adds somebody with a phone to the branch."""

    def hired(role):
        staff = make_staff(session, branch, role=role)
        make_device(session, staff)
        return staff

    return hired


def paused(session):
    return session.scalars(select(PausedKind.kind).where(PausedKind.resumed_at.is_(None))).all()


def told(session, kind):
    """Whom a kind reached, in which state, in the order of the telling."""
    found = select(Notice.staff_id, Notice.state).where(Notice.kind == kind)
    return [tuple(row) for row in session.execute(found.order_by(Notice.decided_at, Notice.dedupe_key))]


def resume(session, manager, *, now):
    services.paused_kinds.resume(
        session,
        branch_id=manager.branch_id,
        kind=NoticeKind.CHURN_ALERT,
        by=principal(manager),
        now=now,
    )


def test_e8_as_many_as_are_allowed_pause_nothing(session, hired):
    alarm(session, hired(Role.SALES_REP), range(MOST), now=NOW)

    assert paused(session) == []


def test_e8_a_rep_is_flooded_and_gets_a_dozen_pushes_and_no_more(session, hired, alarms):
    rep, managers = hired(Role.SALES_REP), [hired(Role.MANAGER), hired(Role.MANAGER)]

    for number in range(MOST + 20):
        alarm(session, rep, [number], now=NOW + number * timedelta(seconds=1))

    pushes = select(func.count()).select_from(Delivery).join(Notice, Notice.id == Delivery.notice_id)
    assert session.scalar(pushes.where(Notice.staff_id == rep.id)) == CAP
    assert {staff_id for staff_id, _ in told(session, NoticeKind.KIND_PAUSED)} == {one.id for one in managers}
    assert alarms() == ["notices.kind_paused"]


def test_e8_what_comes_later_goes_to_the_inbox_only_for_everybody(session, hired):
    rep, colleague = hired(Role.SALES_REP), hired(Role.SALES_REP)
    alarm(session, rep, range(MOST + 1), now=NOW)

    alarm(session, colleague, [0], now=NOW)

    assert paused(session) == [NoticeKind.CHURN_ALERT]
    assert (colleague.id, NoticeState.SUPPRESSED) in told(session, NoticeKind.CHURN_ALERT)


def test_e8_other_kinds_and_other_branches_go_on(session, hired):
    rep, stranger = hired(Role.SALES_REP), make_staff(session, role=Role.SALES_REP)
    make_device(session, stranger)
    alarm(session, rep, range(MOST + 1), now=NOW)

    alarm(session, stranger, [0], now=NOW)
    alarm(session, rep, [0], kind=NoticeKind.FIELD_REPORT, now=NOW)

    assert (stranger.id, NoticeState.PENDING) in told(session, NoticeKind.CHURN_ALERT)
    assert told(session, NoticeKind.FIELD_REPORT) == [(rep.id, NoticeState.PENDING)]


def test_e8_the_managers_hear_of_it_once(session, hired):
    rep, manager = hired(Role.SALES_REP), hired(Role.MANAGER)
    alarm(session, rep, range(MOST + 1), now=NOW)

    alarm(session, rep, range(MOST + 1, 2 * MOST), now=NOW + MINUTE)

    assert [staff_id for staff_id, _ in told(session, NoticeKind.KIND_PAUSED)] == [manager.id]
    assert session.scalars(select(EventRecord.name)).all() == ["notice_kind.paused"]


def test_e8_at_night_a_rule_gone_wrong_is_noticed_as_well(session, hired):
    alarm(session, hired(Role.SALES_REP), range(MOST + 1), now=NOW + timedelta(hours=13))

    assert paused(session) == [NoticeKind.CHURN_ALERT]


def test_a_kind_that_goes_on_is_counted_anew(session, hired):
    rep, manager = hired(Role.SALES_REP), hired(Role.MANAGER)
    alarm(session, rep, range(MOST + 1), now=NOW)

    resume(session, manager, now=NOW + MINUTE)
    alarm(session, rep, range(100, 100 + MOST), now=NOW + 2 * MINUTE)

    assert paused(session) == []
    assert len(told(session, NoticeKind.CHURN_ALERT)) == 2 * MOST + 1


def test_a_kind_that_floods_again_is_paused_again(session, hired):
    rep, manager = hired(Role.SALES_REP), hired(Role.MANAGER)
    alarm(session, rep, range(MOST + 1), now=NOW)
    resume(session, manager, now=NOW + MINUTE)

    alarm(session, rep, range(100, 101 + MOST), now=NOW + 2 * MINUTE)

    assert paused(session) == [NoticeKind.CHURN_ALERT]
    assert len(told(session, NoticeKind.KIND_PAUSED)) == 2


def test_what_is_not_paused_cannot_go_on(session, hired):
    with pytest.raises(NotFound):
        resume(session, hired(Role.MANAGER), now=NOW)
