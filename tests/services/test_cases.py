"""Cases: who gets one, what is told to whom, and how it goes to and fro until it is closed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from api import queries, services
from api.domain.cases import CaseIsClosed, Complaint, NewCase, NotACaseOwner, WrittenTooOften
from api.domain.errors import PreconditionFailed
from api.domain.feedback import Rating
from api.domain.link_policy import LinkVerb
from api.domain.notice_kinds import NoticeKind
from api.domain.principal import Principal
from api.domain.vocabulary import (
    CaseCategory,
    CaseKind,
    CaseSaying,
    CaseState,
    LinkPurpose,
    PickupState,
    Role,
)
from api.models import CalendarDay, Case, CaseMessage, Customer, Delivery, Link, Notice, Shift, StaffMember
from api.services.wait_notices import Dispatchers
from tests import factories
from tests.fakes import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NIGHT = NOW + timedelta(hours=13)  # 22:30 in Shanghai
LATE = Complaint(CaseCategory.LATE, "他来晚了")


@pytest.fixture
def branch(session):
    return factories.make_branch(session)


@pytest.fixture
def owner(session, branch):
    return factories.make_staff(session, branch, role=Role.SALES_REP)


@pytest.fixture
def dispatcher(session, branch):
    return factories.make_staff(session, branch, role=Role.DISPATCHER)


@pytest.fixture
def manager(session, branch):
    return factories.make_staff(session, branch, role=Role.MANAGER)


@pytest.fixture
def customer(session, branch, owner):
    return factories.make_customer(session, branch, owner_id=owner.id)


@pytest.fixture
def contact(session, customer):
    return factories.make_contact(session, customer)


@pytest.fixture
def pickup(session, customer, contact, branch):
    courier = factories.make_staff(session, branch)
    site = factories.make_site(session, customer)
    return factories.make_pickup(session, site, contact, courier=courier, state=PickupState.COLLECTED)


def principal(staff):
    return Principal(staff.id, staff.branch_id, staff.role, staff.locale, None)


def opened_through(session, link, verb, now=NOW):
    return services.links.open_by_id(session, link_id=link.id, verb=verb, now=now)


@pytest.fixture
def feedback_link(session, pickup):
    return factories.make_link(session, pickup, purpose=LinkPurpose.FEEDBACK, expires_at=NOW + 7 * DAY)


@pytest.fixture
def complain(session, feedback_link):
    def complain(complaint=LATE, *, link=feedback_link, now=NOW):
        through = opened_through(session, link, LinkVerb.COMPLAIN, now)
        return services.cases.complain(session, through=through, complaint=complaint, now=now)

    return complain


def case_link(session, case):
    return session.scalars(select(Link).where(Link.case_id == case.id)).one()


def write(session, case, text="还没有人来电话", now=NOW):
    through = opened_through(session, case_link(session, case), LinkVerb.ANSWER_CASE, now)
    return services.cases.answer_by_contact(session, through=through, text=text, now=now)


def answer(session, case, staff, now=NOW):
    return services.case_work.answer(
        session, case_id=case.id, text="马上处理", version=case.version, by=principal(staff), now=now
    )


def close(session, case, staff, now=NOW):
    return services.case_work.close(
        session, case_id=case.id, outcome="已退款", version=case.version, by=principal(staff), now=now
    )


def told(session, kind):
    """Return who was told something of this kind, staff and contacts."""
    found = session.execute(select(Notice.staff_id, Notice.contact_id).where(Notice.kind == kind))
    return {staff_id or contact_id for staff_id, contact_id in found}


def said(session, case):
    found = select(CaseMessage.saying, CaseMessage.text).where(CaseMessage.case_id == case.id)
    return session.execute(found.order_by(CaseMessage.id)).all()


class TestOpening:
    def test_cases_of_a_branch_are_numbered_from_one(self, session, customer):
        new = NewCase(customer.branch_id, customer.id, CaseKind.INQUIRY, CaseCategory.OTHER)
        stranger = factories.make_customer(session)

        numbers = [services.cases.open_case(session, new, now=NOW).number for _ in range(3)]
        elsewhere = NewCase(stranger.branch_id, stranger.id, CaseKind.INQUIRY, CaseCategory.OTHER)

        assert numbers == [1, 2, 3]
        assert services.cases.open_case(session, elsewhere, now=NOW).number == 1

    def test_the_customers_rep_has_it(self, complain, owner):
        assert complain().owner_id == owner.id

    def test_without_a_rep_who_works_here_the_dispatcher_has_it(
        self, session, complain, customer, owner, dispatcher
    ):
        session.get_one(StaffMember, owner.id).deactivated_at = NOW

        assert complain().owner_id == dispatcher.id

    def test_without_dispatchers_the_manager_has_it(self, session, complain, customer, manager):
        session.get_one(Customer, customer.id).owner_id = None

        assert complain().owner_id == manager.id

    @pytest.mark.parametrize(
        ("rating", "kind", "category"),
        [
            (Rating(2, comment="没带单据"), CaseKind.COMPLAINT, CaseCategory.LOW_SCORE),
            (Rating(5, call_me_back=True, comment="没带单据"), CaseKind.INQUIRY, CaseCategory.CALL_BACK),
        ],
    )
    def test_a_rating_that_calls_for_care_opens_one_case_however_often_it_changes(
        self, session, feedback_link, owner, rating, kind, category
    ):
        through = opened_through(session, feedback_link, LinkVerb.GIVE_FEEDBACK)
        for _ in range(3):
            services.feedback.give(session, through=through, rating=rating, now=NOW)

        case = session.scalars(select(Case)).one()
        assert (case.kind, case.category, case.owner_id) == (kind, category, owner.id)
        assert said(session, case) == [(CaseSaying.OPENING, "没带单据")]

    def test_a_good_rating_opens_none(self, session, feedback_link):
        through = opened_through(session, feedback_link, LinkVerb.GIVE_FEEDBACK)

        services.feedback.give(session, through=through, rating=Rating(5), now=NOW)

        assert session.scalars(select(Case)).all() == []

    def test_a_low_score_names_its_case_to_owner_and_dispatcher(
        self, session, feedback_link, owner, dispatcher
    ):
        through = opened_through(session, feedback_link, LinkVerb.GIVE_FEEDBACK)

        services.feedback.give(session, through=through, rating=Rating(1), now=NOW)

        case = session.scalars(select(Case)).one()
        notices = session.scalars(select(Notice).where(Notice.kind == NoticeKind.LOW_FEEDBACK)).all()
        assert {(one.staff_id, one.case_id) for one in notices} == {
            (owner.id, case.id),
            (dispatcher.id, case.id),
        }

    def test_at_night_the_dispatcher_on_shift_hears_at_once_and_the_rep_in_the_morning(
        self, session, feedback_link, owner, dispatcher
    ):
        for staff in (owner, dispatcher):
            factories.make_device(session, staff)
        session.add(Shift(branch_id=dispatcher.branch_id, staff_id=dispatcher.id, started_at=NIGHT - HOUR))
        through = opened_through(session, feedback_link, LinkVerb.GIVE_FEEDBACK, NIGHT)

        services.feedback.give(session, through=through, rating=Rating(1), now=NIGHT)

        leaving = select(Notice.staff_id, Delivery.next_at).join(Delivery, Delivery.notice_id == Notice.id)
        held = select(Notice.staff_id, Notice.held_until).where(Notice.held_until.is_not(None))
        assert dict(session.execute(leaving).all()) == {dispatcher.id: NIGHT}
        assert dict(session.execute(held).all()) == {owner.id: NOW + timedelta(hours=22, minutes=30)}

    def test_a_missed_pickup_opens_one_for_its_owner(self, session, pickup, owner):
        dispatchers = Dispatchers(session, now=NOW)
        for _ in range(2):
            opened = services.cases.open_for_missed(session, [pickup], dispatchers, now=NOW)

        case = session.scalars(select(Case)).one()
        assert opened == {pickup.id: case.id}
        assert (case.kind, case.category) == (CaseKind.EXCEPTION, CaseCategory.MISSED_PICKUP)
        assert told(session, NoticeKind.CASE_ASSIGNED) == {owner.id}


class TestComplaining:
    def test_a_complaint_is_told_to_owner_and_dispatchers(self, session, complain, owner, dispatcher):
        case = complain()

        assert (case.kind, case.category, case.state) == (
            CaseKind.COMPLAINT,
            CaseCategory.LATE,
            CaseState.OPEN,
        )
        assert case.respond_by_at == NOW + 4 * HOUR
        assert told(session, NoticeKind.CASE_ASSIGNED) == {owner.id}
        assert told(session, NoticeKind.CASE_OPENED) == {dispatcher.id}

    def test_its_deadline_passes_over_a_day_on_which_the_branch_is_closed(self, session, complain, branch):
        tomorrow = date(2026, 11, 19)
        session.add(CalendarDay(branch_id=branch.id, day_on=tomorrow, is_worked=False, set_at=NOW))
        an_hour_before_closing = datetime(2026, 11, 18, 11, tzinfo=UTC)

        case = complain(now=an_hour_before_closing)

        assert case.respond_by_at == datetime(2026, 11, 20, 3, tzinfo=UTC)

    def test_what_is_about_the_same_pickup_joins_the_open_case(self, session, complain, feedback_link):
        through = opened_through(session, feedback_link, LinkVerb.GIVE_FEEDBACK)
        services.feedback.give(session, through=through, rating=Rating(1, comment="一分"), now=NOW)

        case = complain()

        assert session.scalars(select(Case)).all() == [case]
        assert [text for _, text in said(session, case)] == ["一分", "他来晚了"]

    def test_through_the_link_of_a_case_another_one_opens(self, session, complain):
        first = complain()

        second = complain(link=case_link(session, first))

        assert second.number == first.number + 1
        assert second.contact_id == first.contact_id

    def test_d10_three_a_day_then_the_managers_are_alerted_once(self, session, complain, manager):
        for _ in range(3):
            complain()
        for _ in range(2):
            with pytest.raises(WrittenTooOften):
                complain()

        assert told(session, NoticeKind.COMPLAINT_FLOOD) == {manager.id}
        assert session.scalar(select(func.count()).select_from(CaseMessage)) == 3
        assert complain(now=NOW + DAY)

    def test_d9_a_complaint_is_kept_as_plain_text(self, session, complain):
        case = complain(Complaint(CaseCategory.OTHER, "<b>\u202ex</b>\x07=1+1"))

        assert said(session, case) == [(CaseSaying.OPENING, "<b>x</b>=1+1")]


class TestToAndFro:
    def test_an_answer_is_told_to_the_contact_with_his_link(self, session, complain, owner, contact):
        case = answer(session, complain(), owner)

        notice = session.scalars(select(Notice).where(Notice.kind == NoticeKind.CASE_ANSWERED)).one()
        assert case.state is CaseState.ANSWERED
        assert (notice.contact_id, notice.link_id) == (contact.id, case_link(session, case).id)

    def test_an_answer_written_at_night_reaches_the_contact_in_his_hours(self, session, complain, owner):
        answer(session, complain(), owner, NIGHT)

        leaves_at = (
            select(Delivery.next_at)
            .join(Notice, Notice.id == Delivery.notice_id)
            .where(Notice.kind == NoticeKind.CASE_ANSWERED)
        )
        assert session.scalar(leaves_at) == NOW + timedelta(hours=22, minutes=30)

    def test_nobody_answers_what_he_has_not_read(self, session, complain, owner):
        case = complain()
        read = case.version
        write(session, case)

        with pytest.raises(PreconditionFailed):
            services.case_work.answer(
                session, case_id=case.id, text="好", version=read, by=principal(owner), now=NOW
            )

    def test_a_reply_opens_the_case_again_with_a_new_deadline(self, session, complain, owner):
        case = answer(session, complain(), owner)

        write(session, case, now=NOW + HOUR)

        assert (case.state, case.respond_by_at) == (CaseState.OPEN, NOW + 5 * HOUR)
        assert told(session, NoticeKind.CASE_REPLIED) == {owner.id}

    def test_a_reply_while_he_waits_moves_no_deadline(self, session, complain):
        case = write(session, complain(), now=NOW + HOUR)

        assert case.respond_by_at == NOW + 4 * HOUR

    def test_closing_tells_the_outcome_and_leaves_the_link_thirty_days(self, session, complain, owner):
        case = close(session, complain(), owner)

        assert case.state is CaseState.CLOSED
        assert queries.cases.view_of(session, case).outcome == "已退款"
        assert told(session, NoticeKind.CASE_CLOSED) == {case.contact_id}
        session.expire_all()
        assert case_link(session, case).expires_at == NOW + 30 * DAY

    def test_a_closed_case_is_not_answered_but_can_be_opened_again_by_its_contact(
        self, session, complain, owner
    ):
        case = close(session, complain(), owner)
        with pytest.raises(CaseIsClosed):
            answer(session, case, owner)

        write(session, case, now=NOW + DAY)

        assert (case.state, case.closed_at) == (CaseState.OPEN, None)
        assert queries.cases.view_of(session, case).outcome is None
        session.expire_all()
        assert case_link(session, case).expires_at > NOW + 300 * DAY

    def test_the_last_outcome_leaves_out_what_is_about_this_pickup(self, session, complain, owner, contact):
        case = close(session, complain(), owner)

        here = queries.cases.last_outcome_for(session, contact.id, except_pickup_id=case.pickup_id)
        elsewhere = queries.cases.last_outcome_for(session, contact.id)

        assert here is None
        assert (elsewhere.number, elsewhere.state, elsewhere.outcome) == (case.number, "closed", "已退款")

    def test_a_case_changes_hands(self, session, complain, owner, dispatcher):
        case = complain()

        services.case_work.assign(
            session,
            case_id=case.id,
            owner_id=dispatcher.id,
            version=case.version,
            by=principal(owner),
            now=NOW,
        )

        assert case.owner_id == dispatcher.id
        assert dispatcher.id in told(session, NoticeKind.CASE_ASSIGNED)

    def test_a_courier_owns_no_case(self, session, complain, owner, pickup):
        case = complain()

        with pytest.raises(NotACaseOwner):
            services.case_work.assign(
                session,
                case_id=case.id,
                owner_id=pickup.courier_id,
                version=case.version,
                by=principal(owner),
                now=NOW,
            )


class TestOverdue:
    def test_owner_and_managers_are_told_once_for_a_deadline(self, session, complain, owner, manager):
        case = complain()
        due = case.respond_by_at

        early = services.cases.tell_overdue(session, limit=10, now=due - timedelta(seconds=1))
        told_now = [services.cases.tell_overdue(session, limit=10, now=due) for _ in range(2)]

        assert (early, told_now) == (0, [1, 0])
        assert told(session, NoticeKind.CASE_OVERDUE) == {owner.id, manager.id}

    def test_an_answered_case_is_not_overdue(self, session, complain, owner):
        case = answer(session, complain(), owner)

        assert services.cases.tell_overdue(session, limit=10, now=case.respond_by_at + DAY) == 0

    def test_the_alarm_turns_nobody_away_who_is_writing(self, session, complain, owner):
        case = complain()
        read, due = case.version, case.respond_by_at

        services.cases.tell_overdue(session, limit=10, now=due)

        session.refresh(case)
        assert case.version == read
        assert answer(session, case, owner, due).state is CaseState.ANSWERED
