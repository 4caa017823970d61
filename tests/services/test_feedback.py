"""Feedback: who is invited, what is kept, who hears of it, and what is fair to the courier."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api import services
from api.domain.branch_policy import BranchPolicy
from api.domain.feedback import FeedbackIsFinal, Rating, ReasonNotOffered
from api.domain.link_policy import LinkVerb
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import (
    FeedbackReason,
    LinkPurpose,
    PickupState,
    Role,
    Screening,
    WaitOutcome,
    WaitState,
)
from api.models import Contact, Feedback, FeedbackVersion, Link, Notice
from tests.factories import (
    make_branch,
    make_contact,
    make_customer,
    make_link,
    make_pickup,
    make_site,
    make_staff,
    make_wait,
)
from tests.fakes import NOW

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def branch(session):
    return make_branch(session)


@pytest.fixture
def courier(session, branch):
    return make_staff(session, branch)


@pytest.fixture
def dispatcher(session, branch):
    return make_staff(session, branch, role=Role.DISPATCHER)


@pytest.fixture
def owner(session, branch):
    return make_staff(session, branch, role=Role.SALES_REP)


@pytest.fixture
def customer(session, branch, owner):
    return make_customer(session, branch, owner_id=owner.id)


@pytest.fixture
def contact(session, customer):
    return make_contact(session, customer)


@pytest.fixture
def pickup(session, customer, contact, courier, dispatcher):
    """A pickup that has just been collected, with the invitation due."""
    site = make_site(session, customer)
    return make_pickup(
        session, site, contact, courier=courier, state=PickupState.COLLECTED, feedback_due_at=NOW
    )


def rate(session, pickup, rating, *, now=NOW):
    link = make_link(session, pickup, purpose=LinkPurpose.FEEDBACK, expires_at=NOW + 7 * DAY)
    token = services.links.token(session, link)
    opened = services.links.open_by_token(session, token=token, verb=LinkVerb.GIVE_FEEDBACK, now=now)
    return services.feedback.give(session, through=opened, rating=rating, now=now)


def told(session, kind):
    return set(session.scalars(select(Notice.staff_id).where(Notice.kind == kind)))


class TestInviting:
    def test_a_collection_makes_the_link_at_once_and_the_message_due_later(self, session, pickup):
        services.feedback.expect(session, [(pickup, NOW)], policy=BranchPolicy())

        purposes = session.scalars(select(Link.purpose).where(Link.pickup_id == pickup.id)).all()
        assert purposes == [LinkPurpose.FEEDBACK]
        assert pickup.feedback_due_at == NOW + 5 * MINUTE

    def test_the_contact_is_written_to_once(self, session, pickup, contact):
        assert services.feedback.invite(session, pickup, now=NOW)

        invitations = session.scalars(select(Notice).where(Notice.kind == NoticeKind.FEEDBACK_LINK)).all()
        assert [notice.contact_id for notice in invitations] == [contact.id]
        assert pickup.feedback_due_at is None

    def test_a_contact_is_invited_once_in_seven_days(self, session, pickup, customer, contact):
        services.feedback.invite(session, pickup, now=NOW)
        site = make_site(session, customer)
        tomorrow = make_pickup(session, site, contact, state=PickupState.COLLECTED, feedback_due_at=NOW + DAY)
        next_week = make_pickup(
            session, site, contact, state=PickupState.COLLECTED, feedback_due_at=NOW + 7 * DAY
        )

        assert not services.feedback.invite(session, tomorrow, now=NOW + DAY)
        assert services.feedback.invite(session, next_week, now=NOW + 7 * DAY)

    def test_who_has_rated_by_qr_code_is_not_written_to(self, session, pickup):
        rate(session, pickup, Rating(5))

        assert pickup.feedback_due_at is None
        assert not services.feedback.invite(session, pickup, now=NOW)

    def test_who_opted_out_is_not_written_to(self, session, pickup, contact):
        session.get_one(Contact, contact.id).opted_out_at = NOW

        assert not services.feedback.invite(session, pickup, now=NOW)

    def test_an_evening_collection_is_asked_about_in_the_morning(self, session, pickup):
        at_night = NOW + timedelta(hours=13)  # 22:30 in Shanghai
        pickup.feedback_due_at = at_night

        assert not services.feedback.invite(session, pickup, now=at_night)
        assert pickup.feedback_due_at == NOW + timedelta(hours=22, minutes=30)  # 08:00

    def test_nobody_is_asked_about_the_day_before_yesterday(self, session, pickup):
        assert not services.feedback.invite(session, pickup, now=NOW + DAY)
        assert pickup.feedback_due_at is None


class TestGiving:
    def test_a_good_rating_is_kept_and_alarms_nobody(self, session, pickup, courier):
        given = rate(session, pickup, Rating(5, (FeedbackReason.FRIENDLY,), comment=" 谢谢 "))

        assert (given.score, given.reasons, given.comment) == (5, ["friendly"], "谢谢")
        assert given.courier_id == courier.id
        assert told(session, NoticeKind.LOW_FEEDBACK) == set()

    def test_a_low_score_reaches_owner_and_dispatchers(self, session, pickup, owner, dispatcher):
        rate(session, pickup, Rating(2, (FeedbackReason.PAPERS,)))

        assert told(session, NoticeKind.LOW_FEEDBACK) == {owner.id, dispatcher.id}
        assert told(session, NoticeKind.CALL_ME_BACK) == set()

    def test_call_me_back_is_told_whatever_the_score(self, session, pickup, owner, dispatcher):
        rate(session, pickup, Rating(5, call_me_back=True))

        assert told(session, NoticeKind.CALL_ME_BACK) == {owner.id, dispatcher.id}

    def test_d8_a_rating_changed_often_is_one_rating_with_its_history(self, session, pickup):
        for score in (1, 2, 1, 2, 1):
            rate(session, pickup, Rating(score))

        versions = session.scalars(select(FeedbackVersion.score).order_by(FeedbackVersion.version)).all()
        low = session.scalar(select(func.count()).where(Notice.kind == NoticeKind.LOW_FEEDBACK))
        assert session.scalar(select(func.count()).select_from(Feedback)) == 1
        assert versions == [1, 2, 1, 2, 1]
        assert low == 2  # owner and dispatcher, each once

    def test_second_thoughts_that_turn_bad_are_told(self, session, pickup, owner, dispatcher):
        rate(session, pickup, Rating(4))
        rate(session, pickup, Rating(1), now=NOW + MINUTE)

        assert told(session, NoticeKind.LOW_FEEDBACK) == {owner.id, dispatcher.id}

    def test_a_rating_is_final_after_a_day(self, session, pickup):
        rate(session, pickup, Rating(4))

        with pytest.raises(FeedbackIsFinal):
            rate(session, pickup, Rating(1), now=NOW + DAY)

    def test_a_reason_must_fit_the_score(self, session, pickup):
        with pytest.raises(ReasonNotOffered):
            rate(session, pickup, Rating(5, (FeedbackReason.LATE,)))

    def test_d9_a_comment_is_plain_text(self, session, pickup):
        given = rate(session, pickup, Rating(3, comment="<b>‮x</b>\x07"))

        assert given.comment == "<b>x</b>"

    @pytest.mark.parametrize(
        ("visit", "screened"),
        [
            ({"avoidable_wait_seconds": 120, "outcome": WaitOutcome.COLLECTED}, None),
            ({"avoidable_wait_seconds": 121, "outcome": WaitOutcome.COLLECTED}, Screening.AVOIDABLE_WAIT),
            ({"protected": True, "outcome": WaitOutcome.LEFT}, Screening.PROTECTED_LEAVE),
            ({"avoidable_wait_seconds": 900, "outcome": WaitOutcome.UNDONE}, None),
        ],
    )
    def test_a_score_that_is_not_the_couriers_fault_is_left_out(self, session, pickup, visit, screened):
        make_wait(session, pickup, state=WaitState.CLOSED, **visit)

        assert rate(session, pickup, Rating(1)).left_out_because == screened
