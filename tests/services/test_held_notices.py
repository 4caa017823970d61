"""When a notice leaves: quiet hours by shift, the cap of an hour, and one digest of several."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api import queries, services
from api.domain.branch_policy import BranchPolicy
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import DeliveryState, NoticeState, Role
from api.models import Delivery, Device, Notice, Shift, StaffMember, StaffSession
from tests.alarming import AT_NIGHT, MORNING, alarm, leaving, notices_of, principal, release
from tests.factories import make_device, make_staff
from tests.fakes import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

CAP = BranchPolicy().notices_per_person_hour


@pytest.fixture
def rep(session: Session) -> StaffMember:
    """Somebody with a phone that has been in no hand since NOW."""
    rep = make_staff(session, role=Role.SALES_REP)
    make_device(session, rep)
    return rep


@pytest.fixture
def assigned(session: Session, rep: StaffMember) -> Callable[[datetime], Notice]:
    """Tells him of something live that is of use for twelve hours, and returns the notice."""

    def assigned(now: datetime) -> Notice:
        kind = NoticeKind.ANOTHER_TIME
        key = f"{kind}:{now.timestamp()}:{rep.id}"
        telling = Telling(kind, rep.branch_id, key, staff_id=rep.id, pickup_id=rep.id)
        services.notices.tell(session, telling, now=now)
        return session.get_one(Notice, telling.id)

    return assigned


def go_to_work(session: Session, staff: StaffMember, at: datetime) -> None:
    session.add(Shift(branch_id=staff.branch_id, staff_id=staff.id, started_at=at))
    session.flush()


class TestQuietHours:
    def test_a_calm_notice_is_held_until_they_end(self, session, rep):
        alarm(session, rep, range(1), now=AT_NIGHT)

        (notice,) = notices_of(session, rep)
        assert (notice.state, notice.held_until) == (NoticeState.PENDING, MORNING)
        assert leaving(session) == []

    def test_a_calm_notice_is_held_even_for_somebody_on_shift(self, session, rep):
        go_to_work(session, rep, AT_NIGHT - HOUR)

        alarm(session, rep, range(1), now=AT_NIGHT)

        assert leaving(session) == []

    def test_a_live_notice_leaves_at_once_for_somebody_on_shift(self, session, rep, assigned):
        go_to_work(session, rep, AT_NIGHT - HOUR)

        assigned(AT_NIGHT)

        assert leaving(session) == [(NoticeKind.ANOTHER_TIME, AT_NIGHT)]

    @pytest.mark.parametrize("begun", [AT_NIGHT - 17 * HOUR, AT_NIGHT - 6 * 24 * HOUR])
    def test_a_live_notice_is_held_for_somebody_whose_shift_is_over(self, session, rep, assigned, begun):
        session.scalars(select(StaffSession)).one().refreshed_at = AT_NIGHT
        go_to_work(session, rep, begun)

        assert assigned(AT_NIGHT).held_until == MORNING

    @pytest.mark.parametrize(
        ("ago", "held_until"), [(59 * MINUTE, None), (61 * MINUTE, MORNING)], ids=["within", "before"]
    )
    def test_who_keeps_no_shifts_is_at_work_while_his_phone_is(self, session, rep, assigned, ago, held_until):
        go_to_work(session, rep, AT_NIGHT - 8 * 24 * HOUR)
        session.scalars(select(StaffSession)).one().refreshed_at = AT_NIGHT - ago

        assert assigned(AT_NIGHT).held_until == held_until

    def test_what_is_of_no_use_in_the_morning_ends_before(self, session, rep):
        kind = NoticeKind.WAIT_EXPIRED
        telling = Telling(kind, rep.branch_id, f"{kind}:1:{rep.id}", staff_id=rep.id, wait_id=rep.id)
        services.notices.tell(session, telling, now=AT_NIGHT)

        release(session, AT_NIGHT + 10 * MINUTE)

        (notice,) = notices_of(session, rep)
        assert (notice.state, notice.held_until) == (NoticeState.SUPERSEDED, None)
        assert leaving(session) == []

    def test_who_begins_his_shift_gets_what_is_live_and_not_what_is_calm(self, session, rep, assigned):
        live = assigned(AT_NIGHT)
        alarm(session, rep, range(1), now=AT_NIGHT)

        services.shifts.switch(session, on=True, by=principal(rep), now=AT_NIGHT + HOUR)
        release(session, AT_NIGHT + HOUR)

        assert leaving(session) == [(live.kind, AT_NIGHT + HOUR)]

    def test_outside_of_them_nobody_asks_who_is_on_shift(self, session, rep, assigned):
        assert assigned(NOW).held_until is None
        assert leaving(session) == [(NoticeKind.ANOTHER_TIME, NOW)]


class TestReleasing:
    def test_one_comes_as_itself(self, session, rep):
        alarm(session, rep, range(1), now=AT_NIGHT)

        released = release(session, MORNING)

        assert released == 1
        assert leaving(session) == [(NoticeKind.CHURN_ALERT, MORNING)]
        assert notices_of(session, rep)[0].held_until is None

    def test_several_become_one_digest_and_stay_in_the_inbox(self, session, rep, assigned):
        alarm(session, rep, range(3), now=AT_NIGHT)
        assigned(AT_NIGHT)

        release(session, MORNING)

        *folded, digest = notices_of(session, rep)
        assert leaving(session) == [(NoticeKind.DIGEST, MORNING)]
        assert digest.variables == {"count": 4}
        assert {notice.digest_id for notice in folded} == {digest.id}
        assert {notice.state for notice in folded} == {NoticeState.SUPERSEDED}
        assert queries.notices.unread_count(session, by=principal(rep)) == 5

    def test_nothing_is_released_before_its_time_or_twice(self, session, rep):
        alarm(session, rep, range(2), now=AT_NIGHT)

        released = [release(session, at) for at in (MORNING - MINUTE, MORNING, MORNING)]

        assert released == [0, 2, 0]
        assert len(leaving(session)) == 1

    def test_what_was_read_at_night_is_in_no_digest(self, session, rep):
        alarm(session, rep, range(3), now=AT_NIGHT)
        read = notices_of(session, rep)[0]

        services.notices.mark_seen(session, notice_id=read.id, by=principal(rep), now=AT_NIGHT + MINUTE)
        release(session, MORNING)

        *_, digest = notices_of(session, rep)
        assert digest.variables == {"count": 2}
        assert (read.state, read.digest_id) == (NoticeState.SUPERSEDED, None)

    def test_what_is_no_longer_so_is_not_released(self, session, rep):
        alarm(session, rep, range(1), now=AT_NIGHT)
        (notice,) = notices_of(session, rep)

        services.notices.supersede_thread(session, notice.thread, now=AT_NIGHT + MINUTE)

        assert release(session, MORNING) == 0
        assert leaving(session) == []

    def test_each_gets_his_own(self, session, rep):
        other = make_staff(session, role=Role.SALES_REP)
        make_device(session, other)
        alarm(session, rep, range(2), now=AT_NIGHT)
        alarm(session, other, range(1), now=AT_NIGHT)

        release(session, MORNING)

        assert sorted(leaving(session)) == [(NoticeKind.CHURN_ALERT, MORNING), (NoticeKind.DIGEST, MORNING)]

    def test_who_has_no_phone_by_then_finds_each_in_his_inbox(self, session, rep):
        alarm(session, rep, range(2), now=AT_NIGHT)
        session.delete(session.scalars(select(Device)).one())
        session.flush()

        release(session, MORNING)

        notices = notices_of(session, rep)
        assert [notice.kind for notice in notices] == [NoticeKind.CHURN_ALERT] * 2
        assert {notice.state for notice in notices} == {NoticeState.SUPPRESSED}


class TestTheCapOfAnHour:
    def test_what_is_over_it_is_held_until_the_hour_of_the_first_is_over(self, session, rep):
        alarm(session, rep, range(CAP - 1), now=NOW)
        alarm(session, rep, range(CAP, CAP + 4), now=NOW + 20 * MINUTE)

        held = [notice.held_until for notice in notices_of(session, rep) if notice.held_until]

        assert len(leaving(session)) == CAP
        assert held == [NOW + HOUR] * 3

    def test_it_becomes_one_digest_then(self, session, rep):
        alarm(session, rep, range(CAP + 5), now=NOW)
        session.execute(update(Delivery).values(state=DeliveryState.ACCEPTED))

        release(session, NOW + HOUR)

        assert leaving(session) == [(NoticeKind.DIGEST, NOW + HOUR)]
        assert notices_of(session, rep)[-1].variables == {"count": 5}

    def test_a_repeat_takes_up_no_room(self, session, rep):
        for _ in range(3):
            alarm(session, rep, range(CAP - 1), now=NOW)

        alarm(session, rep, range(CAP, CAP + 1), now=NOW)

        assert len(leaving(session)) == CAP

    def test_after_an_hour_there_is_room_again(self, session, rep):
        alarm(session, rep, range(CAP), now=NOW)

        alarm(session, rep, range(CAP, CAP + 1), now=NOW + HOUR)

        assert len(leaving(session)) == CAP + 1

    def test_what_would_leave_at_night_waits_for_the_morning(self, session, rep):
        late = AT_NIGHT - 90 * MINUTE  # 20:30: an hour later nobody is disturbed any more.

        alarm(session, rep, range(CAP + 1), now=late)

        assert [one.held_until for one in notices_of(session, rep) if one.held_until] == [MORNING]

    def test_what_is_live_is_never_held_for_it(self, session, rep, assigned):
        alarm(session, rep, range(CAP), now=NOW)

        assigned(NOW)

        assert (NoticeKind.ANOTHER_TIME, NOW) in leaving(session)

    def test_one_person_does_not_use_up_anothers(self, session, rep):
        other = make_staff(session, role=Role.SALES_REP)
        make_device(session, other)
        alarm(session, rep, range(CAP), now=NOW)

        alarm(session, other, range(1), now=NOW)

        assert len(leaving(session)) == CAP + 1
