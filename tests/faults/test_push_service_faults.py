"""A push service that hangs, refuses, lies or is gone: the real SDK and the real job against a stand-in."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from api import services
from api.db import Database
from api.domain.delivery_policy import MAX_ATTEMPTS, STOP
from api.integrations.fcm import FcmPush
from api.models import Delivery
from demo.fcm_stand_in import Mode, StandIn
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from jobs.fire_wait_timers import fire_wait_timers
from tests.fakes import FrozenClock, RecordingMessenger
from tests.faults.patience import until
from tests.faults.pushing import posted, settle_down, states, told_reps
from tests.rounds import Round, rows
from tests.tellings import notice_of, told_contact, told_courier

IMPATIENT = timedelta(seconds=0.5)
MANY = 400
AT_ONCE = 200
"""More than are ever under way at one moment, and far fewer than are due."""

OUTAGE = timedelta(minutes=20)
REQUESTS_OF_A_401 = 3
"""Google's library fetches a fresh token, twice at most, before it believes that the key is refused."""


@pytest.fixture
def impatient(job_context: JobContext, fcm: tuple[Path, str]) -> Iterator[JobContext]:
    """A worker that gives Google half a second."""
    account, endpoint = fcm
    push = FcmPush(account, endpoint=endpoint, workers=8, timeout=IMPATIENT)
    yield replace(job_context, push=push)
    push.close()


def test_fault_19_while_google_hangs_couriers_contacts_and_timers_go_on(
    database: Database,
    impatient: JobContext,
    google: StandIn,
    round_: Round,
    messenger: RecordingMessenger,
    clock: FrozenClock,
) -> None:
    round_.phone.report(round_.first, "arrived")
    hung = told_courier(database, useful_until=clock.now() + timedelta(hours=1))
    told_contact(database)
    google.mood.change({"mode": Mode.HANG})
    sending = Thread(target=deliver_notices, args=(impatient,))

    sending.start()
    until("the push is under way", lambda: posted(google))
    result = round_.phone.report(round_.second, "arrived")
    clock.tick(seconds=120)
    fired = fire_wait_timers(impatient)
    still_sending = sending.is_alive()
    google.mood.change({"mode": Mode.OK})
    sending.join()
    settle_down(impatient, clock, minutes=1)

    assert (result["outcome"], fired, still_sending) == ("applied", 2, True)
    assert messenger.sent
    assert notice_of(database, hung).state == "accepted"


def test_fault_20_after_twenty_minutes_of_503_alerts_arrive_and_warnings_do_not(
    database: Database, worker: JobContext, google: StandIn, clock: FrozenClock
) -> None:
    warning = told_courier(database)
    alerts = told_reps(database, 5, clock.now())
    google.mood.change({"mode": Mode.UNAVAILABLE})

    settle_down(worker, clock, minutes=int(OUTAGE.total_seconds() / 60))
    tried = posted(google)
    google.mood.change({"mode": Mode.OK})
    settle_down(worker, clock, minutes=16)

    assert notice_of(database, warning).state == "superseded"
    assert states(database, alerts) == {"accepted"}
    assert tried <= 6 * 12, "backoff: at most a dozen attempts for each in twenty minutes"
    arrived = [one["message"]["data"]["notice_id"] for one in list(google.mood.received)[tried:]]
    assert sorted(arrived) == sorted(map(str, alerts))


def test_fault_20_those_that_failed_together_do_not_come_back_together(
    database: Database, worker: JobContext, google: StandIn, clock: FrozenClock
) -> None:
    told_reps(database, 20, clock.now())
    google.mood.change({"mode": Mode.UNAVAILABLE})

    for _ in range(4):
        deliver_notices(worker)
        clock.tick(seconds=40)

    due = sorted(row["next_at"] for row in rows(database, Delivery))
    assert (due[-1] - due[0]).total_seconds() > 2
    assert len(set(due)) > 10


def test_fault_21_429_pauses_the_whole_sender_and_no_thread_sleeps_for_it(
    database: Database, worker: JobContext, google: StandIn, clock: FrozenClock
) -> None:
    google.mood.change({"mode": Mode.TOO_MANY, "retry_after_seconds": 60})
    alerts = told_reps(database, MANY, clock.now())

    deliver_notices(worker)
    before_the_pause = posted(google)
    google.mood.change({"mode": Mode.OK})
    clock.tick(seconds=59)
    deliver_notices(worker)
    during_the_pause = posted(google) - before_the_pause
    settle_down(worker, clock, minutes=2)

    assert before_the_pause <= AT_ONCE
    assert during_the_pause == 0
    assert states(database, alerts) == {"accepted"}
    assert {row["attempts"] for row in rows(database, Delivery)} == {1}


def test_fault_22_what_was_accepted_without_an_answer_goes_again_and_is_shown_once(
    database: Database, worker: JobContext, google: StandIn, clock: FrozenClock
) -> None:
    google.mood.change({"mode": Mode.DROP})
    (alert,) = told_reps(database, 1, clock.now())

    deliver_notices(worker)
    google.mood.change({"mode": Mode.OK})
    settle_down(worker, clock, minutes=1)

    (screen,) = google.mood.screens.phones.values()
    assert [one["message"]["data"]["notice_id"] for one in google.mood.received] == [str(alert)] * 2
    assert (len(screen.notices), screen.repeats) == (1, 1)
    assert notice_of(database, alert).state == "accepted"


@pytest.mark.parametrize("mode", [Mode.UNAUTHENTICATED, Mode.FORBIDDEN])
def test_fault_23_a_revoked_key_stops_the_sender_alarms_and_loses_nothing(
    database: Database,
    worker: JobContext,
    google: StandIn,
    clock: FrozenClock,
    round_: Round,
    alarms: Callable[[], list[str]],
    mode: Mode,
) -> None:
    google.mood.change({"mode": mode})
    alerts = told_reps(database, MANY, clock.now())

    deliver_notices(worker)
    turned_away = posted(google)
    settle_down(worker, clock, minutes=int(STOP.total_seconds() / 60) - 1)
    meanwhile = posted(google) - turned_away
    served = round_.phone.report(round_.first, "arrived")["outcome"]
    pending = states(database, alerts)
    google.mood.change({"mode": Mode.OK})
    settle_down(worker, clock, minutes=5)

    assert "notices.sender_stopped" in alarms()
    assert turned_away <= REQUESTS_OF_A_401 * AT_ONCE
    assert (meanwhile, served, pending) == (0, "applied", {"pending"})
    assert states(database, alerts) == {"accepted"}


def test_fault_23_a_key_that_is_still_revoked_costs_one_request_a_stop(
    database: Database, worker: JobContext, google: StandIn, clock: FrozenClock
) -> None:
    google.mood.change({"mode": Mode.FORBIDDEN})
    alerts = told_reps(database, 30, clock.now())
    deliver_notices(worker)
    before = posted(google)

    for _ in range(3):
        clock.tick(seconds=STOP.total_seconds())
        deliver_notices(worker)

    assert posted(google) - before == 3
    assert states(database, alerts) == {"pending"}
    assert max(row["attempts"] for row in rows(database, Delivery)) == 0


def test_fault_24_a_message_that_is_refused_dies_with_its_reason_and_the_queue_goes_on(
    database: Database, worker: JobContext, google: StandIn, clock: FrozenClock
) -> None:
    google.mood.change({"mode": Mode.BAD_MESSAGE})
    (refused,) = told_reps(database, 1, clock.now())
    deliver_notices(worker)
    google.mood.change({"mode": Mode.OK})
    others = told_reps(database, 5, clock.now())

    deliver_notices(worker)
    settle_down(worker, clock, minutes=2)

    (dead,) = [row for row in rows(database, Delivery) if row["notice_id"] == refused]
    assert (dead["state"], dead["attempts"]) == ("dead", 1)
    assert "InvalidArgument" in dead["last_error"]
    assert states(database, others) == {"accepted"}
    assert posted(google) == 6


def test_fault_33_what_fails_each_time_ends_dead_and_an_operator_can_send_it_again(
    database: Database, worker: JobContext, google: StandIn, clock: FrozenClock
) -> None:
    google.mood.change({"mode": Mode.GARBAGE})
    (alert,) = told_reps(database, 1, clock.now())

    settle_down(worker, clock, minutes=5 * 60, looks_a_minute=1)
    dead = notice_of(database, alert).state
    google.mood.change({"mode": Mode.OK})
    with database.unit_of_work() as session:
        (redriven,) = services.notices.redrive(session, [alert], now=clock.now())
    deliver_notices(worker)

    assert (dead, redriven.deliveries) == ("dead", 1)
    assert posted(google) == MAX_ATTEMPTS + 1
    assert notice_of(database, alert).state == "accepted"
