"""What nobody acknowledges climbs: again, to the managers, to another rep. What is taken care of does not."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import services
from api.domain.errors import NotFound
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.vocabulary import (
    Channel,
    ExtensionState,
    FieldReportKind,
    HouseFinding,
    ReviewCause,
    Role,
)
from api.models import (
    Branch,
    CalendarDay,
    Change,
    ChurnAlert,
    Customer,
    Delivery,
    EventRecord,
    Feedback,
    Notice,
    StaffMember,
)
from api.services.field_reports import Found
from tests.factories import (
    make_branch,
    make_case,
    make_churn_alert,
    make_customer,
    make_device,
    make_link,
    make_pickup,
    make_site,
    make_staff,
    make_wait,
)
from tests.fakes import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def branch(session: Session) -> Branch:
    return make_branch(session)


@pytest.fixture
def manager(session: Session, branch: Branch) -> StaffMember:
    return make_staff(session, branch, role=Role.MANAGER)


@pytest.fixture
def rep(session: Session, branch: Branch) -> StaffMember:
    return make_staff(session, branch, role=Role.SALES_REP)


@pytest.fixture
def customer(session: Session, branch: Branch, rep: StaffMember) -> Customer:
    return make_customer(session, branch, owner_id=rep.id)


def caller(staff: StaffMember) -> Principal:
    return Principal(staff.id, staff.branch_id, staff.role, staff.locale, None)


def alert_of(session: Session, alert: ChurnAlert) -> Notice:
    """Tell the rep of an alert, as the night does."""
    kind = NoticeKind.CHURN_ALERT
    key = f"{kind}:{alert.id}:{alert.band}:{alert.owner_id}"
    telling = Telling(kind, alert.branch_id, key, staff_id=alert.owner_id, customer_id=alert.customer_id)
    services.notices.tell(session, telling, now=NOW)
    return session.get_one(Notice, telling.id)


def climb(session: Session, *, at: datetime) -> list[tuple[str, object]]:
    """Let climb what is due; return what was told then, and to whom."""
    services.climbing.climb_unacknowledged(session, limit=100, now=at)
    told = session.execute(select(Notice.kind, Notice.staff_id).where(Notice.decided_at == at))
    return sorted((kind, staff_id) for kind, staff_id in told)


def waiting(session: Session) -> int:
    """Count the notices that somebody is still waited for to acknowledge."""
    session.expire_all()
    return len(session.scalars(select(Notice.id).where(Notice.climbs_at.is_not(None))).all())


def test_a_churn_alert_climbs_on_day_one_three_and_five(session, customer, rep, manager):
    another = make_staff(session, session.get_one(Branch, customer.branch_id), role=Role.SALES_REP)
    alert_of(session, make_churn_alert(session, customer))

    told = [climb(session, at=NOW + day * DAY) for day in range(7)]

    assert told == [
        [("churn_alert", rep.id)],  # That of the night itself: nothing climbs yet.
        [("churn_alert", rep.id)],
        [],
        [("unacknowledged", manager.id)],
        [],
        [("churn_offered", another.id)],
        [],
    ]


def test_what_climbed_stays_in_its_thread_and_says_what_it_is_about(session, customer, manager):
    origin = alert_of(session, make_churn_alert(session, customer))
    climb(session, at=NOW + DAY)

    climb(session, at=NOW + 3 * DAY)

    told = session.scalars(select(Notice).where(Notice.staff_id == manager.id)).one()
    assert told.thread == origin.thread
    assert told.variables == {"about": "churn_alert", "waited": 72, "unit": "hours"}
    assert told.customer_id == customer.id


def test_k13_a_second_run_tells_nobody_again(session, customer, rep, manager):
    alert_of(session, make_churn_alert(session, customer))
    climb(session, at=NOW + DAY)

    assert services.climbing.climb_unacknowledged(session, limit=100, now=NOW + DAY) == 0
    assert len(session.scalars(select(Notice)).all()) == 2


def test_fault_6_after_five_days_of_downtime_only_the_highest_step_is_told(session, customer, rep, manager):
    another = make_staff(session, session.get_one(Branch, customer.branch_id), role=Role.SALES_REP)
    alert_of(session, make_churn_alert(session, customer))

    assert climb(session, at=NOW + 6 * DAY) == [("churn_offered", another.id)]


def test_alerts_are_offered_to_the_rep_with_the_fewest_and_spread(session, branch, rep, manager):
    busy, free = (make_staff(session, branch, role=Role.SALES_REP) for _ in range(2))
    make_churn_alert(session, make_customer(session, branch, owner_id=busy.id))
    for _ in range(3):
        alert_of(session, make_churn_alert(session, make_customer(session, branch, owner_id=rep.id)))

    told = climb(session, at=NOW + 5 * DAY)

    assert sorted(staff_id for _, staff_id in told) == sorted([free.id, free.id, busy.id])


def test_of_one_case_each_manager_is_told_once_however_many_kept_silent(session, branch, customer, rep):
    managers = [make_staff(session, branch, role=Role.MANAGER) for _ in range(2)]
    make_staff(session, branch, role=Role.DISPATCHER)
    case = make_case(session, customer, owner_id=rep.id, respond_by_at=NOW + 9 * HOUR)
    services.case_notices.tell_dispatchers(session, case, now=NOW)
    services.case_notices.tell_owner(session, case, NoticeKind.CASE_ASSIGNED, now=NOW)
    climb(session, at=NOW + HOUR)

    told = climb(session, at=NOW + 2 * HOUR)

    assert told == sorted(("unacknowledged", manager.id) for manager in managers)


def test_working_hours_pass_only_while_the_branch_is_open(session, customer, rep):
    case = make_case(session, customer, owner_id=rep.id, respond_by_at=NOW + 90 * HOUR)
    in_the_evening = NOW + 10 * HOUR  # 19:30, half an hour before it closes.

    services.case_notices.tell_owner(session, case, NoticeKind.CASE_ASSIGNED, now=in_the_evening)

    climbs_at = session.scalars(select(Notice.climbs_at)).one()
    assert climbs_at == in_the_evening + timedelta(hours=13)  # 08:30 of the next morning.


def test_working_hours_do_not_pass_on_a_day_on_which_the_branch_is_closed(session, customer, rep):
    case = make_case(session, customer, owner_id=rep.id, respond_by_at=NOW + 90 * HOUR)
    in_the_evening = NOW + 10 * HOUR
    tomorrow = (NOW + DAY).date()
    session.add(CalendarDay(branch_id=customer.branch_id, day_on=tomorrow, is_worked=False, set_at=NOW))

    services.case_notices.tell_owner(session, case, NoticeKind.CASE_ASSIGNED, now=in_the_evening)

    climbs_at = session.scalars(select(Notice.climbs_at)).one()
    assert climbs_at == in_the_evening + timedelta(hours=37)


def test_an_acknowledgement_counts_as_read_and_ends_the_climb_of_its_thread(session, customer, rep, manager):
    notice = alert_of(session, make_churn_alert(session, customer))
    climb(session, at=NOW + DAY)

    services.climbing.acknowledge(session, notice_id=notice.id, by=caller(rep), now=NOW + 2 * DAY)

    assert waiting(session) == 0
    assert (notice.acknowledged_at, notice.seen_at) == (NOW + 2 * DAY, NOW + 2 * DAY)
    assert climb(session, at=NOW + 3 * DAY) == []


def test_acknowledging_again_changes_nothing(session, customer, rep):
    notice = alert_of(session, make_churn_alert(session, customer))
    services.climbing.acknowledge(session, notice_id=notice.id, by=caller(rep), now=NOW + HOUR)

    services.climbing.acknowledge(session, notice_id=notice.id, by=caller(rep), now=NOW + 2 * HOUR)

    session.expire_all()
    assert notice.acknowledged_at == NOW + HOUR
    facts = select(EventRecord.actor_id).where(EventRecord.name == "notice.acknowledged")
    assert session.scalars(facts).all() == [rep.id]


def test_a_manager_may_acknowledge_what_climbed_to_him(session, customer, rep, manager):
    alert_of(session, make_churn_alert(session, customer))
    climb(session, at=NOW + DAY)
    climb(session, at=NOW + 3 * DAY)
    climbed = session.scalars(select(Notice).where(Notice.staff_id == manager.id)).one()

    services.climbing.acknowledge(session, notice_id=climbed.id, by=caller(manager), now=NOW + 4 * DAY)

    assert waiting(session) == 0


def test_b1_nobody_acknowledges_for_another(session, customer, manager):
    notice = alert_of(session, make_churn_alert(session, customer))

    with pytest.raises(NotFound):
        services.climbing.acknowledge(session, notice_id=notice.id, by=caller(manager), now=NOW)

    assert waiting(session) == 1


def test_who_has_only_seen_it_is_told_again(session, customer, rep):
    notice = alert_of(session, make_churn_alert(session, customer))
    services.notices.mark_seen(session, notice_id=notice.id, by=caller(rep), now=NOW)

    assert climb(session, at=NOW + DAY) == [("churn_alert", rep.id)]


def test_phones_hear_that_nobody_is_waited_for_any_longer(session, customer, rep, manager):
    alert = make_churn_alert(session, customer)
    notice = alert_of(session, alert)

    services.churn_alerts.acknowledge(session, alert_id=alert.id, by=caller(rep), now=NOW + HOUR)

    changed = select(Change.subject_id).where(Change.changed_at == NOW + HOUR, Change.staff_id == rep.id)
    assert session.scalars(changed).all() == [notice.id]


class TestTheMatterItselfIsTakenCareOf:
    """Whoever acts on what a notice is about need not acknowledge the notice besides."""

    @pytest.mark.parametrize("verb", ["acknowledge", "act"])
    def test_a_rep_takes_up_his_alert(self, session, customer, rep, verb):
        alert = make_churn_alert(session, customer)
        alert_of(session, alert)

        getattr(services.churn_alerts, verb)(session, alert_id=alert.id, by=caller(rep), now=NOW)

        assert waiting(session) == 0

    @pytest.mark.parametrize("verb", ["answer", "close", "assign"])
    def test_a_case_is_answered_closed_or_given_to_somebody_else(
        self, session, branch, customer, rep, manager, verb
    ):
        case = make_case(session, customer, owner_id=rep.id)
        services.case_notices.tell_owner(session, case, NoticeKind.CASE_ASSIGNED, now=NOW)
        said = {
            "answer": {"text": "We come at once."},
            "close": {"outcome": "We came at once."},
            "assign": {"owner_id": manager.id},
        }[verb]

        work = getattr(services.case_work, verb)
        work(session, case_id=case.id, version=case.version, by=caller(manager), now=NOW, **said)

        assert waiting(session) == 0

    def test_the_case_of_a_low_rating_is_answered(self, session, customer, rep, manager):
        pickup = make_pickup(session, make_site(session, customer))
        case = make_case(session, customer, owner_id=rep.id, pickup_id=pickup.id)
        kind = NoticeKind.LOW_FEEDBACK
        telling = Telling(
            kind,
            customer.branch_id,
            f"{kind}:1:{rep.id}",
            staff_id=rep.id,
            pickup_id=pickup.id,
            case_id=case.id,
        )
        services.notices.tell(session, telling, now=NOW)

        services.case_work.answer(
            session, case_id=case.id, text="Sorry.", version=case.version, by=caller(rep), now=NOW
        )

        assert waiting(session) == 0

    def test_a_case_that_is_overdue_climbs_by_its_deadline_instead(self, session, customer, rep, manager):
        case = make_case(session, customer, owner_id=rep.id, respond_by_at=NOW + HOUR)
        services.case_notices.tell_owner(session, case, NoticeKind.CASE_ASSIGNED, now=NOW)

        services.case_notices.tell_overdue(session, case, now=NOW + HOUR)

        assert waiting(session) == 0

    def test_one_report_is_acknowledged_and_the_other_still_waits(self, session, customer, rep):
        reports = [
            services.field_reports.open_by_house(
                session,
                Found(
                    make_site(session, customer).id, FieldReportKind.OTHER, HouseFinding.PROMISES_BROKEN, {}
                ),
                now=NOW,
            )
            for _ in range(2)
        ]

        services.field_reports.acknowledge(session, report_id=reports[0].id, by=caller(rep), now=NOW)

        left = session.scalars(select(Notice.dedupe_key).where(Notice.climbs_at.is_not(None))).all()
        assert left == [f"field_report:{reports[1].id}:{rep.id}"]

    def test_a_rating_is_reviewed(self, session, customer, manager):
        pickup = make_pickup(session, make_site(session, customer))
        given = Feedback(
            branch_id=pickup.branch_id,
            pickup_id=pickup.id,
            customer_id=customer.id,
            contact_id=pickup.contact_id,
            link_id=make_link(session, pickup).id,
            score=2,
            reasons=[],
            call_me_back=False,
            version=1,
            given_at=NOW,
            changed_at=NOW,
            review_because=ReviewCause.OWN_NETWORK,
            review_asked_at=NOW,
        )
        session.add(given)
        session.flush()
        kind = NoticeKind.FEEDBACK_REVIEW
        key = f"{kind}:{given.id}:{manager.id}"
        telling = Telling(kind, pickup.branch_id, key, staff_id=manager.id, pickup_id=pickup.id)
        services.notices.tell(session, telling, now=NOW)

        services.feedback_reviews.review(
            session, feedback_id=given.id, counts=True, reason="It is his own.", by=caller(manager), now=NOW
        )

        assert waiting(session) == 0

    def test_more_time_at_the_door_is_decided(self, session, branch):
        dispatcher = make_staff(session, branch, role=Role.DISPATCHER)
        pickup = make_pickup(
            session, make_site(session, make_customer(session, branch)), courier=make_staff(session, branch)
        )
        wait = make_wait(
            session,
            pickup,
            extension_state=ExtensionState.REQUESTED,
            extension_minutes=5,
            extension_asked_at=NOW,
            extension_asked_by="contact",
        )
        kind = NoticeKind.WAIT_UNDECIDED
        telling = Telling(
            kind, branch.id, f"{kind}:{wait.id}:{dispatcher.id}", staff_id=dispatcher.id, wait_id=wait.id
        )
        services.notices.tell(session, telling, now=NOW)

        services.waits.decide_extension(
            session, pickup_id=pickup.id, granted=False, by=caller(dispatcher), now=NOW
        )

        assert waiting(session) == 0

    def test_the_thread_is_no_longer_so(self, session, customer, rep, manager):
        notice = alert_of(session, make_churn_alert(session, customer))
        climb(session, at=NOW + DAY)

        services.notices.supersede_thread(session, notice.thread, now=NOW + 2 * DAY)

        assert waiting(session) == 0


def test_a_wait_without_a_decision_reaches_the_managers_after_ten_minutes(session, branch, manager):
    make_device(session, manager)
    dispatcher = make_staff(session, branch, role=Role.DISPATCHER)
    kind = NoticeKind.WAIT_UNDECIDED
    telling = Telling(
        kind, branch.id, f"{kind}:{branch.id}:{dispatcher.id}", staff_id=dispatcher.id, wait_id=branch.id
    )
    services.notices.tell(session, telling, now=NOW)

    told = climb(session, at=NOW + timedelta(minutes=10))

    assert told == [("unacknowledged", manager.id)]
    assert session.scalars(select(Delivery.channel)).all() == [Channel.PUSH]
