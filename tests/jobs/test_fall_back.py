"""Live work reaches staff whose phones do not ring: by their own number, once, while it is of use."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from api import services
from api.db import Database
from api.domain.branch_policy import BranchPolicy
from api.domain.delivery_policy import Answer
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.vocabulary import Channel, DeliveryState, Locale, NoticeState, Role, StaffFallback
from api.models import BranchPolicyVersion, Delivery, Notice, StaffMember
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from jobs.fall_back import fall_back
from tests.factories import make_branch, make_device, make_staff
from tests.fakes import NOW, FrozenClock, RecordingMessenger, RecordingPush
from tests.statements import counted, short
from tests.tellings import deliveries_in, notice_of


def told(
    database: Database,
    kind: NoticeKind = NoticeKind.WAIT_EXPIRED,
    *,
    phones: int = 1,
    wish: StaffFallback | None = None,
    leaves_at: Any = None,
    **columns: Any,
) -> UUID:
    """Somebody was told, in a branch with this wish; returns the notice's id."""
    with database.unit_of_work() as session:
        branch = make_branch(session)
        if wish is not None:
            policy = BranchPolicy(staff_fallback=wish).to_json()
            session.add(BranchPolicyVersion(branch_id=branch.id, version=1, settings=policy, created_at=NOW))
        staff = make_staff(session, branch, **{"phone": "+8613900139000"} | columns)
        for _ in range(phones):
            make_device(session, staff)
        telling = Telling(
            kind,
            branch.id,
            f"{kind}:1:{staff.id}",
            staff_id=staff.id,
            wait_id=staff.id,
            case_id=staff.id,
            variables={"number": 7} if kind is NoticeKind.CASE_OPENED else {},
            leaves_at=leaves_at,
        )
        services.notices.tell(session, telling, now=NOW)
        return telling.id


def run(context: JobContext) -> None:
    fall_back(context)
    deliver_notices(context)


def see(database: Database, notice_id: UUID, clock: FrozenClock) -> None:
    with database.unit_of_work() as session:
        staff = session.get_one(StaffMember, session.get_one(Notice, notice_id).staff_id)
        by = Principal(staff.id, staff.branch_id, staff.role, staff.locale, None)
        services.notices.mark_seen(session, notice_id=notice_id, by=by, now=clock.now())


def test_what_was_not_seen_for_twenty_seconds_goes_to_the_readers_own_number(
    job_context: JobContext, database: Database, clock: FrozenClock, messenger: RecordingMessenger
) -> None:
    notice_id = told(database)
    run(job_context)
    clock.tick(seconds=19)
    run(job_context)
    assert messenger.sent == []

    clock.tick(seconds=1)
    run(job_context)

    [sent] = messenger.sent
    assert (sent.notice_id, sent.channel, sent.phone) == (notice_id, "sms", "+8613900139000")
    assert sent.text == "等待时限已到：请选择下一步：已取件、延长一次，或按规定离开。"
    assert (sent.url, sent.preferences_url) == (None, None)
    assert notice_of(database, notice_id).state is NoticeState.ACCEPTED


def test_somebody_without_a_phone_to_push_to_is_written_to_at_once(
    job_context: JobContext, database: Database, messenger: RecordingMessenger, push: RecordingPush
) -> None:
    notice_id = told(database, phones=0)
    assert notice_of(database, notice_id).state is NoticeState.PENDING

    run(job_context)

    assert [sent.notice_id for sent in messenger.sent] == [notice_id]
    assert push.sent == []
    assert notice_of(database, notice_id).state is NoticeState.ACCEPTED


def test_it_falls_back_once(
    job_context: JobContext, database: Database, clock: FrozenClock, messenger: RecordingMessenger
) -> None:
    told(database)

    for _ in range(5):
        clock.tick(seconds=20)
        run(job_context)

    assert len(messenger.sent) == 1
    assert fall_back(job_context) == 0


def test_who_has_seen_it_is_left_in_peace(
    job_context: JobContext, database: Database, clock: FrozenClock, messenger: RecordingMessenger
) -> None:
    notice_id = told(database)
    run(job_context)
    see(database, notice_id, clock)
    clock.tick(seconds=30)

    run(job_context)

    assert messenger.sent == []
    assert notice_of(database, notice_id).state is NoticeState.ACCEPTED


def test_who_sees_it_while_the_message_waits_does_not_get_it_besides(
    job_context: JobContext, database: Database, clock: FrozenClock, messenger: RecordingMessenger
) -> None:
    notice_id = told(database)
    run(job_context)
    clock.tick(seconds=20)
    fall_back(job_context)

    see(database, notice_id, clock)
    deliver_notices(job_context)

    assert messenger.sent == []
    assert notice_of(database, notice_id).state is NoticeState.ACCEPTED


def test_what_is_no_longer_so_falls_back_to_nobody(
    job_context: JobContext, database: Database, clock: FrozenClock, messenger: RecordingMessenger
) -> None:
    notice_id = told(database)
    run(job_context)
    with database.unit_of_work() as session:
        services.notices.supersede_thread(session, session.get_one(Notice, notice_id).thread, now=NOW)
    clock.tick(seconds=20)

    run(job_context)

    assert messenger.sent == []


def test_a_message_under_way_is_superseded_with_its_thread(
    job_context: JobContext, database: Database, clock: FrozenClock, messenger: RecordingMessenger
) -> None:
    notice_id = told(database)
    run(job_context)
    clock.tick(seconds=20)
    fall_back(job_context)

    with database.unit_of_work() as session:
        thread = session.get_one(Notice, notice_id).thread
        services.notices.supersede_thread(session, thread, now=clock.now())
    deliver_notices(job_context)

    assert messenger.sent == []


def test_nothing_falls_back_after_its_use(
    job_context: JobContext, database: Database, clock: FrozenClock, messenger: RecordingMessenger
) -> None:
    told(database)
    clock.tick(minutes=10)

    run(job_context)

    assert messenger.sent == []


@pytest.mark.parametrize(
    ("wish", "channels"),
    [(StaffFallback.SMS, ["sms"]), (StaffFallback.CHAT, ["chat"]), (StaffFallback.OFF, [])],
)
def test_the_branch_says_how(
    job_context: JobContext,
    database: Database,
    messenger: RecordingMessenger,
    wish: StaffFallback,
    channels: list[str],
) -> None:
    notice_id = told(database, phones=0, wish=wish)

    run(job_context)

    assert [sent.channel for sent in messenger.sent] == channels
    ending = NoticeState.ACCEPTED if channels else NoticeState.SUPPRESSED
    assert notice_of(database, notice_id).state is ending


@pytest.mark.parametrize("columns", [{"phone": None}, {"deactivated_at": NOW}])
def test_who_cannot_be_written_to_finds_it_in_the_inbox(
    job_context: JobContext, database: Database, messenger: RecordingMessenger, columns: dict[str, Any]
) -> None:
    notice_id = told(database, phones=0, **columns)

    run(job_context)

    assert messenger.sent == []
    assert notice_of(database, notice_id).state is NoticeState.SUPPRESSED


def test_e7_when_no_phone_is_registered_any_more_it_falls_back_at_once(
    job_context: JobContext, database: Database, messenger: RecordingMessenger, push: RecordingPush
) -> None:
    notice_id = told(database, phones=2)
    push.answers.extend([Answer.address_gone("UNREGISTERED")] * 2)
    deliver_notices(job_context)
    assert notice_of(database, notice_id).state is NoticeState.DEAD

    run(job_context)

    assert [sent.notice_id for sent in messenger.sent] == [notice_id]
    assert notice_of(database, notice_id).state is NoticeState.ACCEPTED


def test_a_number_that_leads_nowhere_ends_it_and_stays_the_readers_own(
    job_context: JobContext, database: Database, messenger: RecordingMessenger
) -> None:
    notice_id = told(database, phones=0)
    messenger.answers.append(Answer.address_gone("410"))

    run(job_context)

    notice = notice_of(database, notice_id)
    with database.unit_of_work(read_only=True) as session:
        assert session.get_one(StaffMember, notice.staff_id).phone == "+8613900139000"
    assert notice.state is NoticeState.DEAD


def test_a_reader_reads_his_own_language(
    job_context: JobContext, database: Database, messenger: RecordingMessenger
) -> None:
    told(database, phones=0, locale=Locale.EN)

    run(job_context)

    assert messenger.sent[0].text == "The wait has run out: What next: collected, one extension, or leave?"


def test_fault_23_while_push_is_stopped_live_work_goes_the_other_way(
    job_context: JobContext,
    database: Database,
    clock: FrozenClock,
    messenger: RecordingMessenger,
    push: RecordingPush,
) -> None:
    notice_id = told(database)
    push.answers.append(Answer.refused("401"))
    run(job_context)
    clock.tick(seconds=20)

    run(job_context)

    assert [sent.notice_id for sent in messenger.sent] == [notice_id]


def test_a_complaint_falls_back_to_who_is_told_at_once_and_not_to_who_is_asleep(
    job_context: JobContext, database: Database, clock: FrozenClock, messenger: RecordingMessenger
) -> None:
    at_once = told(database, NoticeKind.CASE_OPENED, role=Role.DISPATCHER, leaves_at=NOW)
    told(database, NoticeKind.CASE_OPENED, role=Role.DISPATCHER, phone="+8613900139001")
    clock.tick(seconds=20)

    run(job_context)

    assert [sent.notice_id for sent in messenger.sent] == [at_once]


def test_what_is_held_falls_back_only_after_it_has_left(
    job_context: JobContext, database: Database, clock: FrozenClock, messenger: RecordingMessenger
) -> None:
    notice_id = told(database)
    with database.unit_of_work() as session:
        session.get_one(Notice, notice_id).held_until = NOW + timedelta(minutes=5)
    clock.tick(seconds=20)

    run(job_context)

    assert messenger.sent == []
    assert notice_of(database, notice_id).falls_back_at is not None


def test_a_hundred_fall_back_in_a_handful_of_statements(
    job_context: JobContext, database: Database, clock: FrozenClock
) -> None:
    with database.unit_of_work() as session:
        branch = make_branch(session)
        couriers = [make_staff(session, branch) for _ in range(100)]
        kind = NoticeKind.WAIT_EXPIRED
        tellings = [
            Telling(kind, branch.id, f"{kind}:1:{one.id}", staff_id=one.id, wait_id=one.id)
            for one in couriers
        ]
        services.notices.tell_all(session, tellings, now=NOW)

    with counted(database) as statements:
        looked_at = fall_back(job_context)

    assert looked_at == 100
    assert len(statements) <= 6, short(statements)
    assert {one.channel for one in deliveries_in(database)} == {Channel.SMS}
    assert {one.state for one in deliveries_in(database)} == {DeliveryState.PENDING}


def test_an_operator_may_redrive_what_died_on_its_way(
    job_context: JobContext, database: Database, messenger: RecordingMessenger
) -> None:
    notice_id = told(database, phones=0)
    messenger.answers.append(Answer.dead("422"))
    run(job_context)

    with database.unit_of_work() as session:
        services.notices.redrive(session, [notice_id], now=NOW)
    deliver_notices(job_context)

    assert len(messenger.sent) == 2
    with database.unit_of_work(read_only=True) as session:
        assert session.scalars(select(Delivery.state)).all() == [DeliveryState.ACCEPTED]
