"""A courier who does not come: who is told, the new time, and what ends the watch."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api import queries, services
from api.domain.branch_policy import BranchPolicy
from api.domain.notice_kinds import NoticeKind
from api.domain.pickups import PickupBooking
from api.domain.principal import Principal
from api.domain.vocabulary import EventOutcome, FieldEventType, PickupState, Quality, Role, Trust
from api.models import BranchPolicyVersion, Contact, FieldEvent, Notice, StopProposal
from tests import factories
from tests.fakes import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def branch(session):
    return factories.make_branch(session)


@pytest.fixture
def dispatcher(session, branch):
    return factories.make_staff(session, branch, role=Role.DISPATCHER)


@pytest.fixture
def by(dispatcher):
    return Principal(dispatcher.id, dispatcher.branch_id, dispatcher.role, dispatcher.locale, None)


@pytest.fixture
def courier(session, branch):
    return factories.make_staff(session, branch)


@pytest.fixture
def customer(session, branch):
    return factories.make_customer(session, branch)


@pytest.fixture
def pickup(session, customer, courier, dispatcher):
    """A pickup whose window ends in an hour, watched since it was booked."""
    pickup = factories.make_pickup(session, factories.make_site(session, customer), courier=courier)
    services.late_couriers.watch(pickup, BranchPolicy(), now=NOW)
    session.flush()
    return pickup


def look(session, minutes):
    return services.late_couriers.look_at_due(session, limit=10, now=NOW + minutes * MINUTE)


def told(session, kind=None):
    wanted = select(Notice)
    notices = session.scalars(wanted if kind is None else wanted.where(Notice.kind == kind))
    return sorted((notice.kind, notice.staff_id or notice.contact_id) for notice in notices)


def seen_at(session, pickup, latitude, *, minutes):
    """An event that the courier reported somewhere on his way."""
    session.add(
        FieldEvent(
            event_id=pickup.id,
            courier_id=pickup.courier_id,
            pickup_id=pickup.id,
            type=FieldEventType.DEPARTED,
            body_hash="",
            occurred_at=NOW + minutes * MINUTE,
            effective_at=NOW + minutes * MINUTE,
            received_at=NOW + minutes * MINUTE,
            quality=Quality.MEASURED,
            latitude=latitude,
            longitude=121.5055,
            trust=Trust.LOW,
            data={},
            outcome=EventOutcome.APPLIED,
        )
    )
    session.flush()


class TestWarning:
    def test_every_dispatcher_is_warned_and_the_courier_is_not(self, session, branch, pickup, dispatcher):
        other = factories.make_staff(session, branch, role=Role.DISPATCHER)

        look(session, 45)

        assert told(session) == [(NoticeKind.COURIER_LATE, id) for id in sorted([dispatcher.id, other.id])]

    def test_the_next_look_is_when_it_counts_as_missed(self, session, pickup):
        look(session, 45)
        session.refresh(pickup)

        assert pickup.lateness_due_at == pickup.window_end + 30 * MINUTE

    def test_the_contact_is_told_the_new_time(self, session, pickup):
        pickup.eta_at = NOW + 70 * MINUTE

        look(session, 45)

        (notice,) = session.scalars(select(Notice).where(Notice.kind == NoticeKind.NEW_TIME))
        assert (notice.contact_id, notice.variables) == (pickup.contact_id, {"expected_at": "10:40"})

    def test_without_an_eta_it_is_judged_by_where_he_was_last_seen(self, session, pickup):
        seen_at(session, pickup, 31.2335 + 0.03, minutes=40)  # 3.3 km away: 15.6 minutes

        look(session, 45)

        (notice,) = session.scalars(select(Notice).where(Notice.kind == NoticeKind.NEW_TIME))
        assert notice.variables == {"expected_at": "10:35"}

    def test_a_time_that_nobody_knows_is_told_once_it_is_known(self, session, pickup, by):
        look(session, 45)
        before = told(session, NoticeKind.NEW_TIME)

        for minutes in (70, 80):
            session.refresh(pickup)
            services.pickups.change(
                session,
                pickup_id=pickup.id,
                changes={"eta_at": NOW + minutes * MINUTE},
                version=pickup.version,
                by=by,
                now=NOW + 50 * MINUTE,
            )

        assert before == []
        assert told(session, NoticeKind.NEW_TIME) == [(NoticeKind.NEW_TIME, pickup.contact_id)]

    def test_who_opted_out_is_not_told(self, session, pickup):
        pickup.eta_at = NOW + 70 * MINUTE
        session.get_one(Contact, pickup.contact_id).opted_out_at = NOW

        look(session, 45)

        assert told(session, NoticeKind.NEW_TIME) == []

    def test_a_pickup_that_nobody_was_given_is_late_too(self, session, customer, dispatcher):
        pickup = factories.make_pickup(session, factories.make_site(session, customer))
        services.late_couriers.watch(pickup, BranchPolicy(), now=NOW)
        session.flush()

        look(session, 45)

        assert told(session) == [(NoticeKind.COURIER_LATE, dispatcher.id)]

    def test_the_branchs_own_numbers_hold(self, session, branch, pickup):
        session.add(
            BranchPolicyVersion(
                branch_id=branch.id,
                version=1,
                settings=BranchPolicy(missed_after_minutes=5).to_json(),
                created_by_id=pickup.courier_id,
                created_at=NOW,
            )
        )
        session.flush()

        look(session, 65)

        assert pickup.state is PickupState.MISSED

    def test_going_there_first_is_proposed_when_it_keeps_every_window(self, session, customer, pickup):
        far = factories.make_site(session, customer, latitude=31.2335 + 0.02)
        earlier = {"window_start": NOW - MINUTE, "window_end": NOW + 120 * MINUTE}
        factories.make_pickup(session, far, courier=_courier_of(session, pickup), **earlier)
        seen_at(session, pickup, 31.2335, minutes=44)

        look(session, 48)

        (proposal,) = session.scalars(select(StopProposal))
        assert (proposal.pickup_id, proposal.reason) == (pickup.id, "window_ends_soon")
        assert proposal.stops[0]["pickup_id"] == str(pickup.id)


class TestTheWatch:
    def test_booking_begins_it_and_another_window_begins_it_anew(self, session, customer, by):
        site = factories.make_site(session, customer)
        contact = factories.make_contact(session, customer)
        booking = PickupBooking("R-1", site.id, contact.id, NOW, NOW + 60 * MINUTE)

        pickup = services.pickups.book(session, booking, by=by, now=NOW).pickup
        booked = pickup.lateness_due_at
        services.pickups.reschedule(
            session,
            pickup_id=pickup.id,
            window_start=NOW + 60 * MINUTE,
            window_end=NOW + 120 * MINUTE,
            by=by,
            now=NOW,
        )

        assert (booked, pickup.lateness_due_at) == (NOW + 45 * MINUTE, NOW + 105 * MINUTE)

    def test_cancelling_ends_it(self, session, pickup, by):
        services.pickups.cancel(session, pickup_id=pickup.id, reason=None, by=by, now=NOW)

        assert pickup.lateness_due_at is None

    def test_another_courier_does_not_begin_it_anew(self, session, branch, pickup, by):
        look(session, 45)
        colleague = factories.make_staff(session, branch)

        services.pickups.assign(
            session, pickup_id=pickup.id, courier_id=colleague.id, by=by, now=NOW + 50 * MINUTE
        )

        session.refresh(pickup)
        assert pickup.lateness_due_at == NOW + 90 * MINUTE


def test_a_pickup_that_nobody_came_for_is_our_failure(session, customer, pickup):
    look(session, 90)

    served = queries.churn_care.services(session, [customer.id], low_score=2, now=NOW + 91 * MINUTE)

    assert (served[customer.id].late_arrivals, served[customer.id].leaves) == (1, 0)


def test_one_that_came_after_all_is_counted_once(session, customer, pickup):
    look(session, 90)
    pickup.state = PickupState.COLLECTED
    factories.make_wait(session, pickup, arrived_at=NOW + 95 * MINUTE, state="closed", outcome="collected")

    served = queries.churn_care.services(session, [customer.id], low_score=2, now=NOW + 120 * MINUTE)

    assert served[customer.id].late_arrivals == 1


def _courier_of(session, pickup):
    return session.get_one(factories.StaffMember, pickup.courier_id)
