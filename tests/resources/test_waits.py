"""GET /v1/waits and /v1/pickups/{id}/wait: who sees a wait, and how it is drawn."""

from datetime import timedelta
from uuid import uuid4

import pytest

from api.domain.vocabulary import ExtensionState, Role, WaitState
from api.models import Customer
from api.queries import waits
from api.schemas.waits import WaitSchema
from tests import factories
from tests.fakes import NOW
from tests.rounds import Round, make_round


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


@pytest.fixture
def as_role(database, signed_in, round_):
    """Returns the client of another member of the same branch."""

    def sign_in(role: Role):
        with database.unit_of_work() as session:
            member = factories.make_staff(session, round_.branch, role=role)
        return signed_in(member)

    return sign_in


class TestOneWait:
    def test_it_needs_a_sign_in(self, client, round_):
        assert client.get(f"/v1/pickups/{round_.first.id}/wait").status_code == 401

    @pytest.mark.parametrize("role", [Role.INTEGRATION, Role.ADMIN])
    def test_roles_that_have_no_business_at_the_door_are_refused(self, as_role, round_, role):
        assert as_role(role).get(f"/v1/pickups/{round_.first.id}/wait").status_code == 403

    @pytest.mark.parametrize("role", [Role.DISPATCHER, Role.MANAGER, Role.SERVICE_AGENT])
    def test_the_branch_sees_it(self, as_role, round_, role):
        round_.phone.report(round_.first, "arrived")

        assert as_role(role).get(f"/v1/pickups/{round_.first.id}/wait").status_code == 200

    @pytest.mark.parametrize("role", [Role.COURIER, Role.SALES_REP])
    def test_b1_another_couriers_or_reps_wait_is_not_found(self, as_role, round_, role):
        round_.phone.report(round_.first, "arrived")

        assert as_role(role).get(f"/v1/pickups/{round_.first.id}/wait").status_code == 404

    def test_the_owner_sees_his_customers_wait(self, database, signed_in, round_):
        with database.unit_of_work() as session:
            owner = factories.make_staff(session, round_.branch, role=Role.SALES_REP)
            session.get_one(Customer, round_.first.customer_id).owner_id = owner.id
        round_.phone.report(round_.first, "arrived")

        assert signed_in(owner).get(f"/v1/pickups/{round_.first.id}/wait").status_code == 200

    def test_another_branch_does_not_find_it(self, database, signed_in, round_):
        with database.unit_of_work() as session:
            stranger = factories.make_staff(session, role=Role.DISPATCHER)
        round_.phone.report(round_.first, "arrived")

        assert signed_in(stranger).get(f"/v1/pickups/{round_.first.id}/wait").status_code == 404

    @pytest.mark.parametrize("where", ["no wait yet", "no pickup"])
    def test_what_is_not_there_is_not_found(self, round_, where):
        pickup_id = round_.first.id if where == "no wait yet" else uuid4()

        assert round_.phone.client.get(f"/v1/pickups/{pickup_id}/wait").status_code == 404

    def test_it_counts_down_and_changes_colour(self, round_, clock):
        round_.phone.report(round_.first, "arrived")
        seen = []

        for seconds in (100.5, 79.5, 120, 9):
            clock.tick(seconds=seconds)
            wait = round_.phone.client.get(f"/v1/pickups/{round_.first.id}/wait").json
            seen.append((wait["colour"], wait["remaining_seconds"], wait["server_now"]))

        assert [look[:2] for look in seen] == [("green", 200), ("amber", 120), ("expired", 0), ("expired", 0)]
        assert seen[-1][2] == (NOW + timedelta(seconds=309)).isoformat()

    def test_its_plain_values_are_what_the_schema_dumps(self, session):
        wait = factories.make_wait(session, extension_state=ExtensionState.GRANTED, extension_minutes=3)
        wait.extension_asked_at, wait.extension_asked_by = NOW, "contact"

        view = waits.view_of(wait, now=NOW)

        assert WaitSchema().dump(view) == view.to_json()


class TestLiveView:
    def test_b7_couriers_do_not_see_the_branch(self, round_):
        assert round_.phone.client.get("/v1/waits").status_code == 403

    def test_it_lists_running_waits_oldest_first(self, as_role, round_, clock):
        round_.phone.report(round_.second, "arrived")
        clock.tick(minutes=1)
        round_.phone.report(round_.first, "arrived")
        round_.phone.report(round_.first, "handover_started")

        listed = as_role(Role.DISPATCHER).get("/v1/waits").json["items"]

        assert [wait["pickup_id"] for wait in listed] == [str(round_.second.id), str(round_.first.id)]
        assert [wait["state"] for wait in listed] == ["open", "handing_over"]

    @pytest.mark.parametrize(("state", "count"), [("open", 1), ("handing_over", 0), ("closed", 1)])
    def test_it_can_be_narrowed_to_a_state(self, as_role, round_, state, count):
        round_.phone.report(round_.first, "arrived")
        round_.phone.report(round_.second, "arrived")
        round_.phone.report(round_.second, "collected")

        listed = as_role(Role.MANAGER).get(f"/v1/waits?state={state}").json["items"]

        assert [wait["state"] for wait in listed] == [state] * count

    @pytest.mark.parametrize("query", ["state=late", "staus=open", "cursor=nonsense", "limit=0"])
    def test_what_it_does_not_know_is_refused(self, as_role, query):
        assert as_role(Role.DISPATCHER).get(f"/v1/waits?{query}").status_code == 422

    def test_it_comes_in_pages(self, as_role, round_):
        round_.phone.report(round_.first, "arrived")
        round_.phone.report(round_.second, "arrived")
        dispatcher = as_role(Role.DISPATCHER)

        first = dispatcher.get("/v1/waits?limit=1&state=open").json
        second = dispatcher.get(first["next"]).json

        seen = {page["items"][0]["pickup_id"] for page in (first, second)}
        assert seen == {str(round_.first.id), str(round_.second.id)}
        assert second["next"] is None

    def test_b4_another_branchs_waits_are_not_in_it(self, database, as_role):
        with database.unit_of_work() as session:
            factories.make_wait(session, state=WaitState.OPEN)

        assert as_role(Role.DISPATCHER).get("/v1/waits").json["items"] == []
