"""Held notices when their time has come: one push a person, whoever lets them go, however many there are."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import select

import jobs.release_held as job
from api import services
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import Locale, NoticeState, Role
from api.models import Notice
from jobs.deliver_notices import deliver_notices
from jobs.release_held import release_held
from jobs.say_alive import say_alive
from tests.alarming import AT_NIGHT, MORNING, alarm, principal
from tests.factories import make_device, make_staff
from tests.fakes import FrozenClock
from tests.statements import counted


@pytest.fixture
def clock():
    return FrozenClock(MORNING)


@pytest.fixture
def told(database, branch):
    """Adds so many reps and tells each at night of so many customers; returns the reps."""

    def told(reps, *, each):
        with database.unit_of_work() as session:
            staff = [make_staff(session, branch, role=Role.SALES_REP, locale=Locale.EN) for _ in range(reps)]
            for rep in staff:
                make_device(session, rep)
                alarm(session, rep, range(each), now=AT_NIGHT)
        return staff

    return told


def notices(database, *conditions):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(Notice).where(*conditions).order_by(Notice.decided_at)).all()


def test_what_was_decided_at_night_is_one_push_in_the_morning(job_context, told, push):
    told(1, each=4)

    release_held(job_context)
    deliver_notices(job_context)

    assert [(message.kind, message.title) for message in push.sent] == [("digest", "New notices: 4")]
    assert not push.sent[0].urgent


def test_a_digest_that_had_to_wait_counts_what_is_unread_when_it_leaves(job_context, database, told, push):
    (rep,) = told(1, each=3)
    release_held(job_context)

    folded = notices(database, Notice.kind == NoticeKind.CHURN_ALERT)
    with database.unit_of_work() as session:
        services.notices.mark_seen(session, notice_id=folded[0].id, by=principal(rep), now=MORNING)
    deliver_notices(job_context)

    assert [message.title for message in push.sent] == ["New notices: 2"]


def test_a_digest_of_what_was_all_read_is_not_sent(job_context, database, told, push):
    (rep,) = told(1, each=2)
    release_held(job_context)

    for notice in notices(database, Notice.kind == NoticeKind.CHURN_ALERT):
        with database.unit_of_work() as session:
            services.notices.mark_seen(session, notice_id=notice.id, by=principal(rep), now=MORNING)
    deliver_notices(job_context)

    assert push.sent == []
    assert notices(database, Notice.kind == NoticeKind.DIGEST)[0].state is NoticeState.SUPPRESSED


def test_what_was_put_off_is_pushed_again_and_says_so(job_context, database, told, push, clock):
    (rep,) = told(1, each=1)
    release_held(job_context)
    deliver_notices(job_context)
    (notice,) = notices(database)

    for _ in range(2):
        with database.unit_of_work() as session:
            services.held_notices.snooze(
                session, notice_id=notice.id, minutes=10, by=principal(rep), now=clock.now()
            )
        clock.tick(minutes=10)
        release_held(job_context)
        deliver_notices(job_context)

    assert [message.notice_id for message in push.sent] == [notice.id] * 3
    assert [message.data.get("shown_again") for message in push.sent] == [None, "1", "2"]
    assert len({message.thread for message in push.sent}) == 1
    assert notices(database)[0].state is NoticeState.ACCEPTED


def test_k13_eight_who_release_at_once_make_one_digest_a_person(job_context, database, told, monkeypatch):
    monkeypatch.setattr(job, "PEOPLE", 3)
    reps = told(10, each=3)

    with ThreadPoolExecutor(8) as pool:
        released = sum(pool.map(lambda _: release_held(job_context), range(8)))

    digests = notices(database, Notice.kind == NoticeKind.DIGEST)
    assert released == 30
    assert Counter(digest.staff_id for digest in digests) == Counter(rep.id for rep in reps)
    assert {digest.variables["count"] for digest in digests} == {3}


class _PowerCut(Exception):
    """Comes right before the commit."""


def test_a_release_that_is_never_committed_loses_nothing(job_context, database, told):
    told(2, each=2)
    with suppress(_PowerCut), database.unit_of_work() as session:
        services.held_notices.release(session, people=500, now=MORNING)
        raise _PowerCut

    assert release_held(job_context) == 4
    assert release_held(job_context) == 0
    assert len(notices(database, Notice.kind == NoticeKind.DIGEST)) == 2


def test_a_release_says_as_much_to_the_database_for_twenty_people_as_for_two(database, told):
    told(2, each=3)
    told(2, each=1)
    spoken = []
    for reps in (0, 20):
        told(reps, each=3)
        told(reps, each=1)
        with database.unit_of_work() as session, counted(database) as statements:
            services.held_notices.release(session, people=500, now=MORNING)
        spoken.append(len(statements))

    assert spoken[0] == spoken[1]


def test_what_is_held_is_no_matter_until_its_time_and_an_alarm_after_it(
    client, database, told, clock, job_context
):
    told(1, each=1)

    answers = []
    for _ in range(2):
        say_alive(job_context)
        answers.append(client.get("/health/work").status_code)
        clock.tick(seconds=31)

    assert answers == [200, 503]
