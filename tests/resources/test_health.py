"""`/health/work`: the dead-man signal. It asks what was done, never whether a process is there."""

import socket
from datetime import timedelta

import requests

from api import services
from api.domain.delivery_policy import Answer
from api.domain.heartbeat import BEAT_EVERY, SILENCE
from api.domain.vocabulary import Channel, TimerKind
from api.models import WaitTimer
from jobs.deliver_notices import deliver_notices
from jobs.say_alive import say_alive
from jobs.schedule import SCHEDULE
from jobs.scheduler import offer_metrics
from tests.factories import make_wait
from tests.fakes import NOW
from tests.tellings import told_courier


def work(client):
    return client.get("/health/work")


def test_it_is_well_while_the_jobs_run(client, job_context):
    say_alive(job_context)

    answer = work(client)

    assert answer.status_code == 200
    assert answer.json == {
        "oldest_overdue_timer_seconds": 0,
        "oldest_overdue_notice_seconds": 0,
        "jobs_silent_seconds": 0,
        "paused_channels": [],
        "refused_channels": [],
        "rate_limits_blind": False,
    }


def test_fault_41_jobs_that_never_ran_are_an_alarm(client):
    answer = work(client)

    assert answer.status_code == 503
    assert answer.json["code"] == "work_stands_still"
    assert answer.json["jobs_silent_seconds"] is None


def test_fault_41_jobs_that_fell_silent_are_an_alarm_after_thirty_seconds(client, job_context, clock):
    say_alive(job_context)

    clock.tick(seconds=30)
    assert work(client).status_code == 200
    clock.tick(seconds=1)
    assert work(client).status_code == 503
    say_alive(job_context)
    assert work(client).status_code == 200


def test_fault_41_a_sweeper_that_never_runs_is_an_alarm_though_others_do(
    client, job_context, database, clock
):
    with database.unit_of_work() as session:
        wait = make_wait(session)
        session.add(
            WaitTimer(
                wait_id=wait.id,
                kind=TimerKind.WARN,
                generation=1,
                due_at=NOW,
                expires_at=NOW + timedelta(hours=1),
            )
        )
    clock.tick(seconds=31)
    say_alive(job_context)

    answer = work(client)

    assert answer.status_code == 503
    assert answer.json["oldest_overdue_timer_seconds"] == 31


def test_fault_41_notices_that_nobody_sends_are_an_alarm(client, job_context, database, clock):
    told_courier(database)
    clock.tick(seconds=31)
    say_alive(job_context)

    answer = work(client)

    assert answer.status_code == 503
    assert answer.json["oldest_overdue_notice_seconds"] == 31


def test_what_waits_on_a_paused_channel_is_no_alarm_but_is_told(client, job_context, database, clock):
    told_courier(database)
    with database.unit_of_work() as session:
        services.senders.pause(
            session, Channel.PUSH, until=NOW + timedelta(hours=1), reason="moving house", now=NOW
        )
    clock.tick(seconds=31)
    say_alive(job_context)

    answer = work(client)

    assert answer.status_code == 200
    assert answer.json["paused_channels"] == ["push"]


def test_the_jobs_speak_often_enough_to_be_missed():
    cadence = next(cadence for cadence in SCHEDULE if cadence.job is say_alive)

    assert cadence.every == BEAT_EVERY
    assert cadence.every * 4 < SILENCE


class TestMetrics:
    def test_they_tell_what_waits_and_what_is_dead(self, client, job_context, database, clock):
        told_courier(database, phones=2)
        clock.tick(seconds=7)
        say_alive(job_context)

        metrics = client.get("/metrics").text

        assert 'doorstep_deliveries{channel="push",state="pending"} 2.0' in metrics
        assert 'doorstep_deliveries{channel="sms",state="dead"} 0.0' in metrics
        assert "doorstep_oldest_pending_delivery_seconds 7.0" in metrics
        assert "doorstep_jobs_silent_seconds 0.0" in metrics

    def test_they_tell_which_sender_is_paused(self, client, database):
        with database.unit_of_work() as session:
            services.senders.pause(
                session, Channel.SMS, until=NOW + timedelta(hours=1), reason="429", now=NOW
            )

        metrics = client.get("/metrics").text

        assert 'doorstep_sender_paused{channel="sms"} 1.0' in metrics
        assert 'doorstep_sender_paused{channel="push"} 0.0' in metrics

    def test_they_tell_what_became_of_attempts_and_how_late_they_were(
        self, client, job_context, database, clock, push
    ):
        told_courier(database)
        push.answers.append(Answer.retry("503"))
        before = _sample(client, 'attempts_total{answer="retry",channel="push"}')
        late_before = _sample(client, 'lateness_seconds_sum{channel="push"}')
        clock.tick(seconds=3)

        deliver_notices(job_context)

        assert _sample(client, 'attempts_total{answer="retry",channel="push"}') == before + 1
        assert _sample(client, 'lateness_seconds_sum{channel="push"}') == late_before + 3

    def test_the_process_with_the_jobs_offers_its_own(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]

        offer_metrics(port)

        metrics = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
        assert "doorstep_delivery_attempts_total" in metrics
        assert "doorstep_requests_total" not in metrics

    def test_a_port_that_is_taken_stops_no_job(self, alarms):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            offer_metrics(taken.getsockname()[1])

        assert alarms() == ["jobs.no_metrics"]


def _sample(client, name):
    """The value of a metric of deliveries; counters are of the process, so tests compare."""
    lines = client.get("/metrics").text.splitlines()
    found = [line.split()[-1] for line in lines if line.startswith(f"doorstep_delivery_{name} ")]
    return float(found[0]) if found else 0.0
