"""Silent refreshes: who is told that his feed has something new, how often, and who is left in peace."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api import queries, services
from api.db import Database
from api.domain.changes import FeedPosition
from api.domain.delivery_policy import Answer
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.outgoing import SilentPush
from api.domain.principal import Principal
from api.domain.vocabulary import Channel
from api.models import Delivery, Device, Notice, Pickup, StaffMember, StaffSession
from jobs.context import JobContext
from jobs.refresh_phones import refresh_phones
from tests.factories import make_device, make_pickup, make_staff
from tests.fakes import NOW, FrozenClock, RecordingPush
from tests.feeds import until_all_is_served
from tests.statements import counted, short

Change = Callable[[], None]


@pytest.fixture
def courier(database: Database) -> StaffMember:
    with database.unit_of_work() as session:
        courier = make_staff(session)
        make_device(session, courier, push_address="his-phone")
        return courier


@pytest.fixture
def change(database: Database, clock: FrozenClock, courier: StaffMember) -> Change:
    """Changes the courier's pickup, as somebody at a desk does."""
    with database.unit_of_work() as session:
        pickup_id = make_pickup(session, courier=courier).id

    def change() -> None:
        with database.unit_of_work() as session:
            pickup = session.get_one(Pickup, pickup_id)
            pickup.changed_at = clock.now()
            session.flush()
            services.changes.note(session, [pickup], now=clock.now())

    return change


@pytest.fixture
def refresh(job_context: JobContext, database: Database) -> Callable[[], int]:
    """Runs the job once everything that was committed can be read; it has begun to read before."""

    def refresh() -> int:
        until_all_is_served(database)
        return refresh_phones(job_context)

    refresh()
    return refresh


def test_a_change_that_nobody_was_told_of_wakes_the_phone_silently(
    change: Change, refresh: Callable[[], int], push: RecordingPush
) -> None:
    change()

    assert refresh() == 1

    (sent,) = push.sent
    assert isinstance(sent, SilentPush)
    assert (sent.address, sent.data) == ("his-phone", {"kind": "refresh"})
    assert sent.time_to_live == timedelta(minutes=5)


def test_it_is_no_notice_and_no_delivery(
    change: Change, refresh: Callable[[], int], database: Database
) -> None:
    change()
    refresh()

    with database.unit_of_work(read_only=True) as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Notice, Delivery)]
    assert counts == [0, 0]


def test_what_was_noted_once_is_told_once(
    change: Change, refresh: Callable[[], int], clock: FrozenClock
) -> None:
    change()
    refresh()
    clock.tick(minutes=1)

    assert refresh() == 0


def test_what_changes_within_half_a_minute_is_told_at_its_end(
    change: Change, refresh: Callable[[], int], clock: FrozenClock
) -> None:
    change()
    refresh()
    clock.tick(seconds=10)
    change()

    too_early = refresh()
    clock.tick(seconds=20)
    in_time = refresh()

    assert (too_early, in_time) == (0, 1)


def test_who_is_told_visibly_is_not_told_silently(
    change: Change, refresh: Callable[[], int], database: Database, courier: StaffMember
) -> None:
    change()
    with database.unit_of_work() as session:
        services.notices.tell(session, _warning(courier), now=NOW)

    assert refresh() == 0


def test_what_only_the_inbox_has_is_told_silently(
    refresh: Callable[[], int], database: Database, courier: StaffMember
) -> None:
    """It was decided before he had a phone to push to; then he reads it on another."""
    with database.unit_of_work() as session:
        services.notices.tell(session, _warning(courier), now=NOW)
    refresh()
    with database.unit_of_work() as session:
        notice_id = session.scalars(select(Notice.id)).one()
        opened = session.scalars(select(StaffSession.id)).one()
        by = Principal(courier.id, courier.branch_id, courier.role, courier.locale, opened)
        services.notices.mark_seen(session, notice_id=notice_id, by=by, now=NOW + timedelta(seconds=1))

    assert refresh() == 1


def test_others_are_left_in_peace(
    change: Change, refresh: Callable[[], int], database: Database, push: RecordingPush
) -> None:
    with database.unit_of_work() as session:
        make_device(session, make_staff(session), push_address="a-stranger")
    change()

    refresh()

    assert [sent.address for sent in push.sent] == ["his-phone"]


def test_e3_who_has_signed_out_is_told_nothing(
    change: Change, refresh: Callable[[], int], database: Database
) -> None:
    with database.unit_of_work() as session:
        session.scalars(select(StaffSession)).one().ended_at = NOW
    change()

    assert refresh() == 0


def test_all_his_phones_are_told(
    change: Change, refresh: Callable[[], int], database: Database, courier: StaffMember
) -> None:
    with database.unit_of_work() as session:
        make_device(session, session.get_one(StaffMember, courier.id))
    change()

    assert refresh() == 2


def test_e7_an_address_that_is_gone_is_forgotten(
    change: Change, refresh: Callable[[], int], database: Database, push: RecordingPush
) -> None:
    push.answers.append(Answer.address_gone("UNREGISTERED"))
    change()
    refresh()

    with database.unit_of_work(read_only=True) as session:
        assert session.scalars(select(Device)).all() == []


def test_fault_23_a_refused_credential_is_an_alarm_here_too_and_the_wish_waits(
    change: Change,
    refresh: Callable[[], int],
    database: Database,
    clock: FrozenClock,
    push: RecordingPush,
    alarms: Callable[[], list[str]],
) -> None:
    push.answers.append(Answer.refused("401"))
    change()
    refresh()
    clock.tick(minutes=1)
    change()

    while_stopped = refresh()

    assert while_stopped == 0
    assert alarms() == ["notices.sender_stopped"]
    with database.unit_of_work() as session:
        assert queries.senders.standing(session, Channel.PUSH).refused_at == NOW
        assert session.scalars(select(Device.refresh_wanted_at)).one() == clock.now()


def test_fault_33_a_sender_with_a_bug_does_not_hurt_the_other_phones(
    change: Change, refresh: Callable[[], int], database: Database, courier: StaffMember, push: RecordingPush
) -> None:
    with database.unit_of_work() as session:
        make_device(session, session.get_one(StaffMember, courier.id), push_address="broken")
    send = push.send

    def send_or_break(message: SilentPush) -> Answer:
        if message.address == "broken":
            raise RuntimeError("a bug")
        return send(message)

    push.send = send_or_break
    change()

    assert refresh() == 2
    assert [sent.address for sent in push.sent] == ["his-phone"]


def test_it_begins_with_what_is_new(
    change: Change, job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    change()
    until_all_is_served(database)

    refresh_phones(job_context)
    refresh_phones(job_context)

    assert push.sent == []


def test_fault_37_a_database_of_yesterday_is_read_from_its_end(
    change: Change, refresh: Callable[[], int], database: Database
) -> None:
    """What was read so far lies beyond the feed of a backup."""
    far_ahead = FeedPosition(2**40, 2**40)
    with database.unit_of_work() as session:
        queries.refreshes.move_to(session, far_ahead)
    change()
    found_in_the_backup = refresh()
    with database.unit_of_work(read_only=True) as session:
        read_to = queries.refreshes.position(session)
    change()

    assert read_to is not None
    assert read_to < far_ahead
    assert (found_in_the_backup, refresh()) == (0, 1)


def test_with_nothing_new_a_look_is_a_few_statements_and_changes_nothing(
    refresh: Callable[[], int], job_context: JobContext, database: Database
) -> None:
    with counted(database) as statements:
        refresh_phones(job_context)

    reads = [one for one in statements if one.lstrip().startswith("SELECT")]
    assert statements == reads, short(statements)
    assert len(statements) <= 4, short(statements)


def test_a_crowd_costs_as_many_statements_as_one(
    refresh: Callable[[], int], database: Database, clock: FrozenClock, courier: StaffMember
) -> None:
    def told(count: int) -> int:
        with database.unit_of_work() as session:
            for _ in range(count):
                person = make_staff(session)
                make_device(session, person)
                services.changes.note(session, [make_pickup(session, courier=person)], now=clock.now())
        until_all_is_served(database)
        with database.unit_of_work() as session, counted(database) as statements:
            services.refreshes.read_feed(session, now=clock.now())
            assert len(services.refreshes.take_due(session, limit=64, now=clock.now())) == count
        return len(statements)

    assert told(1) == told(20)


def _warning(courier: StaffMember) -> Telling:
    kind = NoticeKind.WAIT_EXPIRED
    return Telling(kind, courier.branch_id, f"{kind}:1:{courier.id}", staff_id=courier.id, wait_id=courier.id)
