"""`flask notices` and `flask db mark-restored`: looking after what is on its way."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from api import services
from api.domain.delivery_policy import Answer
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import Channel, DeliveryState, NoticeState
from api.models import EventRecord, Notice, SenderState
from jobs.deliver_notices import deliver_notices
from jobs.say_alive import say_alive
from tests.factories import make_device, make_staff
from tests.fakes import NOW
from tests.tellings import deliveries_in, notice_of, told_contact, told_courier


@pytest.fixture
def run(app):
    """Runs a command: `run("list")`."""

    def run(*arguments, group="notices"):
        with app.app_context():
            return app.test_cli_runner().invoke(args=[group, *map(str, arguments)])

    return run


@pytest.fixture
def dead_letter(database, job_context, push):
    """A warning that failed for good a moment ago, and is still of use for a minute."""
    notice_id = told_courier(database)
    push.answers.append(Answer.dead("INVALID_ARGUMENT: no such field"))
    deliver_notices(job_context)
    return notice_id


class TestList:
    def test_what_waits_longest_comes_first(self, run, database):
        second = told_courier(database)
        first = told_contact(database)
        with database.unit_of_work() as session:
            earlier = NOW - timedelta(minutes=1)
            session.execute(update(Notice).where(Notice.id == first).values(decided_at=earlier))

        lines = run("list").output.splitlines()

        assert [line.split()[0] for line in lines] == [str(first), str(second)]
        assert lines[1] == (
            f"{second} wait_warn to staff: pending, decided 2026-11-18 01:30:00 UTC, "
            "useful until 2026-11-18 01:31:00 UTC"
        )

    def test_it_can_be_narrowed(self, run, database, dead_letter):
        told_contact(database)

        assert str(dead_letter) in run("list", "--state", "dead").output
        assert run("list", "--state", "dead", "--kind", "feedback_link").output == ""
        assert len(run("list", "--limit", "1").output.splitlines()) == 1

    def test_it_says_which_sender_is_paused(self, run):
        run("pause", "sms")

        assert "sms is paused until it is resumed: by an operator" in run("list").output


class TestShow:
    def test_the_life_of_a_notice_is_told(self, run, database, job_context, push, clock):
        notice_id = told_courier(database)
        push.answers.append(Answer.retry("503: UnavailableError"))
        deliver_notices(job_context)

        output = run("show", notice_id).output

        device = deliveries_in(database)[0].address_key
        assert f"{notice_id} wait_warn to staff: pending" in output
        assert f"push ...{device[-6:]}: pending, 1 attempts, next 2026-11-18 01:30:0" in output
        assert output.endswith(": 503: UnavailableError\n")
        assert device not in output

    def test_until_when_it_is_held_is_told(self, run, database, clock):
        clock.tick(hours=13)
        with database.unit_of_work() as session:
            rep = make_staff(session)
            make_device(session, rep)
            kind = NoticeKind.CHURN_ALERT
            key = f"{kind}:1:{rep.id}"
            telling = Telling(kind, rep.branch_id, key, staff_id=rep.id, customer_id=rep.id)
            services.notices.tell(session, telling, now=clock.now())

        assert "held until 2026-11-19 00:00:00 UTC" in run("show", telling.id).output

    def test_nothing_of_it_names_a_person(self, run, database):
        notice_id = told_contact(database)

        output = run("show", notice_id).output

        assert "sms contact: pending" in output
        assert "13800138000" not in output

    def test_an_id_that_nobody_has_is_refused(self, run):
        answer = run("show", uuid4())

        assert answer.exit_code == 1
        assert answer.output == "Error: There is no such notice.\n"


class TestDeadLetters:
    def test_they_are_listed_with_the_reason(self, run, dead_letter):
        assert run("dead").output == (
            f"{dead_letter} wait_warn push 1 attempts, 2026-11-18 01:30:00 UTC: "
            "INVALID_ARGUMENT: no such field\n"
        )

    def test_one_that_is_of_no_more_use_is_marked(self, run, dead_letter, clock):
        clock.tick(minutes=2)

        assert run("dead").output.endswith("no such field, of no more use\n")

    def test_a_redriven_one_is_sent_as_if_it_were_new(self, run, dead_letter, database, job_context, push):
        answer = run("redrive", dead_letter)

        assert answer.exit_code == 0
        assert notice_of(database, dead_letter).state is NoticeState.PENDING
        deliver_notices(job_context)
        assert [message.notice_id for message in push.sent] == [dead_letter, dead_letter]
        assert notice_of(database, dead_letter).state is NoticeState.ACCEPTED
        assert deliveries_in(database)[0].attempts == 1

    def test_who_did_it_is_kept_as_a_fact(self, run, dead_letter, database):
        run("redrive", dead_letter)

        with database.unit_of_work(read_only=True) as session:
            fact = session.scalars(select(EventRecord).where(EventRecord.name == "notice.redriven")).one()
        assert (fact.subject_id, fact.data) == (dead_letter, {"deliveries": 1})

    def test_fault_36_what_is_of_no_more_use_is_refused(self, run, dead_letter, database, clock):
        clock.tick(minutes=2)

        answer = run("redrive", dead_letter)

        assert answer.exit_code == 1
        assert f"{dead_letter} of no more use since 2026-11-18 01:31:00 UTC" in answer.output
        assert deliveries_in(database)[0].state is DeliveryState.DEAD

    def test_what_was_read_meanwhile_is_refused(self, run, dead_letter, database):
        with database.unit_of_work() as session:
            session.get_one(Notice, dead_letter).seen_at = NOW

        assert "it has been read" in run("redrive", dead_letter).output

    def test_what_never_died_is_refused(self, run, database):
        waiting, unknown = told_courier(database), uuid4()

        output = run("redrive", waiting, unknown).output

        assert f"{waiting} none of its deliveries is dead" in output
        assert f"{unknown} there is no such notice" in output

    def test_of_two_phones_only_the_dead_one_is_tried_again(self, run, database, job_context, push):
        notice_id = told_courier(database, phones=2)
        push.answers.append(Answer.dead("bad"))
        deliver_notices(job_context)

        run("redrive", notice_id)
        deliver_notices(job_context)

        assert len(push.sent) == 3
        assert notice_of(database, notice_id).state is NoticeState.ACCEPTED

    def test_all_that_are_of_use_go_at_once(self, run, dead_letter, database, clock):
        assert "0 redriven" in run("redrive", "--all-dead", "--kind", "churn_alert").output
        assert "1 redriven, 0 refused." in run("redrive", "--all-dead").output

    def test_it_wants_to_be_told_which(self, run):
        assert run("redrive").exit_code == 2
        assert run("redrive", uuid4(), "--all-dead").exit_code == 2


class TestPauses:
    def test_a_paused_channel_sends_nothing_and_loses_nothing(self, run, database, job_context, push):
        told_courier(database)
        run("pause", "push")

        assert deliver_notices(job_context) == 0
        assert "push sends again" in run("resume", "push").output
        assert deliver_notices(job_context) == 1

    def test_a_pause_may_end_by_itself(self, run, database, job_context, clock):
        told_courier(database, useful_until=NOW + timedelta(hours=1))

        answer = run("pause", "push", "--for", "10")

        assert answer.output == "push is paused until 2026-11-18 01:40:00 UTC.\n"
        clock.tick(minutes=9)
        assert deliver_notices(job_context) == 0
        clock.tick(minutes=1)
        assert deliver_notices(job_context) == 1

    def test_what_the_other_side_asks_for_does_not_shorten_it(self, run, database):
        run("pause", "push")
        with database.unit_of_work() as session:
            services.senders.pause(
                session, Channel.PUSH, until=NOW + timedelta(minutes=1), reason="429", now=NOW
            )

        with database.unit_of_work(read_only=True) as session:
            sender = session.get_one(SenderState, Channel.PUSH)
        assert (sender.paused_until, sender.reason) == (datetime(9999, 1, 1, tzinfo=UTC), "by an operator")

    def test_all_means_every_channel(self, run):
        paused = run("pause", "--all").output

        assert [line.split()[0] for line in paused.splitlines()] == ["push", "sms", "chat", "email"]
        assert len(run("resume", "--all").output.splitlines()) == 4

    @pytest.mark.parametrize("command", ["pause", "resume"])
    def test_it_wants_to_be_told_which(self, run, command):
        assert run(command).exit_code == 2
        assert run(command, "push", "--all").exit_code == 2


class TestTestSend:
    def test_a_test_takes_the_way_of_every_notice(self, run, database, job_context, push):
        with database.unit_of_work() as session:
            make_device(session, make_staff(session, phone="+8613800138000"))

        answer = run("test-send", "138 0013 8000")
        deliver_notices(job_context)

        assert answer.exit_code == 0
        assert push.sent[0].title == "测试通知"
        assert f"show {push.sent[0].notice_id}" in answer.output

    def test_a_test_at_night_leaves_at_night(self, run, database, job_context, push, clock):
        with database.unit_of_work() as session:
            make_device(session, make_staff(session, phone="+8613800138000"))
        clock.tick(hours=13)

        run("test-send", "13800138000")
        deliver_notices(job_context)

        assert len(push.sent) == 1

    def test_a_second_test_is_another_notice(self, run, database, job_context, push):
        with database.unit_of_work() as session:
            make_device(session, make_staff(session, phone="+8613800138000"))

        run("test-send", "13800138000")
        run("test-send", "13800138000")
        deliver_notices(job_context)

        assert len({message.notice_id for message in push.sent}) == 2

    def test_who_has_no_phone_is_refused(self, run, database):
        with database.unit_of_work() as session:
            make_staff(session, phone="+8613800138000")

        answer = run("test-send", "13800138000")

        assert answer.exit_code == 1
        assert "no phone that takes pushes" in answer.output

    def test_a_number_that_nobody_has_is_refused(self, run):
        assert "Nobody signs in" in run("test-send", "13800138000").output
        assert run("test-send", "not a number").exit_code == 2


class TestRestored:
    def test_fault_36_after_a_restore_nothing_leaves_until_an_operator_says_so(
        self, run, database, job_context, push, client
    ):
        told_courier(database)
        say_alive(job_context)

        answer = run("mark-restored", group="db")

        assert answer.exit_code == 0
        assert deliver_notices(job_context) == 0
        assert push.sent == []
        work = client.get("/health/work").json
        assert work["paused_channels"] == ["chat", "email", "push", "sms"]
        assert work["jobs_silent_seconds"] is None

    def test_fault_36_what_grew_stale_meanwhile_is_superseded_and_never_sent(
        self, run, database, job_context, push, clock
    ):
        stale = told_courier(database)
        run("mark-restored", group="db")
        clock.tick(hours=9)
        fresh = _told_later(database, clock.now())

        run("resume", "--all")
        deliver_notices(job_context)

        assert [message.notice_id for message in push.sent] == [fresh]
        assert notice_of(database, stale).state is NoticeState.SUPERSEDED


def _told_later(database, now):
    with database.unit_of_work() as session:
        before = session.scalars(select(Notice)).one()
        kind = NoticeKind.WAIT_EXPIRED
        telling = Telling(
            kind, before.branch_id, f"{kind}:later", staff_id=before.staff_id, wait_id=before.wait_id
        )
        services.notices.tell(session, telling, now=now)
        return telling.id
