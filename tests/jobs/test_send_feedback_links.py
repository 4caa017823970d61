"""Invitations to rate as a job: five minutes after a collection, once a week for each contact."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import PickupState
from api.models import Notice
from jobs.send_feedback_links import send_feedback_links
from tests.factories import make_contact, make_customer, make_pickup, make_site
from tests.fakes import NOW


@pytest.fixture
def collected(database):
    """Two pickups of one contact, collected at the same time."""
    with database.unit_of_work() as session:
        customer = make_customer(session)
        site, contact = make_site(session, customer), make_contact(session, customer)
        return [
            make_pickup(
                session,
                site,
                contact,
                state=PickupState.COLLECTED,
                feedback_due_at=NOW + timedelta(minutes=5),
            )
            for _ in range(2)
        ]


def invited(database):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(Notice.kind)).all()


def test_nobody_is_asked_before_five_minutes_have_passed(job_context, clock, database, collected):
    clock.tick(minutes=4, seconds=59)

    assert send_feedback_links(job_context) == 0
    assert invited(database) == []


def test_a_contact_with_two_pickups_is_asked_once(job_context, clock, database, collected):
    clock.tick(minutes=5)

    assert send_feedback_links(job_context) == 1
    assert send_feedback_links(job_context) == 0
    assert invited(database) == [NoticeKind.FEEDBACK_LINK]
