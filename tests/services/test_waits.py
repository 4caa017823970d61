"""What others than the courier's phone do to a wait."""

from datetime import timedelta

from sqlalchemy import select

from api import queries, services
from api.domain.vocabulary import PickupState, TimerState, WaitOutcome, WaitState
from api.models import Wait, WaitTimer
from tests import factories
from tests.fakes import NOW

EARLY = {
    "clock_started_at": NOW + timedelta(minutes=10),
    "deadline_at": NOW + timedelta(minutes=15),
}


def arm(session, wait: Wait) -> None:
    services.wait_timers.arm(session, [wait], now=NOW)


def timers(session) -> list[tuple[str, int, str]]:
    found = session.scalars(select(WaitTimer).order_by(WaitTimer.due_at)).all()
    return [(timer.kind.value, timer.generation, timer.state.value) for timer in found]


def test_a_cancelled_pickup_ends_its_wait_without_a_verdict(session):
    wait = factories.make_wait(session)
    arm(session, wait)

    services.waits.cancel_running(session, pickup_id=wait.pickup_id, now=NOW + timedelta(minutes=2))

    assert (wait.state, wait.outcome, wait.dwell_seconds) == (WaitState.CLOSED, WaitOutcome.CANCELLED, None)
    assert timers(session) == [("nudge", 1, "cancelled")]


def test_cancelling_where_nobody_waits_does_nothing(session):
    pickup = factories.make_pickup(session)

    services.waits.cancel_running(session, pickup_id=pickup.id, now=NOW)

    assert session.scalars(select(Wait)).all() == []


def test_ready_said_while_early_starts_the_clock_at_once(session):
    wait = factories.make_wait(session, **EARLY)
    arm(session, wait)
    now = NOW + timedelta(minutes=2)

    services.waits.restart_clock_when_ready(session, pickup_id=wait.pickup_id, now=now)

    session.expire_all()
    assert (wait.clock_started_at, wait.deadline_at) == (now, now + timedelta(minutes=5))
    assert timers(session) == [("nudge", 2, "armed"), ("nudge", 1, "cancelled")]


def test_c11_ready_at_the_moment_of_expiry_changes_nothing(session):
    wait = factories.make_wait(session)
    arm(session, wait)
    deadline_at = wait.deadline_at

    services.waits.restart_clock_when_ready(session, pickup_id=wait.pickup_id, now=deadline_at)

    assert (wait.deadline_at, wait.generation) == (deadline_at, 1)
    assert timers(session) == [("nudge", 1, "armed")]


def test_a_contact_may_ask_for_more_time_and_the_courier_is_told(session):
    pickup = factories.make_pickup(session, courier=factories.make_staff(session), state=PickupState.AT_DOOR)
    wait = factories.make_wait(session, pickup)
    arm(session, wait)

    view = services.waits.request_extension(
        session, pickup_id=pickup.id, minutes=5, asked_by="contact", now=NOW + timedelta(minutes=1)
    )

    assert view.extension is not None
    assert (view.extension.state, view.extension.asked_by) == ("granted", "contact")
    assert view.deadline_at == NOW + timedelta(minutes=10)
    assert view == queries.waits.latest_view(session, pickup.id, now=NOW + timedelta(minutes=1))


def test_a_timer_of_an_older_generation_never_fires(session):
    """It cannot be armed any more; were it, nobody may be told."""
    wait = factories.make_wait(session, generation=2)
    session.add(
        WaitTimer(
            wait_id=wait.id,
            kind="expire",
            generation=1,
            due_at=NOW,
            expires_at=NOW + timedelta(minutes=2),
            state=TimerState.ARMED,
        )
    )

    services.wait_timers.fire_due(session, limit=10, now=NOW)

    assert [kind for kind, generation, _ in timers(session) if generation == 2] == []
    assert queries.wait_timers.claim_due(session, limit=10, now=NOW) == []
