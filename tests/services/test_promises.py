"""Promise accuracy: which pickups count, who is asked earlier for it, and when the owner hears of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api import queries, services
from api.domain.branch_policy import BranchPolicy
from api.domain.notice_kinds import NoticeKind
from api.domain.promises import PromiseAccuracy
from api.domain.vocabulary import (
    FieldReportKind,
    FieldReportState,
    HouseFinding,
    PickupState,
    Quality,
    ReadinessAnswer,
    Role,
    WaitCause,
    WaitOutcome,
    WaitState,
)
from api.models import Change, FieldReport, Notice
from tests.factories import make_branch, make_customer, make_pickup, make_site, make_staff, make_wait
from tests.fakes import NOW
from tests.statements import counted, short

MINUTE = timedelta(minutes=1)
POLICY = BranchPolicy()


@pytest.fixture
def branch(session):
    return make_branch(session)


@pytest.fixture
def owner(session, branch):
    return make_staff(session, branch, role=Role.SALES_REP)


@pytest.fixture
def site(session, branch, owner):
    return make_site(session, make_customer(session, branch, owner_id=owner.id))


@pytest.fixture
def courier(session, branch):
    return make_staff(session, branch)


@pytest.fixture
def promised(session, site, courier):
    """Adds a pickup that was said to be ready, and the wait that followed; returns both."""

    def promised(*, waited, days_ago=1, at=site, answer=ReadinessAnswer.READY, early=10 * MINUTE, **columns):
        arrived_at = NOW - timedelta(days=days_ago)
        pickup = make_pickup(
            session,
            at,
            courier=courier,
            state=PickupState.COLLECTED,
            window_start=arrived_at,
            window_end=arrived_at + 60 * MINUTE,
            readiness_answer=answer,
            readiness_answered_at=arrived_at - early,
        )
        ended = {
            "state": WaitState.CLOSED,
            "outcome": WaitOutcome.COLLECTED,
            "departed_at": arrived_at + 10 * MINUTE,
            "avoidable_wait_seconds": waited,
        }
        return pickup, make_wait(session, pickup, **(ended | {"arrived_at": arrived_at} | columns))

    return promised


class TestAccuracy:
    def test_a_site_nobody_has_answered_for_has_none(self, session, site):
        assert queries.promises.of_site(session, site.id) == PromiseAccuracy(0, 0)

    def test_a_minute_of_waiting_still_keeps_a_promise(self, session, site, promised):
        for waited in (0, 60, 61, 300):
            promised(waited=waited)

        assert queries.promises.of_site(session, site.id) == PromiseAccuracy(promised=4, kept=2)

    def test_only_the_twenty_newest_answered_pickups_count(self, session, site, promised):
        for day in range(15):
            promised(waited=0, days_ago=40 - day)
        for day in range(10):
            promised(waited=300, days_ago=20 - day)
        for day in range(6):
            promised(waited=300, days_ago=6 - day, answer=ReadinessAnswer.IN_MINUTES)

        # Of the newest twenty six answered otherwise; ten were broken, and the rest are of the older ones.
        assert queries.promises.of_site(session, site.id) == PromiseAccuracy(promised=14, kept=4)

    def test_the_cause_that_was_ours_keeps_the_promise(self, session, site, promised):
        promised(waited=0, cause=WaitCause.ACCESS)

        assert queries.promises.of_site(session, site.id) == PromiseAccuracy(promised=1, kept=1)

    @pytest.mark.parametrize(
        "unlike",
        [
            {"outcome": WaitOutcome.UNDONE, "waited": None},
            {"outcome": WaitOutcome.ABANDONED, "waited": None},
            {"quality": Quality.UNVERIFIED},
            {"early": -MINUTE},
            {"answer": None},
        ],
        ids=["undone", "abandoned", "nobody can vouch for its times", "said too late", "nothing said"],
    )
    def test_what_says_nothing_about_the_customer_is_passed_over(self, session, site, promised, unlike):
        promised(**({"waited": 300} | unlike))

        assert queries.promises.of_site(session, site.id).promised == 0

    def test_many_sites_cost_one_statement(self, database, session, site, branch, promised):
        other = make_site(session, make_customer(session, branch))
        promised(waited=0)
        promised(waited=300, at=other)

        with counted(database) as statements:
            found = queries.promises.of_sites(session, [site.id, other.id])

        assert found == {site.id: PromiseAccuracy(1, 1), other.id: PromiseAccuracy(1, 0)}
        assert len(statements) == 1, short(statements)


class TestAsking:
    @pytest.fixture
    def pickup(self, session, site, courier):
        return make_pickup(
            session,
            site,
            courier=courier,
            window_start=NOW + 60 * MINUTE,
            window_end=NOW + 120 * MINUTE,
        )

    def test_a_doubtful_site_is_asked_45_minutes_before(self, session, pickup, promised):
        for _ in range(5):
            promised(waited=300)

        assert services.readiness.ask(session, pickup, now=NOW + 15 * MINUTE)

    def test_a_site_that_keeps_its_word_is_not(self, session, pickup, promised):
        for _ in range(5):
            promised(waited=10)

        assert not services.readiness.ask(session, pickup, now=NOW + 15 * MINUTE)
        assert pickup.ping_due_at == NOW + 30 * MINUTE

    def test_four_broken_promises_say_nothing_yet(self, session, pickup, promised):
        for _ in range(4):
            promised(waited=300)

        assert not services.readiness.ask(session, pickup, now=NOW + 15 * MINUTE)


class TestReport:
    @pytest.fixture
    def broken(self, promised):
        """Five broken promises: the last of them has just been."""
        return [promised(waited=300, days_ago=day) for day in range(5, 0, -1)]

    def learn(self, session, broken, *, now=NOW):
        services.promises.learn(session, broken[-1:], policy=POLICY, now=now)
        return session.scalars(select(FieldReport).order_by(FieldReport.id)).all()

    def test_it_opens_by_itself_and_the_owner_is_told(self, session, site, owner, broken):
        (report,) = self.learn(session, broken)

        assert (report.site_id, report.customer_id) == (site.id, site.customer_id)
        assert (report.kind, report.finding) == (FieldReportKind.OTHER, HouseFinding.PROMISES_BROKEN)
        assert report.figures == {"promised": 5, "kept": 0}
        assert report.reported_by_id is None
        told = session.scalars(select(Notice.staff_id).where(Notice.kind == NoticeKind.FIELD_REPORT)).all()
        assert told == [owner.id]

    def test_a_customer_without_an_owner_is_the_managers_business(self, session, branch, site, broken):
        manager = make_staff(session, branch, role=Role.MANAGER)
        session.get_one(queries.customers.Customer, site.customer_id).owner_id = None

        self.learn(session, broken)

        told = session.scalars(select(Notice.staff_id).where(Notice.kind == NoticeKind.FIELD_REPORT)).all()
        assert told == [manager.id]

    def test_nothing_is_said_twice(self, session, broken):
        self.learn(session, broken)

        assert len(self.learn(session, broken, now=NOW + timedelta(days=29))) == 1

    def test_after_30_days_it_is_said_anew_and_the_old_report_is_closed(self, session, broken):
        self.learn(session, broken)

        old, new = self.learn(session, broken, now=NOW + timedelta(days=30))

        assert (old.state, new.state) == (FieldReportState.CLOSED, FieldReportState.OPEN)

    def test_after_it_was_closed_it_opens_at_once(self, session, broken):
        (report,) = self.learn(session, broken)
        report.state = FieldReportState.CLOSED
        session.flush()

        assert len(self.learn(session, broken, now=NOW + MINUTE)) == 2

    def test_four_of_ten_kept_is_a_warning_but_no_report(self, session, site, promised, broken):
        for _ in range(4):
            promised(waited=0)
        promised(waited=300)

        assert self.learn(session, broken) == []

    def test_the_warning_reaches_phones_that_keep_a_copy(self, session, site, courier, broken):
        waiting = make_pickup(session, site, courier=courier)

        self.learn(session, broken)

        noted = session.scalars(select(Change.subject_id).where(Change.staff_id == courier.id)).all()
        assert waiting.id in noted

    def test_a_kept_promise_asks_nothing_of_the_database(self, database, session, promised):
        kept = promised(waited=60)

        with counted(database) as statements:
            services.promises.learn(session, [kept], policy=POLICY, now=NOW)

        assert statements == [], short(statements)
