"""Readiness: when a contact is asked, what an answer changes, and who hears of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api import services
from api.domain.link_policy import LinkExpired, LinkVerb
from api.domain.notice_kinds import NoticeKind
from api.domain.readiness import CourierHasArrived, MinutesNotOffered, Said
from api.domain.vocabulary import LinkPurpose, NoticeState, PickupState, ReadinessAnswer, Role
from api.models import Contact, Notice, ReadinessRecord
from tests.factories import (
    make_branch,
    make_contact,
    make_customer,
    make_device,
    make_link,
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
def courier(session, branch):
    return make_staff(session, branch)


@pytest.fixture
def dispatcher(session, branch):
    return make_staff(session, branch, role=Role.DISPATCHER)


@pytest.fixture
def pickup(session, branch, courier, dispatcher):
    """A pickup whose window begins in an hour."""
    customer = make_customer(session, branch)
    return make_pickup(
        session,
        make_site(session, customer),
        make_contact(session, customer),
        courier=courier,
        window_start=NOW + 60 * MINUTE,
        window_end=NOW + 120 * MINUTE,
    )


def answer(session, pickup, said, *, now=NOW):
    link = make_link(session, pickup)
    token = services.links.token(session, link)
    opened = services.links.open_by_token(session, token=token, verb=LinkVerb.ANSWER_READINESS, now=now)
    return services.readiness.answer(session, through=opened, said=said, now=now)


def told(session):
    """Return who was told what: (kind, staff or contact)."""
    notices = session.scalars(select(Notice).where(Notice.state != NoticeState.SUPERSEDED))
    return {(notice.kind, notice.staff_id or notice.contact_id) for notice in notices}


class TestAsking:
    def test_asking_is_looked_at_as_early_as_anybody_is_asked(self, session, pickup):
        services.readiness.schedule_ping(session, pickup, now=NOW)

        assert pickup.ping_due_at == pickup.window_start - 45 * MINUTE

    def test_the_first_question_goes_half_an_hour_before_the_window(self, session, pickup):
        version = pickup.version

        assert not services.readiness.ask(session, pickup, now=NOW + 15 * MINUTE)

        assert pickup.ping_due_at == pickup.window_start - 30 * MINUTE
        assert pickup.version == version, "looking changes nothing that people see"

    def test_an_eta_moves_the_question(self, session, pickup):
        services.etas.move(session, pickup, NOW + 90 * MINUTE, now=NOW)
        assert not services.readiness.ask(session, pickup, now=NOW + 45 * MINUTE)

        assert pickup.ping_due_at == NOW + 60 * MINUTE

    @pytest.mark.parametrize(
        ("eta", "reminded"),
        [
            (90, 80),  # He comes later: so does the reminder.
            (50, 40),  # He comes earlier.
            (40, 35),  # Much earlier: at once, but five minutes after the question.
            (38, None),  # So soon that nobody could pack anything.
        ],
    )
    def test_an_eta_that_moves_after_the_question_moves_the_reminder(self, session, pickup, eta, reminded):
        services.readiness.ask(session, pickup, now=NOW + 30 * MINUTE)

        services.etas.move(session, pickup, NOW + eta * MINUTE, now=NOW + 31 * MINUTE)

        assert pickup.ping_due_at == (NOW + reminded * MINUTE if reminded else None)

    def test_an_eta_that_moves_after_the_answer_asks_nobody(self, session, pickup):
        services.readiness.ask(session, pickup, now=NOW + 30 * MINUTE)
        answer(session, pickup, Said(ReadinessAnswer.READY), now=NOW + 31 * MINUTE)

        services.etas.move(session, pickup, NOW + 90 * MINUTE, now=NOW + 32 * MINUTE)

        assert pickup.ping_due_at is None

    def test_no_question_is_due_once_there_is_an_answer(self, session, pickup):
        pickup.readiness_answer = ReadinessAnswer.READY

        services.readiness.schedule_ping(session, pickup, now=NOW)

        assert pickup.ping_due_at is None

    def test_the_contact_is_asked_and_the_reminder_becomes_due(self, session, pickup):
        assert services.readiness.ask(session, pickup, now=NOW + 30 * MINUTE)

        assert told(session) == {(NoticeKind.READINESS_PING, pickup.contact_id)}
        assert pickup.ping_due_at == pickup.window_start - 10 * MINUTE

    def test_a_contact_who_stays_silent_is_reminded_once(self, session, pickup):
        services.readiness.ask(session, pickup, now=NOW + 30 * MINUTE)
        services.readiness.ask(session, pickup, now=NOW + 50 * MINUTE)

        assert not services.readiness.ask(session, pickup, now=NOW + 51 * MINUTE)
        assert (NoticeKind.READINESS_REMINDER, pickup.contact_id) in told(session)
        assert pickup.ping_due_at is None

    def test_who_opted_out_is_not_asked(self, session, pickup):
        session.get_one(Contact, pickup.contact_id).opted_out_at = NOW

        assert not services.readiness.ask(session, pickup, now=NOW + 30 * MINUTE)
        assert told(session) == set()

    def test_a_question_outside_the_contacts_hours_waits_for_the_morning(self, session, pickup):
        at_night = NOW + timedelta(hours=13)  # 22:30 in Shanghai
        pickup.window_start, pickup.window_end = at_night, at_night + timedelta(hours=12)

        assert not services.readiness.ask(session, pickup, now=at_night)
        assert pickup.ping_due_at == NOW + timedelta(hours=22, minutes=30)  # 08:00

    def test_the_seventh_message_of_a_week_is_not_sent(self, session, branch):
        customer = make_customer(session, branch)
        contact = make_contact(session, customer)
        site = make_site(session, customer)
        pickups = [make_pickup(session, site, contact) for _ in range(7)]

        sent = [services.readiness.ask(session, pickup, now=NOW) for pickup in pickups]

        assert sent == [True] * 6 + [False]

    def test_a_pickup_moved_to_another_window_is_asked_about_again(self, session, pickup):
        services.readiness.ask(session, pickup, now=NOW + 30 * MINUTE)
        pickup.window_start += timedelta(hours=2)
        pickup.window_end += timedelta(hours=2)
        pickup.pings_sent = 0

        services.readiness.ask(session, pickup, now=NOW + 150 * MINUTE)

        kinds = session.scalars(select(Notice.kind).where(Notice.contact_id == pickup.contact_id)).all()
        assert kinds == [NoticeKind.READINESS_PING] * 2


class TestAnswering:
    def test_ready_reaches_the_courier_and_ends_the_questions(self, session, pickup, courier):
        pickup.ping_due_at = NOW + 30 * MINUTE

        answer(session, pickup, Said(ReadinessAnswer.READY, goods_packed=True, papers_printed=True))

        assert told(session) == {(NoticeKind.READINESS_ANSWERED, courier.id)}
        assert pickup.readiness_answer is ReadinessAnswer.READY
        assert pickup.promised_ready_at == NOW
        assert pickup.ping_due_at is None

    def test_every_version_is_kept_and_the_last_one_counts(self, session, pickup, courier):
        answer(session, pickup, Said(ReadinessAnswer.IN_MINUTES, 10))
        answer(session, pickup, Said(ReadinessAnswer.READY), now=NOW + MINUTE)

        kept = session.scalars(select(ReadinessRecord.answer).order_by(ReadinessRecord.id)).all()
        assert kept == [ReadinessAnswer.IN_MINUTES, ReadinessAnswer.READY]
        assert pickup.readiness_answer is ReadinessAnswer.READY

    def test_a_new_answer_voids_what_the_old_one_had_to_say(self, session, pickup, dispatcher):
        make_device(session, dispatcher)
        answer(session, pickup, Said(ReadinessAnswer.NOTHING_TODAY))

        answer(session, pickup, Said(ReadinessAnswer.READY), now=NOW + MINUTE)

        void = session.scalars(select(Notice.kind).where(Notice.state == NoticeState.SUPERSEDED)).all()
        assert void == [NoticeKind.NOTHING_TODAY]

    @pytest.mark.parametrize(
        ("said", "kind"),
        [
            (ReadinessAnswer.NOTHING_TODAY, NoticeKind.NOTHING_TODAY),
            (ReadinessAnswer.ANOTHER_TIME, NoticeKind.ANOTHER_TIME),
        ],
    )
    def test_dispatchers_hear_what_they_must_act_on(self, session, pickup, courier, dispatcher, said, kind):
        answer(session, pickup, Said(said))

        assert told(session) == {(NoticeKind.READINESS_ANSWERED, courier.id), (kind, dispatcher.id)}

    @pytest.mark.parametrize(
        ("minutes_to_eta", "kind", "hears"),
        [
            (25, None, "nobody"),
            (20, NoticeKind.LATE_READY, "courier"),
            (10, NoticeKind.REBOOKING_PROPOSED, "dispatcher"),
        ],
    )
    def test_a_late_promise_is_told_to_whoever_can_do_something(
        self, session, pickup, courier, dispatcher, minutes_to_eta, kind, hears
    ):
        pickup.eta_at = NOW + minutes_to_eta * MINUTE

        answer(session, pickup, Said(ReadinessAnswer.IN_MINUTES, 30))

        people = {"courier": courier.id, "dispatcher": dispatcher.id}
        late = {(kind, who) for kind, who in told(session) if kind != NoticeKind.READINESS_ANSWERED}
        assert late == ({(kind, people[hears])} if kind else set())

    @pytest.mark.parametrize(
        ("first", "then", "hears"),
        [
            (Said(ReadinessAnswer.NOTHING_TODAY), Said(ReadinessAnswer.READY), True),
            (Said(ReadinessAnswer.ANOTHER_TIME), Said(ReadinessAnswer.IN_MINUTES, 5), True),
            (Said(ReadinessAnswer.NOTHING_TODAY), Said(ReadinessAnswer.ANOTHER_TIME), False),
            (Said(ReadinessAnswer.READY), Said(ReadinessAnswer.IN_MINUTES, 5), False),
            (Said(ReadinessAnswer.IN_MINUTES, 5), Said(ReadinessAnswer.READY), False),
        ],
    )
    def test_who_was_asked_to_act_hears_that_it_is_not_needed_any_more(
        self, session, pickup, dispatcher, first, then, hears
    ):
        answer(session, pickup, first)

        answer(session, pickup, then, now=NOW + MINUTE)

        assert ((NoticeKind.READINESS_ANSWERED, dispatcher.id) in told(session)) is hears

    @pytest.mark.parametrize(
        ("first", "then", "promised"),
        [
            (Said(ReadinessAnswer.READY), Said(ReadinessAnswer.IN_MINUTES, 10), NOW + 11 * MINUTE),
            (Said(ReadinessAnswer.IN_MINUTES, 10), Said(ReadinessAnswer.READY), NOW + MINUTE),
            (Said(ReadinessAnswer.READY), Said(ReadinessAnswer.ANOTHER_TIME), None),
            (Said(ReadinessAnswer.NOTHING_TODAY), Said(ReadinessAnswer.READY), NOW + MINUTE),
        ],
    )
    def test_an_answer_that_contradicts_an_earlier_one_replaces_it(
        self, session, pickup, first, then, promised
    ):
        answer(session, pickup, first)

        answer(session, pickup, then, now=NOW + MINUTE)

        assert (pickup.readiness_answer, pickup.promised_ready_at) == (then.answer, promised)

    def test_after_arrival_an_answer_is_a_wish_for_more_time(self, session, pickup):
        pickup.state = PickupState.AT_DOOR
        make_wait(session, pickup)

        with pytest.raises(CourierHasArrived) as refusal:
            answer(session, pickup, Said(ReadinessAnswer.IN_MINUTES, 5))

        assert refusal.value.details["instead"] == "extension"
        assert session.scalars(select(ReadinessRecord)).all() == []

    def test_an_early_courier_is_helped_by_ready_only(self, session, pickup):
        pickup.state = PickupState.AT_DOOR
        starts_at = NOW + 20 * MINUTE
        make_wait(session, pickup, clock_started_at=starts_at, deadline_at=starts_at + 5 * MINUTE)

        with pytest.raises(CourierHasArrived) as refusal:
            answer(session, pickup, Said(ReadinessAnswer.IN_MINUTES, 5))

        assert refusal.value.details["instead"] == "ready"

    @pytest.mark.parametrize("state", [PickupState.COLLECTED, PickupState.LEFT, PickupState.CANCELLED])
    def test_an_answer_after_the_courier_has_gone_finds_the_link_ended(self, session, pickup, state):
        pickup.state = state
        make_wait(session, pickup, state="closed", outcome="left")

        with pytest.raises(LinkExpired):
            answer(session, pickup, Said(ReadinessAnswer.READY))

        assert pickup.readiness_answer is None

    def test_ready_starts_the_clock_of_a_courier_who_is_early(self, session, pickup):
        pickup.state = PickupState.AT_DOOR
        wait = make_wait(
            session,
            pickup,
            clock_started_at=NOW + 20 * MINUTE,
            deadline_at=NOW + 25 * MINUTE,
        )

        answer(session, pickup, Said(ReadinessAnswer.READY), now=NOW + MINUTE)

        assert wait.clock_started_at == NOW + MINUTE
        assert wait.deadline_at == NOW + 6 * MINUTE

    def test_an_undone_arrival_lets_the_contact_answer_again(self, session, pickup):
        pickup.state = PickupState.EN_ROUTE
        make_wait(session, pickup, state="closed", outcome="undone")

        answer(session, pickup, Said(ReadinessAnswer.IN_MINUTES, 5))

        assert pickup.readiness_answer is ReadinessAnswer.IN_MINUTES

    def test_minutes_that_are_not_offered_change_nothing(self, session, pickup):
        with pytest.raises(MinutesNotOffered):
            answer(session, pickup, Said(ReadinessAnswer.IN_MINUTES, 7))

        assert pickup.readiness_answer is None


def test_a_wish_for_another_time_is_told_once(session, pickup, dispatcher):
    pickup.state = PickupState.LEFT
    link = make_link(session, pickup, purpose=LinkPurpose.RESCHEDULE)
    token = services.links.token(session, link)
    opened = services.links.open_by_token(session, token=token, verb=LinkVerb.ASK_ANOTHER_TIME, now=NOW)

    services.readiness.wish_another_time(session, through=opened, now=NOW)
    services.readiness.wish_another_time(session, through=opened, now=NOW + MINUTE)

    assert told(session) == {(NoticeKind.ANOTHER_TIME, dispatcher.id)}
    assert pickup.readiness_answer is None


def test_a_chosen_time_that_does_not_suit_after_all_is_told_to_the_dispatchers(
    session, pickup, courier, dispatcher
):
    pickup.state = PickupState.LEFT
    link = make_link(session, pickup, purpose=LinkPurpose.RESCHEDULE)
    opened = services.links.open_by_id(session, link_id=link.id, verb=LinkVerb.ASK_ANOTHER_TIME, now=NOW)
    slot = services.slots.free(session, pickup=pickup, now=NOW)[0]
    services.slots.choose(session, through=opened, slot_start=slot.start, now=NOW)

    services.readiness.wish_another_time(session, through=opened, now=NOW + MINUTE)

    told = session.scalars(select(Notice.kind).where(Notice.staff_id == dispatcher.id)).all()
    assert sorted(told) == ["another_time", "slot_chosen"]
