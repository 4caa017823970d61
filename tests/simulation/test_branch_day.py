"""Two couriers, a dispatcher and 200 pickups in a day with dropouts: what is stored and reported agrees."""

from collections import Counter
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from api.domain.feedback import WAIT_THAT_EXCUSES
from api.domain.notice_kinds import KINDS, NoticeKind
from api.domain.vocabulary import EventOutcome, Role
from api.models import Feedback, FieldEvent, Notice, Pickup, StaffMember, Wait
from tests import factories
from tests.phones import Phone
from tests.simulation.agenda import Agenda
from tests.simulation.branch_day import BranchDay
from tests.simulation.couriers import Courier
from tests.simulation.recount import Told, flat, flat_figures, report_of, seconds, stories

SHANGHAI = ZoneInfo("Asia/Shanghai")
PICKUPS = 200
TODAY = "from=2026-11-18&to=2026-11-18"

TOLD_ON_SUCH_A_DAY = {
    NoticeKind.PICKUP_ASSIGNED,
    NoticeKind.PICKUP_REASSIGNED,
    NoticeKind.PICKUP_CANCELLED,
    NoticeKind.READINESS_ANSWERED,
    NoticeKind.ANOTHER_TIME,
    NoticeKind.WAIT_NUDGE,
    NoticeKind.WAIT_WARN,
    NoticeKind.WAIT_EXPIRED,
    NoticeKind.WAIT_UNDECIDED,
    NoticeKind.EARLY_LEAVE,
    NoticeKind.LOW_FEEDBACK,
}

KEYS = {
    "branch": lambda wait: wait.pickup.branch_id,
    "site": lambda wait: wait.pickup.site_id,
    "customer": lambda wait: wait.pickup.customer_id,
    "courier": lambda wait: wait.courier_id,
    "weekday": lambda wait: wait.arrived_at.astimezone(SHANGHAI).isoweekday(),
    "hour": lambda wait: f"{wait.arrived_at.astimezone(SHANGHAI):%H}",
}


@pytest.fixture
def day(database, branch, hire, signed_in, clock, job_context) -> BranchDay:
    """A branch with twelve sites of five customers and its pickups booked; nothing has happened yet."""
    random = Random(20261118)
    day = BranchDay(signed_in(hire(Role.DISPATCHER)), Agenda(clock), random, job_context)
    for skew in (timedelta(), timedelta(minutes=-40)):
        staff = hire(Role.COURIER)
        day.employ(staff, Phone(signed_in(staff), clock, skew=skew))
    with database.unit_of_work() as session:
        customers = [factories.make_customer(session, branch) for _ in range(5)]
        doors = [
            (factories.make_site(session, customer), factories.make_contact(session, customer))
            for customer in [*customers, *customers, *customers[:2]]
        ]
    number = 0
    while number < PICKUPS:
        courier, (site, contact) = day.couriers[number % 2], random.choice(doors)
        for _ in range(random.choice([1, 1, 1, 1, 2, 3])):
            day.book(number, site, contact, courier)
            number += 1
    return day


@pytest.mark.slow
def test_a_day_of_200_pickups_adds_up(database, day, signed_in, hire, clock):
    manager = signed_in(hire(Role.MANAGER))

    day.run()

    with database.unit_of_work(read_only=True) as session:
        told = stories(session, now=clock.now())
        _check_that_enough_happened(session, told)
        _check_instants(session, day)
        _check_pickups(session, told)
        _check_waits(session, told)
        _check_recipients(session)
        waits = [wait for story in told.values() for wait in story.waits]
        ratings = list(session.scalars(select(Feedback)))
    for by, key in KEYS.items():
        reported = manager.get(f"/v1/reports/waits?{TODAY}&by={by}").json
        assert flat(reported) == report_of(waits, key), by
    for courier in day.couriers:
        card = manager.get(f"/v1/staff/{courier.staff_id}/scorecard?{TODAY}").json
        _check_scorecard(card, courier, waits, ratings)


def _check_that_enough_happened(session, told) -> None:
    """A day on which nothing goes wrong proves nothing."""
    outcomes = Counter(wait.outcome for story in told.values() for wait in story.waits)
    qualities = Counter(wait.quality.value for story in told.values() for wait in story.waits if wait.counts)
    events = Counter(session.scalars(select(FieldEvent.outcome)))

    assert len(told) >= PICKUPS
    assert min(outcomes[outcome] for outcome in ("collected", "left", "undone", "cancelled")) >= 3, outcomes
    assert outcomes["abandoned"] >= 1, outcomes
    assert min(qualities[quality] for quality in ("measured", "estimated", "unverified")) >= 3, qualities
    assert events[EventOutcome.CONFLICT] >= 1, events
    assert sum(wait.protected for story in told.values() for wait in story.waits) >= 3


def _check_instants(session, day: BranchDay) -> None:
    """The corrected time of every event is that at which it really happened."""
    happened = {event_id: at for courier in day.couriers for event_id, at in courier.happened.items()}
    off = [
        abs(event.effective_at - happened[str(event.event_id)])
        for event in session.scalars(select(FieldEvent))
    ]

    assert max(off) <= timedelta(seconds=2)


def _check_pickups(session, told) -> None:
    for pickup in session.scalars(select(Pickup)):
        story = told[pickup.id]
        stored = pickup.state.value, pickup.parcels_collected, pickup.arrivals_undone
        assert stored == (story.state, story.parcels, story.undone), pickup.external_ref


def _check_waits(session, told) -> None:
    """The fold of the events equals the stored waits, column by column."""
    expected = {(wait.pickup.id, wait.attempt): wait for story in told.values() for wait in story.waits}
    stored = {(wait.pickup_id, wait.attempt): wait for wait in session.scalars(select(Wait))}

    assert stored.keys() == expected.keys()
    for key, wait in stored.items():
        assert _columns(wait) == _told(expected[key]), (expected[key].pickup.external_ref, expected[key])


def _check_recipients(session) -> None:
    """Whoever was told something has a role that the table of kinds says; whoever has none is a contact."""
    roles = {staff.id: staff.role for staff in session.scalars(select(StaffMember))}
    told = session.scalars(select(Notice)).all()
    strangers = [
        (notice.kind, roles.get(notice.staff_id))
        for notice in told
        if (notice.staff_id is None) != (notice.contact_id is not None)
        or (notice.staff_id and roles[notice.staff_id] not in KINDS[NoticeKind(notice.kind)].roles)
    ]

    assert not strangers
    assert {notice.kind for notice in told} >= {kind.value for kind in TOLD_ON_SUCH_A_DAY}


def _columns(wait: Wait) -> dict[str, object]:
    return {
        "courier_id": wait.courier_id,
        "outcome": wait.outcome and wait.outcome.value,
        "arrived_at": wait.arrived_at,
        "clock_started_at": wait.clock_started_at,
        "deadline_at": wait.deadline_at,
        "handover_started_at": wait.handover_started_at,
        "departed_at": wait.departed_at,
        "dwell_seconds": wait.dwell_seconds,
        "avoidable_wait_seconds": wait.avoidable_wait_seconds,
        "cause": wait.cause and wait.cause.value,
        "protected": wait.protected,
        "quality": wait.quality,
    }


def _told(wait: Told) -> dict[str, object]:
    return {
        "courier_id": wait.courier_id,
        "outcome": wait.outcome,
        "arrived_at": wait.arrived_at,
        "clock_started_at": wait.started_at,
        "deadline_at": wait.deadline_at,
        "handover_started_at": wait.handover_at,
        "departed_at": wait.departed_at,
        "dwell_seconds": wait.dwell,
        "avoidable_wait_seconds": wait.avoidable,
        "cause": wait.cause,
        "protected": wait.protected,
        "quality": wait.quality,
    }


def _check_scorecard(card, courier: Courier, waits: list[Told], ratings: list[Feedback]) -> None:
    his = report_of([wait for wait in waits if wait.courier_id == courier.staff_id], lambda _: "his")["his"]
    excused = {
        wait.pickup.id
        for wait in waits
        if wait.counts and (wait.protected or wait.avoidable > seconds(WAIT_THAT_EXCUSES))
    }
    given = [rating for rating in ratings if rating.courier_id == courier.staff_id]
    counting = [rating.score for rating in given if rating.pickup_id not in excused]
    left_out = {one["why"]: one["count"] for one in card["left_out"] if one["what"] == "waits"}

    assert {figures["quality"]: flat_figures(figures) for figures in card["waits"]} == his["by_quality"]
    assert left_out == his["left_out"]
    assert len(counting) >= 10, "let more contacts rate"
    assert card["rating"] == {
        "ratings": len(counting),
        "average": round(sum(counting) / len(counting), 2),
    }
    assert len(card["scores_left_out"]) == len(given) - len(counting)
