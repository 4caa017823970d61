"""Plans of a week over HTTP: proposed with reasons, accepted, moved, skipped, and made again."""

from datetime import date, timedelta

import pytest

from api.domain.vocabulary import Band, Grade, Role, VisitState
from tests.factories import make_churn_alert, make_customer, make_site, make_visit
from tests.fakes import NOW
from tests.shipping import TODAY
from tests.statements import counted, short

NEXT_MONDAY = TODAY + timedelta(days=5)
A_DAY = timedelta(days=1)


@pytest.fixture
def customer(database, branch, rep):
    """Adds a customer of the rep, last visited some days ago: `customer(visited=20)`."""

    def customer(*, visited=20, **columns):
        with database.unit_of_work() as session:
            made = make_customer(session, branch, **{"owner_id": rep.id, "grade": Grade.A, **columns})
            make_site(session, made)
            if visited is not None:
                at = NOW - visited * A_DAY
                make_visit(
                    session,
                    made,
                    rep=rep,
                    state=VisitState.COMPLETED,
                    completed_at=at,
                    planned_on=at.date(),
                )
            return made

    return customer


@pytest.fixture
def client(signed_in, rep):
    return signed_in(rep)


def make_plan(client, monday=NEXT_MONDAY, **more):
    return client.post("/v1/visit-plans", json={"week_starts_on": str(monday), **more})


def proposed(plan):
    return {one["visit"]["customer_id"]: one["visit"] for one in plan["visits"]}


class TestMakePlan:
    def test_the_due_are_proposed_each_with_a_reason_in_the_readers_language(self, client, customer):
        overdue, _fresh = customer(visited=20), customer(visited=1)

        answer = client.post(
            "/v1/visit-plans",
            json={"week_starts_on": str(NEXT_MONDAY)},
            headers={"Accept-Language": "en"},
        )

        assert answer.status_code == 201
        [one] = answer.json["visits"]
        assert (one["visit"]["customer_id"], one["visit"]["state"]) == (str(overdue.id), "proposed")
        assert one["visit"]["because"] == [{"code": "overdue", "numbers": {"days": 6}}]
        assert one["explanation"] == "visit overdue by 6 days"

    def test_reasons_come_in_chinese_for_who_reads_it(self, client, customer):
        customer(visited=20)

        [one] = make_plan(client).json["visits"]

        assert one["explanation"] == "走访已超期 6 天"

    def test_who_finds_no_room_is_named_with_the_reason(self, client, customer, database, branch, rep):
        with database.unit_of_work() as session:
            for _ in range(31):
                make_customer(session, branch, owner_id=rep.id, grade=Grade.C, created_at=NOW - 90 * A_DAY)

        plan = make_plan(client).json

        assert (len(plan["visits"]), len(plan["left_out"])) == (30, 1)
        assert {one["reason"] for one in plan["left_out"]} == {"no_room"}

    def test_made_again_it_is_the_same_plan_and_nothing_is_doubled(self, client, customer):
        for _ in range(3):
            customer()
        first = make_plan(client).json

        again = make_plan(client).json

        assert again["id"] == first["id"]
        assert again["visits"] == first["visits"]

    def test_what_was_accepted_stays_and_what_was_skipped_stays_away(self, client, customer):
        accepted, moved, skipped = (customer(visited=30 + number) for number in range(3))
        plan = make_plan(client).json
        ids = {customer_id: visit["id"] for customer_id, visit in proposed(plan).items()}
        client.post(f"/v1/visit-plans/{plan['id']}/acceptance", json={"visit_ids": [ids[str(accepted.id)]]})
        friday = NEXT_MONDAY + 4 * A_DAY
        client.post(f"/v1/visits/{ids[str(moved.id)]}/rescheduling", json={"planned_on": str(friday)})
        client.post(f"/v1/visits/{ids[str(skipped.id)]}/cancellation", json={"reason": "盘点"})

        again = make_plan(client).json

        states = {customer_id: visit["state"] for customer_id, visit in proposed(again).items()}
        assert states == {str(accepted.id): "planned", str(moved.id): "planned", str(skipped.id): "skipped"}
        assert proposed(again)[str(moved.id)]["planned_on"] == str(friday)
        assert [(one["customer_id"], one["reason"]) for one in again["left_out"]] == [
            (str(skipped.id), "skipped")
        ]

    def test_a_visit_that_is_no_longer_wanted_is_withdrawn(self, client, customer, database, rep):
        gone = customer()
        make_plan(client)
        with database.unit_of_work() as session:
            make_visit(
                session,
                gone,
                rep=rep,
                state=VisitState.COMPLETED,
                completed_at=NOW,
                planned_on=TODAY,
            )

        assert make_plan(client).json["visits"] == []

    def test_a_red_alert_is_visited_within_three_working_days(self, client, customer, database):
        red = customer(visited=1)
        with database.unit_of_work() as session:
            make_churn_alert(session, red, band=Band.HIGH)

        [one] = make_plan(client, TODAY - 2 * A_DAY).json["visits"]

        assert one["visit"]["because"][0]["code"] == "red_alert"
        assert date.fromisoformat(one["visit"]["planned_on"]) <= TODAY + 3 * A_DAY

    def test_a_red_alert_wants_a_visit_even_if_one_is_accepted_for_later(
        self, client, customer, database, rep
    ):
        red = customer(visited=1)
        with database.unit_of_work() as session:
            make_churn_alert(session, red, band=Band.HIGH)
            make_visit(session, red, rep=rep, planned_on=TODAY + 10 * A_DAY)

        plan = make_plan(client, TODAY - 2 * A_DAY).json

        assert list(proposed(plan)) == [str(red.id)]

    def test_who_has_an_accepted_visit_ahead_is_not_proposed(self, client, customer, database, rep):
        booked = customer()
        with database.unit_of_work() as session:
            make_visit(session, booked, rep=rep, planned_on=TODAY + 10 * A_DAY)

        assert make_plan(client).json["visits"] == []

    def test_who_has_an_overdue_visit_is_left_out_until_it_is_settled(self, client, customer, database, rep):
        late = customer()
        with database.unit_of_work() as session:
            make_visit(session, late, rep=rep, planned_on=TODAY - 2 * A_DAY)

        plan = make_plan(client).json

        assert plan["visits"] == []
        assert plan["left_out"][0]["reason"] == "visit_still_open"

    @pytest.mark.parametrize("monday", [TODAY, TODAY - timedelta(days=9), TODAY + timedelta(days=5 + 35)])
    def test_a_week_out_of_reach_is_refused(self, client, monday):
        answer = make_plan(client, monday)

        assert (answer.status_code, answer.json["code"]) == (422, "week_out_of_reach")

    def test_b4_a_rep_plans_for_nobody_else(self, client, hire):
        assert make_plan(client, rep_id=str(hire(Role.SALES_REP).id)).status_code == 404

    def test_a_manager_names_the_rep(self, signed_in, hire, rep, customer):
        customer()
        manager = signed_in(hire(Role.MANAGER))

        assert make_plan(manager).status_code == 404
        assert make_plan(manager, rep_id=str(rep.id)).json["rep_id"] == str(rep.id)

    def test_planning_takes_the_same_few_statements_for_many_customers(self, client, customer, database):
        for _ in range(2):
            customer()
        make_plan(client)
        with counted(database) as few:
            make_plan(client)
        for _ in range(8):
            customer()
        make_plan(client)
        with counted(database) as many:
            make_plan(client)

        assert len(many) == len(few) <= 24, short(many)


class TestReadAndAccept:
    def test_all_are_accepted_at_once_and_twice_is_once(self, client, customer):
        for _ in range(2):
            customer()
        plan = make_plan(client).json

        for _ in range(2):
            answer = client.post(f"/v1/visit-plans/{plan['id']}/acceptance", json={})

            assert answer.status_code == 200
            assert {one["visit"]["state"] for one in answer.json["visits"]} == {"planned"}

    def test_a_single_visit_is_accepted(self, client, customer, database):
        customer()
        [one] = make_plan(client).json["visits"]

        answer = client.post(f"/v1/visits/{one['visit']['id']}/acceptance")

        assert (answer.status_code, answer.json["state"]) == (200, "planned")

    def test_a_visit_of_no_plan_is_not_accepted_through_one(self, client, customer, database, rep):
        plan, elsewhere = make_plan(client).json, customer(visited=None)
        with database.unit_of_work() as session:
            strange = make_visit(session, elsewhere, rep=rep, state=VisitState.PROPOSED)

        answer = client.post(
            f"/v1/visit-plans/{plan['id']}/acceptance", json={"visit_ids": [str(strange.id)]}
        )

        assert answer.status_code == 404

    def test_plans_are_listed_the_newest_week_first(self, client, customer):
        customer()
        later, sooner = make_plan(client, NEXT_MONDAY + 7 * A_DAY).json, make_plan(client).json

        page = client.get("/v1/visit-plans?limit=1").json
        rest = client.get(page["next"]).json

        assert [one["id"] for one in (*page["items"], *rest["items"])] == [later["id"], sooner["id"]]
        assert rest["next"] is None

    def test_a_list_counts_what_waits_for_an_answer(self, client, customer):
        customer(), customer()
        plan = make_plan(client).json
        client.post(f"/v1/visits/{plan['visits'][0]['visit']['id']}/acceptance")

        [one] = client.get(f"/v1/visit-plans?week_starts_on={NEXT_MONDAY}").json["items"]

        assert (one["proposed"], one["left_out"]) == (1, 0)

    def test_b4_another_reps_plan_is_not_found(self, client, customer, signed_in, hire):
        plan, stranger = make_plan(client).json, signed_in(hire(Role.SALES_REP))

        assert stranger.get(f"/v1/visit-plans/{plan['id']}").status_code == 404
        assert stranger.post(f"/v1/visit-plans/{plan['id']}/acceptance", json={}).status_code == 404
        assert stranger.get("/v1/visit-plans").json["items"] == []

    @pytest.mark.parametrize("role", [Role.COURIER, Role.DISPATCHER, Role.SERVICE_AGENT])
    def test_plans_are_the_sales_peoples(self, signed_in, hire, role):
        assert signed_in(hire(role)).get("/v1/visit-plans").status_code == 403
