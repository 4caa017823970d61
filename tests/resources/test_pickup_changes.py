"""What a dispatcher does with a pickup over HTTP: change, assign, move, call off."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api import security
from api.domain.vocabulary import PickupState, ReadinessAnswer, Role, WaitOutcome
from api.models import Notice, PickupAssignment, Wait
from tests.factories import make_contact, make_link, make_staff, make_wait
from tests.fakes import NOW

ENDED = [PickupState.COLLECTED, PickupState.LEFT, PickupState.MISSED, PickupState.CANCELLED]


def told(database, staff):
    """The kinds of notices that a staff member has been sent."""
    with database.unit_of_work(read_only=True) as session:
        return list(
            session.scalars(
                select(Notice.kind)
                .where(Notice.staff_id == staff.id)
                .order_by(Notice.decided_at, Notice.dedupe_key)
            )
        )


class TestChangePickup:
    def test_a_new_eta_is_kept_and_the_contact_is_asked_accordingly(self, dispatcher, pickup_of, database):
        pickup = pickup_of(window_start=NOW + timedelta(hours=3), window_end=NOW + timedelta(hours=5))
        eta = NOW + timedelta(hours=4)

        answer = dispatcher.patch(
            f"/v1/pickups/{pickup.id}", json={"eta_at": eta.isoformat()}, headers={"If-Match": '"1"'}
        )

        assert (answer.status_code, answer.json["eta_at"]) == (200, eta.isoformat())
        with database.unit_of_work(read_only=True) as session:
            asked_at = session.get_one(type(pickup), pickup.id).ping_due_at
        assert asked_at == eta - timedelta(minutes=45)  # As early as anybody is asked.

    def test_the_tag_of_a_change_is_good_for_the_next(self, dispatcher, pickup_of):
        path, tag = f"/v1/pickups/{pickup_of().id}", '"1"'

        for parcels in (2, 3, 4):
            answer = dispatcher.patch(path, json={"parcels_expected": parcels}, headers={"If-Match": tag})
            assert answer.status_code == 200
            tag = answer.headers["ETag"]

        assert dispatcher.get(path).headers["ETag"] == tag

    def test_links_of_the_contact_before_end_when_another_takes_over(
        self, dispatcher, client, pickup_of, customer, database
    ):
        pickup = pickup_of()
        with database.unit_of_work() as session:
            other = make_contact(session, customer)
            link = make_link(session, pickup)
            token = security.vault_of(session).links.token(link.id, link.key_id)

        dispatcher.patch(
            f"/v1/pickups/{pickup.id}", json={"contact_id": str(other.id)}, headers={"If-Match": '"1"'}
        )

        assert client.get(f"/v1/links/{token}").status_code == 410

    def test_half_a_window_is_measured_against_the_other_half(self, dispatcher, pickup_of):
        pickup = pickup_of()
        before_its_start = (NOW - timedelta(minutes=1)).isoformat()

        answer = dispatcher.patch(
            f"/v1/pickups/{pickup.id}", json={"window_end": before_its_start}, headers={"If-Match": '"1"'}
        )

        assert (answer.status_code, answer.json["code"]) == (422, "window_impossible")

    @pytest.mark.parametrize("state", ENDED)
    def test_what_is_over_does_not_change_and_the_refusal_names_the_state(self, dispatcher, pickup_of, state):
        pickup = pickup_of(state=state)

        answer = dispatcher.patch(
            f"/v1/pickups/{pickup.id}", json={"parcels_expected": 1}, headers={"If-Match": '"1"'}
        )

        assert (answer.status_code, answer.json["code"]) == (409, "pickup_state_forbids")
        assert answer.json["state"] == state

    def test_b11_a_stale_change_is_refused(self, dispatcher, pickup_of):
        path = f"/v1/pickups/{pickup_of().id}"

        assert dispatcher.patch(path, json={}).status_code == 428
        assert dispatcher.patch(path, json={}, headers={"If-Match": '"9"'}).status_code == 412


class TestAssignPickup:
    def test_a_new_courier_is_told_and_so_is_the_one_before(
        self, dispatcher, hire, courier, pickup_of, database
    ):
        pickup, colleague = pickup_of(courier), hire(Role.COURIER)

        answer = dispatcher.post(
            f"/v1/pickups/{pickup.id}/assignment", json={"courier_id": str(colleague.id)}
        )

        assert (answer.status_code, answer.json["courier_id"]) == (200, str(colleague.id))
        assert told(database, courier) == ["pickup_reassigned"]
        assert told(database, colleague) == ["pickup_assigned"]

    def test_who_held_the_pickup_when_is_kept(self, dispatcher, hire, courier, pickup_of, database, clock):
        pickup, colleague = pickup_of(courier), hire(Role.COURIER)
        moved_at = clock.tick(minutes=5)

        dispatcher.post(f"/v1/pickups/{pickup.id}/assignment", json={"courier_id": str(colleague.id)})

        with database.unit_of_work(read_only=True) as session:
            held = session.scalars(select(PickupAssignment).order_by(PickupAssignment.id)).all()
        assert [(one.courier_id, one.assigned_at, one.ended_at) for one in held] == [
            (courier.id, NOW, moved_at),
            (colleague.id, moved_at, None),
        ]

    def test_the_same_courier_again_changes_nothing(self, dispatcher, courier, pickup_of, database):
        pickup = pickup_of(courier)

        answer = dispatcher.post(f"/v1/pickups/{pickup.id}/assignment", json={"courier_id": str(courier.id)})

        assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
        assert told(database, courier) == []

    def test_a_running_wait_ends_when_another_courier_takes_over(
        self, dispatcher, hire, courier, pickup_of, database
    ):
        pickup, colleague = pickup_of(courier, state=PickupState.AT_DOOR), hire(Role.COURIER)
        with database.unit_of_work() as session:
            wait = make_wait(session, pickup)

        answer = dispatcher.post(
            f"/v1/pickups/{pickup.id}/assignment", json={"courier_id": str(colleague.id)}
        )

        assert answer.json["state"] == "assigned"
        with database.unit_of_work(read_only=True) as session:
            assert session.get_one(Wait, wait.id).outcome is WaitOutcome.CANCELLED

    def test_b5_a_courier_of_another_branch_cannot_be_named(self, dispatcher, pickup_of, database):
        with database.unit_of_work() as session:
            stranger = make_staff(session, role=Role.COURIER)

        answer = dispatcher.post(
            f"/v1/pickups/{pickup_of().id}/assignment", json={"courier_id": str(stranger.id)}
        )

        assert (answer.status_code, answer.json["code"]) == (422, "not_a_courier")

    @pytest.mark.parametrize("state", ENDED)
    def test_what_is_over_is_not_assigned(self, dispatcher, courier, pickup_of, state):
        pickup = pickup_of(state=state)

        answer = dispatcher.post(f"/v1/pickups/{pickup.id}/assignment", json={"courier_id": str(courier.id)})

        assert (answer.status_code, answer.json["state"]) == (409, state)


class TestReschedulePickup:
    def test_another_window_asks_the_contact_anew_and_tells_the_courier(
        self, dispatcher, courier, pickup_of, database
    ):
        pickup = pickup_of(
            courier,
            state=PickupState.EN_ROUTE,
            eta_at=NOW,
            readiness_answer=ReadinessAnswer.ANOTHER_TIME,
            readiness_answered_at=NOW,
        )
        window = {
            "window_start": (NOW + timedelta(hours=3)).isoformat(),
            "window_end": (NOW + timedelta(hours=4)).isoformat(),
        }

        answer = dispatcher.post(f"/v1/pickups/{pickup.id}/rescheduling", json=window)

        assert answer.status_code == 200
        assert answer.json.items() >= {**window, "state": "assigned", "eta_at": None}.items()
        assert answer.json["readiness"]["answer"] is None
        assert told(database, courier) == ["pickup_rescheduled"]
        with database.unit_of_work(read_only=True) as session:
            asked_at = session.get_one(type(pickup), pickup.id).ping_due_at
        assert asked_at == NOW + timedelta(hours=2, minutes=15)

    @pytest.mark.parametrize("state", [PickupState.AT_DOOR, PickupState.COLLECTED, PickupState.CANCELLED])
    def test_a_courier_at_the_door_is_not_rescheduled_nor_what_is_settled(self, dispatcher, pickup_of, state):
        window = {"window_start": NOW.isoformat(), "window_end": (NOW + timedelta(hours=2)).isoformat()}

        answer = dispatcher.post(f"/v1/pickups/{pickup_of(state=state).id}/rescheduling", json=window)

        assert (answer.status_code, answer.json["state"]) == (409, state)


class TestCancelPickup:
    def test_a_cancelled_pickup_tells_its_courier_not_to_go(self, dispatcher, courier, pickup_of, database):
        pickup = pickup_of(courier, ping_due_at=NOW)

        answer = dispatcher.post(f"/v1/pickups/{pickup.id}/cancellation", json={"reason": "nothing today"})

        assert (answer.json["state"], answer.json["cancel_reason"]) == ("cancelled", "nothing today")
        assert told(database, courier) == ["pickup_cancelled"]
        with database.unit_of_work(read_only=True) as session:
            assert session.get_one(type(pickup), pickup.id).ping_due_at is None

    def test_what_the_contact_proposes_is_accepted_by_cancelling(self, dispatcher, pickup_of):
        pickup = pickup_of(readiness_answer=ReadinessAnswer.NOTHING_TODAY, readiness_answered_at=NOW)

        answer = dispatcher.post(f"/v1/pickups/{pickup.id}/cancellation", json={"only_if_proposed": True})

        assert (answer.status_code, answer.json["state"]) == (200, "cancelled")

    @pytest.mark.parametrize("said", [None, ReadinessAnswer.READY, ReadinessAnswer.ANOTHER_TIME])
    def test_a_proposal_that_the_contact_took_back_is_not_accepted(self, dispatcher, pickup_of, said):
        pickup = pickup_of(readiness_answer=said, readiness_answered_at=said and NOW)

        answer = dispatcher.post(f"/v1/pickups/{pickup.id}/cancellation", json={"only_if_proposed": True})

        assert (answer.status_code, answer.json["code"]) == (409, "nothing_proposed")

    def test_a_reason_is_not_needed(self, dispatcher, pickup_of):
        assert dispatcher.post(f"/v1/pickups/{pickup_of().id}/cancellation", json={}).status_code == 200

    def test_what_is_cancelled_is_not_cancelled_again(self, dispatcher, pickup_of):
        path = f"/v1/pickups/{pickup_of().id}/cancellation"
        dispatcher.post(path, json={})

        again = dispatcher.post(path, json={})

        assert (again.status_code, again.json["state"]) == (409, "cancelled")

    @pytest.mark.parametrize("action", ["assignment", "rescheduling", "cancellation"])
    def test_b8_couriers_do_not_plan(self, signed_in, courier, pickup_of, action):
        pickup = pickup_of(courier)

        assert signed_in(courier).post(f"/v1/pickups/{pickup.id}/{action}", json={}).status_code == 403
