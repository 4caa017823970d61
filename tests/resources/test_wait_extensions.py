"""POST /v1/pickups/{id}/extension and its decision: one per wait, from slack or by a dispatcher."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from api.domain.vocabulary import Role
from api.models import Notice, Pickup, WaitTimer
from jobs.fire_wait_timers import fire_wait_timers
from tests import factories
from tests.fakes import NOW
from tests.rounds import Round, make_round, rows


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


@pytest.fixture
def tight_round(database, round_) -> Round:
    """The next stop's window ends so soon that there is no slack."""
    with database.unit_of_work() as session:
        session.get_one(Pickup, round_.second.id).window_end = NOW + timedelta(minutes=5, seconds=30)
    return round_


@pytest.fixture
def dispatcher(signed_in, round_):
    return signed_in(round_.dispatcher)


def ask(round_: Round, minutes: Any = 3):
    return round_.phone.client.post(f"/v1/pickups/{round_.first.id}/extension", json={"minutes": minutes})


def decide(dispatcher, round_: Round, granted: Any):
    return dispatcher.post(f"/v1/pickups/{round_.first.id}/extension/decision", json={"granted": granted})


def armed(database) -> list[tuple[str, int, datetime]]:
    return [
        (row["kind"], row["generation"], row["due_at"])
        for row in rows(database, WaitTimer)
        if row["state"] == "armed"
    ]


class TestAsking:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.COURIER])
    def test_only_couriers_ask_here(self, database, signed_in, round_, role):
        with database.unit_of_work() as session:
            member = factories.make_staff(session, round_.branch, role=role)

        answer = signed_in(member).post(f"/v1/pickups/{round_.first.id}/extension", json={"minutes": 3})

        assert answer.status_code == 403

    def test_b1_another_couriers_pickup_is_not_found(self, database, signed_in, round_):
        round_.phone.report(round_.first, "arrived")
        with database.unit_of_work() as session:
            other = factories.make_staff(session, round_.branch)

        answer = signed_in(other).post(f"/v1/pickups/{round_.first.id}/extension", json={"minutes": 3})

        assert answer.status_code == 404

    def test_slack_grants_it_at_once_and_the_later_rungs_move(self, database, round_, clock):
        round_.phone.report(round_.first, "arrived")
        clock.tick(seconds=100)

        wait = ask(round_).json

        assert (wait["extension"]["state"], wait["extension"]["minutes"]) == ("granted", 3)
        assert datetime.fromisoformat(wait["deadline_at"]) == NOW + timedelta(minutes=8)
        assert armed(database) == [("warn", 2, NOW + timedelta(minutes=7))]

    def test_asked_after_the_deadline_it_counts_from_now(self, round_, clock):
        round_.phone.report(round_.first, "arrived")
        clock.tick(minutes=6)

        wait = ask(round_).json

        assert datetime.fromisoformat(wait["deadline_at"]) == NOW + timedelta(minutes=9)
        assert wait["colour"] == "green"

    def test_the_nudge_never_repeats_and_the_expiry_comes_once_more(
        self, database, job_context, round_, clock
    ):
        round_.phone.report(round_.first, "arrived")
        for seconds in (120, 120, 60):
            clock.tick(seconds=seconds)
            fire_wait_timers(job_context)
        ask(round_, 5)

        for seconds in (240, 60):
            clock.tick(seconds=seconds)
            fire_wait_timers(job_context)

        kinds = [row["kind"] for row in rows(database, Notice) if row["staff_id"] != round_.dispatcher.id]
        assert sorted(kinds) == ["wait_expired", "wait_expired", "wait_nudge", "wait_warn", "wait_warn"]

    def test_a_second_time_is_refused(self, round_):
        round_.phone.report(round_.first, "arrived")
        ask(round_)

        answer = ask(round_)

        assert (answer.status_code, answer.json["code"]) == (409, "extension_already_asked")

    @pytest.mark.parametrize("steps", [[], ["arrived", "collected"], ["arrived", "handover_started"]])
    def test_it_is_refused_while_no_clock_runs(self, round_, steps):
        for step in steps:
            round_.phone.report(round_.first, step)

        answer = ask(round_)

        assert (answer.status_code, answer.json["code"]) == (409, "wait_not_running")

    def test_it_is_refused_while_early(self, database, round_):
        with database.unit_of_work() as session:
            session.get_one(Pickup, round_.first.id).window_start = NOW + timedelta(minutes=5)
        round_.phone.report(round_.first, "arrived")

        answer = ask(round_)

        assert (answer.json["code"], answer.json["state"]) == ("wait_not_running", "early")

    @pytest.mark.parametrize("minutes", [0, -1, 6, 2.5, "3", None, True])
    def test_it_lasts_one_to_five_minutes(self, round_, minutes):
        round_.phone.report(round_.first, "arrived")

        answer = ask(round_, minutes)

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["minutes"])


class TestDeciding:
    def test_without_slack_the_dispatcher_is_asked_and_the_clock_runs_on(self, database, tight_round):
        tight_round.phone.report(tight_round.first, "arrived")

        wait = ask(tight_round).json

        assert wait["extension"]["state"] == "requested"
        assert datetime.fromisoformat(wait["deadline_at"]) == NOW + timedelta(minutes=5)
        assert [(row["kind"], row["staff_id"]) for row in rows(database, Notice)] == [
            ("extension_requested", tight_round.dispatcher.id)
        ]

    @pytest.mark.parametrize(("granted", "state", "minutes"), [(True, "granted", 8), (False, "refused", 5)])
    def test_the_dispatcher_decides_and_the_courier_is_told(
        self, database, dispatcher, tight_round, clock, granted, state, minutes
    ):
        tight_round.phone.report(tight_round.first, "arrived")
        ask(tight_round)
        clock.tick(seconds=59)

        wait = decide(dispatcher, tight_round, granted).json

        assert wait["extension"]["state"] == state
        assert datetime.fromisoformat(wait["deadline_at"]) == NOW + timedelta(minutes=minutes)
        (told,) = [row for row in rows(database, Notice) if row["kind"] == "extension_decided"]
        assert told["staff_id"] == tight_round.courier.id

    def test_sixty_seconds_of_silence_mean_no(self, dispatcher, tight_round, clock):
        tight_round.phone.report(tight_round.first, "arrived")
        ask(tight_round)
        clock.tick(seconds=60)

        shown = tight_round.phone.client.get(f"/v1/pickups/{tight_round.first.id}/wait").json
        answer = decide(dispatcher, tight_round, True)

        assert shown["extension"]["state"] == "refused"
        assert (answer.status_code, answer.json["code"]) == (409, "extension_not_open")

    def test_what_nobody_asked_for_cannot_be_decided(self, dispatcher, round_):
        round_.phone.report(round_.first, "arrived")

        assert decide(dispatcher, round_, True).json["code"] == "extension_not_open"

    def test_another_branchs_dispatcher_does_not_find_it(self, database, signed_in, tight_round):
        tight_round.phone.report(tight_round.first, "arrived")
        ask(tight_round)
        with database.unit_of_work() as session:
            stranger = factories.make_staff(session, role=Role.DISPATCHER)

        assert decide(signed_in(stranger), tight_round, True).status_code == 404

    def test_couriers_do_not_decide(self, round_):
        assert decide(round_.phone.client, round_, True).status_code == 403

    @pytest.mark.parametrize("granted", ["yes", 1, None])
    def test_a_decision_is_yes_or_no(self, dispatcher, round_, granted):
        assert decide(dispatcher, round_, granted).status_code == 422
