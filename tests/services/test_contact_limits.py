"""Every message to a contact, of whatever kind: in his own hours, within the limits, unless he opted out."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from api import services
from api.domain.notice_kinds import KINDS, NoticeKind
from api.domain.notice_rules import Audience
from api.domain.vocabulary import PickupState
from api.models import Notice
from api.services import wait_notices
from tests.factories import (
    make_branch,
    make_contact,
    make_customer,
    make_pickup,
    make_site,
    make_staff,
    make_wait,
)
from tests.fakes import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def branch(session):
    return make_branch(session)


@pytest.fixture
def contact(session, branch):
    return make_contact(session, make_customer(session, branch))


@pytest.fixture
def book(session, branch, contact):
    """Adds a pickup of the contact, whose courier stands at the door."""
    customer = session.get_one(type(make_customer(session, branch)), contact.customer_id)
    site, courier = make_site(session, customer), make_staff(session, branch)

    def book(**columns):
        times = {"window_start": NOW, "window_end": NOW + 60 * MINUTE}
        return make_pickup(session, site, contact, courier=courier, **(times | columns))

    return book


def ask(session, book, kind):
    is_second = kind is NoticeKind.READINESS_REMINDER
    pickup = book(window_start=NOW + 10 * MINUTE, pings_sent=int(is_second))
    services.readiness.ask(session, pickup, now=NOW)


def nudge(session, book, kind):
    wait = make_wait(session, book(state=PickupState.AT_DOOR))
    occasion = wait_notices.occasion_of(wait, at=NOW)
    tellings = wait_notices.nudges(session, [(occasion, wait.deadline_at)], now=NOW)
    services.notices.tell_all(session, tellings, now=NOW)


def bid_farewell(session, book, kind):
    wait = make_wait(session, book(state=PickupState.LEFT), state="closed", departed_at=NOW)
    tellings = wait_notices.farewell(session, wait_notices.occasion_of(wait, at=NOW), now=NOW)
    services.notices.tell_all(session, tellings, now=NOW)


def tell_new_time(session, book, kind):
    pickup = book(window_end=NOW + 5 * MINUTE, eta_at=NOW + 20 * MINUTE)
    services.late_couriers.tell_new_eta(session, pickup, now=NOW)


def invite(session, book, kind):
    services.feedback.invite(session, book(state=PickupState.COLLECTED, feedback_due_at=NOW), now=NOW)


WRITERS = {
    NoticeKind.READINESS_PING: ask,
    NoticeKind.READINESS_REMINDER: ask,
    NoticeKind.WAIT_NUDGE: nudge,
    NoticeKind.WAIT_LEFT: bid_farewell,
    NoticeKind.NEW_TIME: tell_new_time,
    NoticeKind.FEEDBACK_LINK: invite,
}

# A case is written about because the contact asked to hear of it; he is told by its own rules.
ABOUT_CASES = {NoticeKind.CASE_ANSWERED, NoticeKind.CASE_CLOSED}

# A greeting is about no pickup: tests/resources/test_occasions.py holds it to the same rules.
ABOUT_NO_PICKUP = {NoticeKind.GREETING}


def test_every_kind_of_message_about_a_pickup_is_here():
    to_contacts = {kind for kind, rule in KINDS.items() if rule.audience is Audience.CONTACT}

    assert to_contacts - ABOUT_CASES - ABOUT_NO_PICKUP == set(WRITERS)


def write(session, book, kind):
    """Let the service write that would; return whether it did."""
    WRITERS[kind](session, book, kind)
    told = set(session.scalars(select(Notice.kind))) - {"earlier"}
    assert told <= {kind}
    return bool(told)


def _tell_earlier(session, contact, *, count, pickup=None, ago=timedelta(days=1)):
    """The contact has had so many messages already."""
    for number in range(count):
        session.add(
            Notice(
                branch_id=contact.branch_id,
                kind="earlier",
                dedupe_key=f"earlier:{number}:{contact.id}:{ago}",
                thread="earlier",
                contact_id=contact.id,
                pickup_id=pickup and pickup.id,
                variables={},
                decided_at=NOW - ago,
                useful_until=NOW,
            )
        )
    session.flush()


@pytest.mark.parametrize("kind", WRITERS)
class TestEveryKind:
    def test_it_is_written_where_nothing_forbids_it(self, session, book, kind):
        assert write(session, book, kind)

    def test_not_to_somebody_who_opted_out(self, session, contact, book, kind):
        contact.opted_out_at = NOW

        assert not write(session, book, kind)

    @pytest.mark.parametrize(
        ("opens", "closes", "written"),
        [(time(9), time(10), True), (time(9), time(9, 30), False), (time(14), time(16), False)],
    )
    def test_only_in_the_contacts_own_hours(self, session, contact, book, kind, opens, closes, written):
        contact.hours_start, contact.hours_end = opens, closes  # It is 09:30.

        assert write(session, book, kind) is written

    @pytest.mark.parametrize(
        ("zone", "written"),
        [
            ("America/New_York", True),  # 20:30 the evening before.
            ("Europe/London", False),  # Half past one at night.
        ],
    )
    def test_only_in_the_branchs_hours_where_he_named_none(self, session, branch, book, kind, zone, written):
        branch.timezone = zone

        assert write(session, book, kind) is written

    @pytest.mark.parametrize(("had", "written"), [(5, True), (6, False)])
    def test_at_most_six_in_a_week(self, session, contact, book, kind, had, written):
        _tell_earlier(session, contact, count=had)

        assert write(session, book, kind) is written

    def test_what_is_older_than_a_week_does_not_count(self, session, contact, book, kind):
        _tell_earlier(session, contact, count=6, ago=timedelta(days=7))

        assert write(session, book, kind)

    @pytest.mark.parametrize("ago", [timedelta(hours=1), timedelta(days=40)], ids=["now", "moved by weeks"])
    @pytest.mark.parametrize(("had", "written"), [(3, True), (4, False)])
    def test_at_most_four_about_a_pickup(self, session, contact, book, kind, had, written, ago):
        def booked(**columns):
            pickup = book(**columns)
            _tell_earlier(session, contact, count=had, pickup=pickup, ago=ago)
            return pickup

        assert write(session, booked, kind) is written


def test_one_sweep_does_not_write_more_than_the_limit_to_one_contact(session, contact, book):
    _tell_earlier(session, contact, count=4)
    waits = [make_wait(session, book(state=PickupState.AT_DOOR)) for _ in range(4)]
    due = [(wait_notices.occasion_of(wait, at=NOW), wait.deadline_at) for wait in waits]

    assert len(wait_notices.nudges(session, due, now=NOW)) == 2


def test_an_invitation_outside_his_hours_waits_for_them(session, contact, book):
    contact.hours_start, contact.hours_end = time(14), time(16)
    pickup = book(state=PickupState.COLLECTED, feedback_due_at=NOW)

    services.feedback.invite(session, pickup, now=NOW)

    assert pickup.feedback_due_at == NOW + timedelta(hours=4, minutes=30)


def test_a_question_outside_his_hours_waits_for_them(session, contact, book):
    contact.hours_start, contact.hours_end = time(10), time(16)
    pickup = book(window_end=NOW + 120 * MINUTE)

    assert not services.readiness.ask(session, pickup, now=NOW)
    assert pickup.ping_due_at == NOW + 30 * MINUTE
