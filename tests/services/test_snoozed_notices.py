"""Putting a notice off: it comes again as a push, twice at most, and what is over comes no more."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api import queries, services
from api.domain.errors import NotFound
from api.domain.notice_kinds import NoticeKind
from api.domain.notice_timing import NoticeIsOver, SnoozedEnough
from api.domain.vocabulary import DeliveryState, NoticeState, Role
from api.models import Delivery
from tests.alarming import AT_NIGHT, MORNING, alarm, leaving, notices_of, principal, release
from tests.factories import make_device, make_staff
from tests.fakes import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def rep(session):
    rep = make_staff(session, role=Role.SALES_REP)
    make_device(session, rep)
    return rep


@pytest.fixture
def notice(session, rep):
    """A notice that has reached the phone."""
    alarm(session, rep, range(1), now=NOW)
    delivery = session.scalars(select(Delivery)).one()
    delivery.state, delivery.settled_at, delivery.attempts = DeliveryState.ACCEPTED, NOW, 1
    session.flush()
    queries.notices.settle(session, [delivery.notice_id], now=NOW)
    return notices_of(session, rep)[0]


def put_off(session, staff, notice, minutes=30, *, now=NOW):
    return services.held_notices.snooze(
        session, notice_id=notice.id, minutes=minutes, by=principal(staff), now=now
    )


def test_it_leaves_again_when_the_time_is_over(session, rep, notice):
    put_off(session, rep, notice)

    released = [release(session, at) for at in (NOW + 29 * MINUTE, NOW + 30 * MINUTE)]

    assert released == [0, 1]
    assert leaving(session) == [(NoticeKind.CHURN_ALERT, NOW + 30 * MINUTE)]
    assert (notice.snoozes, notice.state, notice.seen_at) == (1, NoticeState.PENDING, NOW)


def test_it_comes_as_itself_beside_a_digest(session, rep, notice):
    put_off(session, rep, notice, 180)
    alarm(session, rep, range(1, 3), now=AT_NIGHT)

    release(session, MORNING)

    assert sorted(leaving(session)) == [(NoticeKind.CHURN_ALERT, MORNING), (NoticeKind.DIGEST, MORNING)]


def test_what_climbs_waits_as_long(session, rep, notice):
    notice.climbs_at = NOW + 10 * MINUTE
    put_off(session, rep, notice, 60)

    assert notice.climbs_at == NOW + HOUR


def test_what_climbs_later_still_climbs_then(session, rep, notice):
    notice.climbs_at = NOW + 2 * HOUR
    put_off(session, rep, notice, 60)

    assert notice.climbs_at == NOW + 2 * HOUR


def test_a_third_time_is_too_many(session, rep, notice):
    put_off(session, rep, notice, 10)
    put_off(session, rep, notice, 10, now=NOW + MINUTE)

    with pytest.raises(SnoozedEnough):
        put_off(session, rep, notice, 10, now=NOW + 2 * MINUTE)


def test_what_waits_to_be_pushed_waits_on(session, rep):
    alarm(session, rep, range(1), now=NOW)

    put_off(session, rep, notices_of(session, rep)[0])

    assert leaving(session) == []


def test_a_late_answer_of_an_earlier_push_does_not_end_it(session, rep, notice):
    put_off(session, rep, notice)

    queries.notices.settle(session, [notice.id], now=NOW + MINUTE)
    release(session, NOW + 30 * MINUTE)

    assert len(leaving(session)) == 1


def test_what_is_acknowledged_meanwhile_comes_no_more(session, rep, notice):
    put_off(session, rep, notice)
    notice.acknowledged_at = NOW + MINUTE

    release(session, NOW + 30 * MINUTE)

    assert leaving(session) == []
    assert notices_of(session, rep)[0].state is NoticeState.SUPERSEDED


def test_what_is_no_longer_so_cannot_be_put_off(session, rep):
    alarm(session, rep, range(1), now=NOW)
    (notice,) = notices_of(session, rep)
    services.notices.supersede_thread(session, notice.thread, now=NOW)
    session.expire_all()

    with pytest.raises(NoticeIsOver):
        put_off(session, rep, notice)


def test_what_a_digest_told_of_can_be_put_off_by_itself(session, rep):
    alarm(session, rep, range(2), now=AT_NIGHT)
    release(session, MORNING)
    first, _, _ = notices_of(session, rep)

    put_off(session, rep, first, now=MORNING)
    release(session, MORNING + 30 * MINUTE)

    assert (NoticeKind.CHURN_ALERT, MORNING + 30 * MINUTE) in leaving(session)


def test_what_was_read_before_it_was_pushed_can_be_put_off(session, rep):
    alarm(session, rep, range(1), now=NOW)
    (notice,) = notices_of(session, rep)
    services.notices.mark_seen(session, notice_id=notice.id, by=principal(rep), now=NOW)
    session.expire_all()

    assert put_off(session, rep, notice).held_until == NOW + 30 * MINUTE


def test_b1_nobody_puts_off_what_another_was_told(session, rep, notice):
    with pytest.raises(NotFound):
        put_off(session, make_staff(session), notice)
