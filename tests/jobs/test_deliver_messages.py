"""Messages to contacts leaving: by the right channel, in the right shape, and not against anybody's wish."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from sqlalchemy import select

from api.db import Database
from api.domain.delivery_policy import STOP, Answer
from api.domain.vocabulary import Channel, ContactChannel, Locale, NoticeState
from api.models import Contact, EventRecord, SenderState
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from tests.fakes import NOW, FrozenClock, RecordingMessenger
from tests.tellings import deliveries_in, notice_of, told_contact

EMAIL = {"email": "fang.li@example.com", "preferred_channel": ContactChannel.EMAIL}


def contact_of(database: Database, notice_id: UUID) -> Contact:
    contact_id = notice_of(database, notice_id).contact_id
    with database.unit_of_work(read_only=True) as session:
        return session.get_one(Contact, contact_id)


@pytest.fixture
def only(database: Database) -> Iterator[Callable[..., None]]:
    """Leaves only some channels open: `only(ContactChannel.EMAIL)`."""
    yield lambda *channels: database.set_contact_channels(channels)
    database.set_contact_channels(ContactChannel)


def test_a_contact_is_written_to_by_the_channel_he_chose(
    job_context: JobContext, database: Database, messenger: RecordingMessenger
) -> None:
    told_contact(database, **EMAIL)

    deliver_notices(job_context)

    (mail,) = messenger.sent
    assert (mail.channel, mail.email, mail.phone) == (ContactChannel.EMAIL, "fang.li@example.com", None)
    assert mail.subject == "城西网点：快递员预计 09:30 到达"
    assert mail.text.startswith("您好！\n\n城西网点：快递员预计 09:30 到您处取件。")
    assert mail.url in mail.text
    assert deliveries_in(database)[0].channel is Channel.EMAIL


def test_a_channel_that_the_house_has_no_way_for_is_not_taken(
    job_context: JobContext,
    database: Database,
    messenger: RecordingMessenger,
    only: Callable[..., None],
) -> None:
    only(ContactChannel.EMAIL)
    by_phone = told_contact(database)
    told_contact(database, email="fang.li@example.com", preferred_channel=ContactChannel.CHAT)

    deliver_notices(job_context)

    assert [one.channel for one in messenger.sent] == ["email"]
    assert notice_of(database, by_phone).state is NoticeState.SUPPRESSED


def test_who_opts_out_before_a_message_leaves_does_not_get_it(
    job_context: JobContext, database: Database, messenger: RecordingMessenger
) -> None:
    notice_id = told_contact(database)
    with database.unit_of_work() as session:
        session.scalars(select(Contact)).one().opted_out_at = NOW

    deliver_notices(job_context)

    assert messenger.sent == []
    assert notice_of(database, notice_id).state is NoticeState.SUPPRESSED
    assert deliveries_in(database)[0].state == "suppressed"


def test_an_opt_out_between_two_attempts_counts_too(
    job_context: JobContext, database: Database, messenger: RecordingMessenger, clock: FrozenClock
) -> None:
    notice_id = told_contact(database)
    messenger.answers.append(Answer.retry("busy"))
    deliver_notices(job_context)
    with database.unit_of_work() as session:
        session.scalars(select(Contact)).one().opted_out_at = NOW

    clock.tick(seconds=3)
    deliver_notices(job_context)

    assert len(messenger.sent) == 1
    assert notice_of(database, notice_id).state is NoticeState.SUPPRESSED


def test_after_a_dead_number_the_next_message_takes_the_other_channel(
    job_context: JobContext, database: Database, messenger: RecordingMessenger
) -> None:
    notice_id = told_contact(database, email="fang.li@example.com")
    messenger.answers.append(Answer.address_gone("gateway answered 410"))
    deliver_notices(job_context)

    contact = contact_of(database, notice_id)
    told_contact(database, contact)
    deliver_notices(job_context)

    assert contact.undeliverable == [ContactChannel.SMS]
    assert [one.channel for one in messenger.sent] == ["sms", "email"]
    assert notice_of(database, notice_id).state is NoticeState.DEAD
    with database.unit_of_work(read_only=True) as session:
        fact = session.scalars(select(EventRecord).where(EventRecord.name == "contact.address_failed")).one()
    assert (fact.subject_id, fact.data) == (contact.id, {"channel": "sms"})


def test_what_comes_back_says_nothing_of_an_address_entered_meanwhile(
    job_context: JobContext, database: Database, messenger: RecordingMessenger
) -> None:
    notice_id = told_contact(database)
    messenger.answers.append(Answer.address_gone("gateway answered 410"))

    class Edited(RecordingMessenger):
        def send(self, message: object) -> Answer:
            with database.unit_of_work() as session:
                session.scalars(select(Contact)).one().phone = "+8613900139000"
            return messenger.send(message)  # type: ignore[arg-type]

    edited = JobContext(database, job_context.clock, job_context.push, Edited(), job_context.proofs)
    deliver_notices(edited)

    assert contact_of(database, notice_id).undeliverable == []


def test_fault_23_a_mail_server_that_turns_us_away_does_not_stop_text_messages(
    job_context: JobContext,
    database: Database,
    messenger: RecordingMessenger,
    alarms: Callable[[], list[str]],
) -> None:
    by_mail = told_contact(database, **EMAIL)
    messenger.answers.append(Answer.refused("mail server answered 535"))
    deliver_notices(job_context)

    by_phone = told_contact(database)
    deliver_notices(job_context)

    assert notice_of(database, by_phone).state is NoticeState.ACCEPTED
    assert notice_of(database, by_mail).state is NoticeState.PENDING
    assert alarms() == ["notices.sender_stopped"]
    with database.unit_of_work(read_only=True) as session:
        assert session.get_one(SenderState, Channel.EMAIL).paused_until == NOW + STOP
        assert session.get(SenderState, Channel.SMS) is None


def test_a_message_speaks_the_contacts_language(
    job_context: JobContext, database: Database, messenger: RecordingMessenger
) -> None:
    told_contact(database, locale=Locale.EN, **EMAIL)

    deliver_notices(job_context)

    assert messenger.sent[0].subject == "城西网点: courier expected at 09:30"
    assert messenger.sent[0].text.startswith("Hello,\n\n")
    assert messenger.sent[0].locale is Locale.EN
