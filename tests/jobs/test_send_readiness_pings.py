"""Readiness pings as a job: at their time, once, and one bad row never stops the others."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api import services
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import LinkPurpose
from api.models import Link, Notice, Pickup
from jobs.send_readiness_pings import send_readiness_pings
from tests.factories import make_branch, make_customer, make_pickup, make_site
from tests.fakes import NOW


@pytest.fixture
def pickup(database):
    """A pickup whose window begins in an hour, as it stands after booking."""
    with database.unit_of_work() as session:
        pickup = make_pickup(
            session, window_start=NOW + timedelta(hours=1), window_end=NOW + timedelta(hours=2)
        )
        services.readiness.schedule_ping(session, pickup, now=NOW)
        return pickup


def told(database):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(Notice.kind).order_by(Notice.decided_at, Notice.dedupe_key)).all()


def test_nobody_is_asked_before_the_time(job_context, clock, database, pickup):
    for _ in range(29):
        clock.tick(minutes=1)
        assert send_readiness_pings(job_context) == 0

    assert told(database) == []


def test_the_contact_is_asked_reminded_and_then_left_alone(job_context, clock, database, pickup):
    sent = []
    for _ in range(60):
        clock.tick(minutes=1)
        sent.append(send_readiness_pings(job_context))

    assert [minute for minute, count in enumerate(sent, start=1) if count] == [30, 50]
    assert told(database) == [NoticeKind.READINESS_PING, NoticeKind.READINESS_REMINDER]


def test_a_second_run_at_the_same_instant_changes_nothing(job_context, clock, database, pickup):
    clock.tick(minutes=30)

    assert send_readiness_pings(job_context) == 1
    assert send_readiness_pings(job_context) == 0
    assert told(database) == [NoticeKind.READINESS_PING]


def test_the_message_carries_a_link_to_the_pickups_page(job_context, clock, database, pickup):
    clock.tick(minutes=30)

    send_readiness_pings(job_context)

    with database.unit_of_work(read_only=True) as session:
        link = session.scalars(select(Link).where(Link.purpose == LinkPurpose.PICKUP)).one()
        assert session.scalars(select(Notice.link_id)).one() == link.id
        assert link.pickup_id == pickup.id


def test_pings_of_a_night_without_power_are_sent_only_where_they_are_of_use(
    job_context, clock, database, pickup
):
    clock.tick(hours=2)

    assert send_readiness_pings(job_context) == 0
    with database.unit_of_work(read_only=True) as session:
        assert session.get_one(Pickup, pickup.id).ping_due_at is None


def test_one_bad_row_never_stops_the_others(job_context, clock, database, pickup):
    with database.unit_of_work() as session:
        nowhere = make_branch(session, timezone="Nowhere/Atlantis")
        site = make_site(session, make_customer(session, nowhere))
        make_pickup(session, site, ping_due_at=NOW, window_end=NOW + timedelta(hours=2))
    clock.tick(minutes=30)

    assert send_readiness_pings(job_context) == 1
    assert told(database) == [NoticeKind.READINESS_PING]
