"""POST /v1/field-events: what each event does to a pickup and its wait."""

from datetime import datetime, timedelta
from random import Random

import pytest

from api.domain.vocabulary import PickupState, Role
from api.models import Customer, FieldEvent, Notice, Pickup, StaffMember, Wait, WaitTimer
from tests import factories
from tests.fakes import NOW
from tests.phones import AT_THE_DOOR, FAR_AWAY, Phone
from tests.rounds import Round, make_round, rows, state_of


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


class TestSteps:
    def test_an_arrival_opens_a_wait_with_its_deadline(self, database, round_):
        result = round_.phone.report(round_.first, "arrived")

        wait = result["wait"]
        assert (wait["state"], wait["colour"], wait["attempt"]) == ("open", "green", 1)
        assert datetime.fromisoformat(wait["deadline_at"]) == NOW + timedelta(seconds=300)
        assert (wait["limit_seconds"], wait["remaining_seconds"]) == (300, 300)
        assert [rung["kind"] for rung in wait["ladder"]] == [
            "nudge", "warn", "expire", "undecided", "abandon"
        ]  # fmt: skip
        assert state_of(database, round_.first) is PickupState.AT_DOOR
        assert [(row["kind"], row["state"]) for row in rows(database, WaitTimer)] == [("nudge", "armed")]

    def test_the_answer_shows_the_wait_as_its_own_resource_does(self, round_):
        result = round_.phone.report(round_.first, "arrived")

        assert result["wait"] == round_.phone.client.get(f"/v1/pickups/{round_.first.id}/wait").json

    def test_a_courier_who_is_early_waits_for_the_window(self, database, round_, clock):
        with database.unit_of_work() as session:
            site = factories.make_site(session, factories.make_customer(session, round_.branch))
            later = factories.make_pickup(
                session, site, courier=round_.courier, window_start=NOW + timedelta(minutes=10)
            )

        wait = round_.phone.report(later, "arrived")["wait"]

        assert wait["colour"] == "early"
        assert datetime.fromisoformat(wait["deadline_at"]) == NOW + timedelta(minutes=15)

    def test_c4_a_second_arrival_returns_the_running_wait_unchanged(self, database, round_, clock):
        first = round_.phone.report(round_.first, "arrived")["wait"]
        clock.tick(seconds=100)

        second = round_.phone.report(round_.first, "arrived")

        assert second["outcome"] == "applied"
        assert (second["wait"]["id"], second["wait"]["deadline_at"]) == (first["id"], first["deadline_at"])
        assert len(rows(database, Wait)) == len(rows(database, WaitTimer)) == 1

    def test_an_arrival_undone_is_kept_uncounted_and_the_next_is_another_attempt(
        self, database, round_, clock
    ):
        round_.phone.report(round_.first, "arrived")
        clock.tick(seconds=20)

        undone = round_.phone.report(round_.first, "arrival_undone")["wait"]
        again = round_.phone.report(round_.first, "arrived")["wait"]

        assert (undone["state"], undone["outcome"], undone["dwell_seconds"]) == ("closed", "undone", None)
        assert again["attempt"] == 2
        timers = [(row["wait_id"], row["state"]) for row in rows(database, WaitTimer)]
        assert sorted(str(wait_id) for wait_id, state in timers if state == "armed") == [again["id"]]

    def test_a_third_undoing_is_kept_without_effect(self, round_, clock):
        for _ in range(2):
            round_.phone.report(round_.first, "arrived")
            round_.phone.report(round_.first, "arrival_undone")
        round_.phone.report(round_.first, "arrived")

        result = round_.phone.report(round_.first, "arrival_undone")

        assert (result["outcome"], result["conflict"]) == ("conflict", "arrival_undone_too_often")

    def test_a_handover_ends_the_avoidable_wait_and_collecting_the_dwell(self, database, round_, clock):
        round_.phone.report(round_.first, "arrived")
        clock.tick(seconds=200)
        round_.phone.report(round_.first, "handover_started")
        clock.tick(seconds=60)

        wait = round_.phone.report(round_.first, "collected", data={"parcels": 7})["wait"]

        assert (wait["avoidable_wait_seconds"], wait["dwell_seconds"]) == (200, 260)
        assert (wait["state"], wait["outcome"], wait["quality"]) == ("closed", "collected", "measured")
        with database.unit_of_work(read_only=True) as session:
            pickup = session.get_one(Pickup, round_.first.id)
            assert (pickup.state, pickup.parcels_collected) == (PickupState.COLLECTED, 7)
            assert pickup.feedback_due_at == clock.now() + timedelta(minutes=5)

    def test_c12_the_end_of_a_wait_cancels_its_timer_in_the_same_transaction(self, database, round_):
        round_.phone.report(round_.first, "arrived")

        round_.phone.report(round_.first, "collected")

        assert [row["state"] for row in rows(database, WaitTimer)] == ["cancelled"]

    @pytest.mark.parametrize("kind", ["collected", "left", "handover_started", "arrival_undone"])
    def test_c6_a_step_before_the_arrival_is_kept_without_effect(self, database, round_, kind):
        result = round_.phone.report(round_.first, kind)

        assert (result["outcome"], result["conflict"]) == ("conflict", "event_out_of_step")
        assert state_of(database, round_.first) is PickupState.ASSIGNED
        assert [row["outcome"] for row in rows(database, FieldEvent)] == ["conflict"]
        assert rows(database, Wait) == []

    def test_a_cancelled_pickup_is_refused_but_what_came_before_is_kept(self, database, round_, clock):
        before = round_.phone.event(round_.first, "arrived")
        cancelled_at = clock.tick(minutes=1)
        with database.unit_of_work() as session:
            pickup = session.get_one(Pickup, round_.first.id)
            pickup.state, pickup.changed_at = PickupState.CANCELLED, cancelled_at
        clock.tick(minutes=1)

        kept, refused = round_.phone.send(before, round_.phone.event(round_.first, "arrived"))

        assert (kept["outcome"], kept["conflict"]) == ("conflict", "cancelled")
        assert (refused["outcome"], refused["problem"]["state"]) == ("rejected", "cancelled")


class TestTimeAndPlace:
    def test_c8_a_shuffled_batch_from_a_phone_that_is_40_minutes_wrong_is_put_in_order(
        self, database, round_, clock, signed_in
    ):
        phone = Phone(round_.phone.client, clock, skew=timedelta(minutes=40))
        events = [phone.event(round_.first, "departed")]
        for seconds, kind in [(60, "arrived"), (200, "handover_started"), (100, "collected")]:
            clock.tick(seconds=seconds)
            events.append(phone.event(round_.first, kind))
        clock.tick(minutes=50)
        Random(7).shuffle(events)

        results = phone.send(*events)

        assert {result["outcome"] for result in results} == {"applied"}
        (wait,) = rows(database, Wait)
        assert (wait["dwell_seconds"], wait["avoidable_wait_seconds"]) == (300, 200)
        assert wait["arrived_at"] == NOW + timedelta(seconds=60)
        assert rows(database, WaitTimer) == []
        assert rows(database, Notice) == []

    def test_c7_an_event_from_the_future_arms_no_timer_in_the_far_future(self, database, round_):
        envelope = round_.phone.envelope(
            round_.phone.event(
                round_.first, "arrived", boot_id=None, occurred_at=(NOW + timedelta(days=2)).isoformat()
            )
        )

        round_.phone.client.post("/v1/field-events", json=envelope)

        (timer,) = rows(database, WaitTimer)
        assert timer["due_at"] <= NOW + timedelta(minutes=3)

    def test_c7_an_event_older_than_72_hours_is_stored_as_late(self, database, round_):
        round_.phone.report(round_.first, "departed", ago=timedelta(hours=73))

        assert [row["late"] for row in rows(database, FieldEvent)] == [True]

    def test_an_event_older_than_what_is_known_overwrites_nothing(self, database, round_, clock):
        old = round_.phone.event(round_.first, "departed")
        clock.tick(minutes=5)
        round_.phone.report(round_.first, "arrived")

        result = round_.phone.send(old)[0]

        assert result["outcome"] == "applied"
        assert state_of(database, round_.first) is PickupState.AT_DOOR

    def test_a_slower_request_does_not_swap_two_events(self, round_, clock):
        """The later event travelled faster: by receipt it seems to have come first."""
        round_.phone.report(round_.first, "arrived")

        result = round_.phone.report(round_.first, "arrival_undone", ago=timedelta(seconds=3))

        assert result["outcome"] == "applied"
        assert result["wait"]["departed_at"] == result["wait"]["arrived_at"]

    @pytest.mark.parametrize(
        ("position", "trust"),
        [
            (AT_THE_DOOR, "verified"),
            (FAR_AWAY, "low"),
            (AT_THE_DOOR | {"mock": True}, "low"),
            (None, "unknown"),
        ],
    )
    def test_c5_an_arrival_is_accepted_from_anywhere_and_its_trust_is_kept(self, round_, position, trust):
        result = round_.phone.report(round_.first, "arrived", position=position)

        assert (result["outcome"], result["wait"]["trust"]) == ("applied", trust)
        assert result["wait"]["colour"] == "green"


class TestLeaving:
    @pytest.fixture
    def owner(self, database, round_) -> StaffMember:
        with database.unit_of_work() as session:
            owner = factories.make_staff(session, round_.branch, role=Role.SALES_REP)
            session.get_one(Customer, round_.first.customer_id).owner_id = owner.id
        return owner

    def kinds(self, database) -> list[str]:
        return sorted(row["kind"] for row in rows(database, Notice))

    def test_leaving_at_the_deadline_with_a_cause_is_protected_and_told(self, database, round_, owner, clock):
        round_.phone.report(round_.first, "arrived")
        clock.tick(seconds=300)

        wait = round_.phone.report(round_.first, "left", data={"cause": "nobody_there"})["wait"]

        assert (wait["protected"], wait["needs_review"]) == (True, False)
        assert (wait["cause"], wait["avoidable_wait_seconds"]) == ("nobody_there", 300)
        assert self.kinds(database) == ["protected_leave", "wait_left"]
        (to_contact,) = [row for row in rows(database, Notice) if row["contact_id"]]
        assert to_contact["link_id"] is not None

    def test_the_owner_of_a_lesser_customer_is_told_the_second_time(self, database, round_, owner, clock):
        with database.unit_of_work() as session:
            session.get_one(Customer, round_.first.customer_id).grade = "C"
        told = []
        for pickup in (round_.first, round_.second):
            round_.phone.report(pickup, "arrived")
            clock.tick(seconds=300)
            round_.phone.report(pickup, "left", data={"cause": "nobody_there"})
            told.append(self.kinds(database).count("protected_leave"))

        assert told == [0, 1]

    def test_leaving_early_needs_a_cause(self, database, round_, clock):
        round_.phone.report(round_.first, "arrived")
        clock.tick(seconds=299)

        result = round_.phone.report(round_.first, "left")

        assert (result["outcome"], result["problem"]["code"]) == ("rejected", "leaving_needs_cause")
        assert state_of(database, round_.first) is PickupState.AT_DOOR

    def test_leaving_early_is_unprotected_and_shows_to_the_dispatcher(self, database, round_, owner, clock):
        round_.phone.report(round_.first, "arrived")
        clock.tick(seconds=299)

        wait = round_.phone.report(round_.first, "left", data={"cause": "access"})["wait"]

        assert (wait["protected"], wait["avoidable_wait_seconds"]) == (False, 0)
        assert self.kinds(database) == ["early_leave"]

    @pytest.mark.parametrize(("arrived", "left"), [(AT_THE_DOOR, FAR_AWAY), (FAR_AWAY, AT_THE_DOOR)])
    def test_c5_a_leave_whose_place_is_not_proven_goes_to_review_and_touches_no_customer(
        self, database, round_, owner, clock, arrived, left
    ):
        round_.phone.report(round_.first, "arrived", position=arrived)
        clock.tick(seconds=301)

        wait = round_.phone.report(round_.first, "left", data={"cause": "closed"}, position=left)["wait"]

        assert (wait["protected"], wait["needs_review"]) == (False, True)
        assert self.kinds(database) == []

    def test_c6_coming_back_is_another_attempt_with_its_own_clock(self, database, round_, clock):
        round_.phone.report(round_.first, "arrived")
        clock.tick(seconds=290)
        round_.phone.report(round_.first, "left", data={"cause": "nobody_there"})
        clock.tick(seconds=20)

        wait = round_.phone.report(round_.first, "arrived")["wait"]

        assert (wait["attempt"], wait["colour"], wait["remaining_seconds"]) == (2, "green", 300)

    def test_a_leave_learned_of_too_late_is_not_told_to_the_contact(self, database, round_, owner):
        day = timedelta(days=1)
        with database.unit_of_work() as session:
            pickup = session.get_one(Pickup, round_.first.id)
            pickup.window_start, pickup.window_end = NOW - day, NOW - day + timedelta(hours=1)

        round_.phone.send(
            round_.phone.event(round_.first, "arrived", ago=day),
            round_.phone.event(
                round_.first, "left", ago=day - timedelta(minutes=6), data={"cause": "closed"}
            ),
        )

        assert self.kinds(database) == []
