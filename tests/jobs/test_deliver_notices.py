"""The outbox at work: what leaves, what each answer does, and what happens when a worker dies."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select, update

from api import queries, security, services
from api.db import Database
from api.domain.delivery_policy import STOP, Answer
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import Channel, Locale, NoticeState
from api.models import Device, Link, Notice, SenderState
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from jobs.purge import purge
from tests.factories import make_device, make_staff
from tests.fakes import NOW, FrozenClock, RecordingMessenger, RecordingPush
from tests.tellings import deliveries_in, notice_of, told_contact, told_courier


def test_a_due_notice_is_pushed_and_accepted(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    notice_id = told_courier(database)

    settled = deliver_notices(job_context)

    assert settled == 1
    assert [message.notice_id for message in push.sent] == [notice_id]
    assert push.sent[0].body == "本次等待的时限是 09:30，请留意交接进度。"
    assert push.sent[0].time_to_live == timedelta(minutes=1)
    assert notice_of(database, notice_id).state is NoticeState.ACCEPTED
    assert deliveries_in(database)[0].provider_ref == "recorded/1"


def test_a_second_run_sends_nothing(job_context: JobContext, database: Database, push: RecordingPush) -> None:
    told_courier(database)
    deliver_notices(job_context)

    assert deliver_notices(job_context) == 0
    assert len(push.sent) == 1


def test_e4_a_push_is_thin(job_context: JobContext, database: Database, push: RecordingPush) -> None:
    notice_id = told_courier(database)

    deliver_notices(job_context)

    assert set(push.sent[0].data) == {"notice_id", "kind", "wait_id"}
    assert push.sent[0].data["notice_id"] == str(notice_id)


def test_g5_a_kind_that_is_not_on_the_list_ends_dead_and_does_nothing(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    notice_id = told_courier(database)
    with database.unit_of_work() as session:
        session.execute(update(Notice).values(kind="os.system"))

    deliver_notices(job_context)

    assert not push.sent
    assert notice_of(database, notice_id).state is NoticeState.DEAD


def test_a_person_reads_his_own_language(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    with database.unit_of_work() as session:
        courier = make_staff(session, locale=Locale.EN)
        make_device(session, courier)
        kind = NoticeKind.CHURN_ALERT
        telling = Telling(
            kind, courier.branch_id, f"{kind}:1:{courier.id}", staff_id=courier.id, customer_id=courier.id
        )
        services.notices.tell(session, telling, now=NOW)

    deliver_notices(job_context)

    assert push.sent[0].title == "A customer needs attention"
    assert not push.sent[0].urgent


def test_a_message_gets_its_url_only_when_it_leaves(
    job_context: JobContext, database: Database, messenger: RecordingMessenger
) -> None:
    notice_id = told_contact(database)

    deliver_notices(job_context)

    with database.unit_of_work() as session:
        link = session.scalars(select(Link)).one()
        url = security.vault_of(session).links.url(link.id, link.key_id)
    sent = messenger.sent[0]
    assert sent.text == f"城西网点：快递员预计 09:30 到您处取件。货物和单据备好了吗？请点开回复：{url}"
    assert sent.phone == "+8613800138000"
    assert url not in str(notice_of(database, notice_id).variables)
    assert notice_of(database, notice_id).state is NoticeState.ACCEPTED


def test_a_revoked_link_never_leaves(
    job_context: JobContext, database: Database, messenger: RecordingMessenger
) -> None:
    notice_id = told_contact(database)
    with database.unit_of_work() as session:
        session.scalars(select(Link)).one().revoked_at = NOW

    deliver_notices(job_context)

    assert messenger.sent == []
    assert notice_of(database, notice_id).state is NoticeState.DEAD


def test_e7_an_unregistered_address_is_forgotten_and_the_next_phone_still_gets_it(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    notice_id = told_courier(database, phones=2)
    push.answers.append(Answer.address_gone("UNREGISTERED"))

    deliver_notices(job_context)
    deliver_notices(job_context)

    with database.unit_of_work() as session:
        left = session.scalars(select(Device.push_address)).all()
    assert len(push.sent) == 2
    assert len(left) == 1
    assert sorted(delivery.state for delivery in deliveries_in(database)) == ["accepted", "dead"]
    assert notice_of(database, notice_id).state is NoticeState.ACCEPTED


def test_k13_a_retry_for_one_phone_does_not_repeat_another(
    job_context: JobContext, database: Database, clock: FrozenClock, push: RecordingPush
) -> None:
    told_courier(database, phones=2)
    push.answers.append(Answer.retry("503"))

    deliver_notices(job_context)
    clock.tick(seconds=3)
    deliver_notices(job_context)

    addresses = [message.address for message in push.sent]
    assert len(addresses) == 3
    assert addresses[2] in addresses[:2]
    assert len({message.notice_id for message in push.sent}) == 1


def test_fault_24_a_dead_message_does_not_stop_its_neighbours(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    for _ in range(3):
        told_courier(database)
    push.answers.append(Answer.dead("invalid argument"))

    deliver_notices(job_context)

    states = sorted(delivery.state for delivery in deliveries_in(database))
    assert states == ["accepted", "accepted", "dead"]


def test_fault_21_too_many_pauses_the_whole_channel_and_not_the_other(
    job_context: JobContext,
    database: Database,
    clock: FrozenClock,
    push: RecordingPush,
    messenger: RecordingMessenger,
) -> None:
    told_courier(database, useful_until=NOW + timedelta(hours=1))
    push.answers.append(Answer.paused(timedelta(seconds=120), "quota"))
    deliver_notices(job_context)
    told_courier(database, useful_until=NOW + timedelta(hours=1))
    told_contact(database)

    clock.tick(seconds=119)
    deliver_notices(job_context)
    sent_while_paused = len(push.sent)
    clock.tick(seconds=2)
    deliver_notices(job_context)

    assert sent_while_paused == 1
    assert len(messenger.sent) == 1
    assert len(push.sent) == 3
    assert {delivery.attempts for delivery in deliveries_in(database)} == {1}


def test_fault_23_a_refused_credential_stops_the_sender_and_alarms(
    job_context: JobContext,
    database: Database,
    clock: FrozenClock,
    push: RecordingPush,
    alarms: Callable[[], list[str]],
) -> None:
    notice_id = told_courier(database, useful_until=NOW + timedelta(hours=1))
    push.answers.append(Answer.refused("401"))

    deliver_notices(job_context)
    deliver_notices(job_context)

    with database.unit_of_work() as session:
        assert session.get_one(SenderState, Channel.PUSH).paused_until == NOW + STOP
    assert len(push.sent) == 1
    assert alarms() == ["notices.sender_stopped"]
    assert notice_of(database, notice_id).state is NoticeState.PENDING
    clock.tick(seconds=STOP.total_seconds())
    deliver_notices(job_context)
    assert notice_of(database, notice_id).state is NoticeState.ACCEPTED


def test_k11_what_is_of_no_more_use_is_superseded_and_never_sent(
    job_context: JobContext, database: Database, clock: FrozenClock, push: RecordingPush
) -> None:
    notice_id = told_courier(database)

    clock.tick(seconds=60)
    deliver_notices(job_context)

    assert push.sent == []
    assert notice_of(database, notice_id).state is NoticeState.SUPERSEDED


def test_e3_a_phone_forgotten_meanwhile_gets_nothing(
    job_context: JobContext, database: Database, push: RecordingPush
) -> None:
    notice_id = told_courier(database)
    with database.unit_of_work() as session:
        session.delete(session.scalars(select(Device)).one())

    deliver_notices(job_context)

    assert push.sent == []
    assert notice_of(database, notice_id).state is NoticeState.DEAD


def test_phones_unseen_for_long_are_dropped_by_a_job(job_context: JobContext, database: Database) -> None:
    with database.unit_of_work() as session:
        make_device(session, make_staff(session), seen_at=NOW - timedelta(days=61))

    assert purge(job_context) == 1


def test_the_look_for_work_sees_nothing_where_nothing_is_due(database: Database) -> None:
    told_courier(database)

    with database.unit_of_work(read_only=True) as session:
        before = queries.deliveries.channels_with_work(session, now=NOW - timedelta(seconds=1))
        at = queries.deliveries.channels_with_work(session, now=NOW)

    assert (before, at) == (set(), {Channel.PUSH})
