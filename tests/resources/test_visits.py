"""Visits over HTTP: planned, checked in, reported, moved and called off, by those whose they are."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import Grade, Role, VisitState
from tests.factories import make_customer, make_site, make_visit
from tests.fakes import NOW
from tests.shipping import TODAY

TOMORROW = TODAY + timedelta(days=1)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def rep(hire):
    return hire(Role.SALES_REP)


@pytest.fixture
def customer(database, branch, rep):
    with database.unit_of_work() as session:
        return make_customer(session, branch, owner_id=rep.id, grade=Grade.A)


@pytest.fixture
def visit(database, customer, rep):
    """Adds a visit of the rep: `visit(planned_on=YESTERDAY)`."""

    def visit(**columns):
        with database.unit_of_work() as session:
            return make_visit(session, customer, rep=rep, **{"planned_on": TODAY, **columns})

    return visit


def path(visit, verb=None):
    return f"/v1/visits/{visit.id}" + (f"/{verb}" if verb else "")


class TestPlanVisit:
    def test_nobody_signed_in_plans_one(self, client, customer):
        assert client.post("/v1/visits", json={}).status_code == 401

    @pytest.mark.parametrize("role", [Role.COURIER, Role.DISPATCHER, Role.ADMIN])
    def test_it_is_the_sales_peoples(self, signed_in, hire, role, customer):
        body = {"customer_id": str(customer.id), "planned_on": str(TOMORROW)}

        assert signed_in(hire(role)).post("/v1/visits", json=body).status_code == 403

    def test_a_rep_plans_a_visit_with_a_fixed_time(self, signed_in, rep, customer):
        body = {
            "customer_id": str(customer.id),
            "planned_on": str(TOMORROW),
            "starts_at": "2026-11-19T14:00:00+08:00",
            "purpose": "new price list",
        }

        answer = signed_in(rep).post("/v1/visits", json=body)

        assert answer.status_code == 201
        assert answer.json["starts_at"] == "2026-11-19T06:00:00+00:00"
        assert (answer.json["state"], answer.json["rep_id"]) == ("planned", str(rep.id))
        assert (answer.json["customer_code"], answer.json["grade"]) == (customer.code, "A")

    def test_a_manager_plans_it_for_the_owner(self, signed_in, hire, rep, customer):
        body = {"customer_id": str(customer.id), "planned_on": str(TODAY)}

        assert signed_in(hire(Role.MANAGER)).post("/v1/visits", json=body).json["rep_id"] == str(rep.id)

    def test_a_customer_without_an_owner_cannot_be_visited(self, signed_in, hire, database, branch):
        with database.unit_of_work() as session:
            orphan = make_customer(session, branch)
        body = {"customer_id": str(orphan.id), "planned_on": str(TODAY)}

        answer = signed_in(hire(Role.MANAGER)).post("/v1/visits", json=body)

        assert (answer.status_code, answer.json["code"]) == (409, "customer_has_no_owner")

    def test_planning_accepts_a_proposal(self, signed_in, rep, customer, visit):
        proposed = visit(state=VisitState.PROPOSED)
        body = {"customer_id": str(customer.id), "planned_on": str(TOMORROW)}

        answer = signed_in(rep).post("/v1/visits", json=body)

        assert (answer.json["id"], answer.json["state"]) == (str(proposed.id), "planned")
        assert answer.json["planned_on"] == str(TOMORROW)

    def test_a_customer_is_visited_once_a_day(self, signed_in, rep, customer, visit):
        visit(planned_on=TOMORROW)
        body = {"customer_id": str(customer.id), "planned_on": str(TOMORROW)}

        answer = signed_in(rep).post("/v1/visits", json=body)

        assert (answer.status_code, answer.json["code"]) == (409, "visit_already_planned")

    @pytest.mark.parametrize(
        ("plan", "code"),
        [
            ({"planned_on": str(YESTERDAY)}, "visit_in_the_past"),
            (
                {"planned_on": str(TODAY), "starts_at": "2026-11-19T09:00:00+08:00"},
                "visit_starts_on_another_day",
            ),
            ({"planned_on": "19.11.2026"}, "invalid_fields"),
            ({"planned_on": str(TODAY), "starts_at": "2026-11-18T15:00:00"}, "invalid_fields"),
            ({"planned_on": str(TODAY), "state": "completed"}, "invalid_fields"),
            ({}, "invalid_fields"),
        ],
    )
    def test_what_cannot_be_is_refused(self, signed_in, rep, customer, plan, code):
        answer = signed_in(rep).post("/v1/visits", json={"customer_id": str(customer.id), **plan})

        assert (answer.status_code, answer.json["code"]) == (422, code)

    def test_b4_a_rep_plans_no_visit_to_anothers_customer(self, signed_in, hire, customer):
        body = {"customer_id": str(customer.id), "planned_on": str(TODAY)}

        assert signed_in(hire(Role.SALES_REP)).post("/v1/visits", json=body).status_code == 404


class TestListVisits:
    def test_they_come_by_day_and_the_overdue_say_so(self, signed_in, rep, visit):
        visit(planned_on=TODAY), visit(planned_on=YESTERDAY)

        items = signed_in(rep).get("/v1/visits").json["items"]

        assert [(one["planned_on"], one["is_overdue"]) for one in items] == [
            (str(YESTERDAY), True),
            (str(TODAY), False),
        ]

    def test_filters_narrow_the_list(self, signed_in, rep, customer, visit):
        wanted = visit(planned_on=TOMORROW)
        visit(planned_on=TODAY), visit(planned_on=TOMORROW, state=VisitState.CANCELLED)
        query = f"state=planned&customer_id={customer.id}&planned_from={TOMORROW}&planned_to={TOMORROW}"

        items = signed_in(rep).get(f"/v1/visits?{query}").json["items"]

        assert [one["id"] for one in items] == [str(wanted.id)]

    def test_b4_a_rep_sees_no_visit_of_another_rep(self, signed_in, hire, rep, visit):
        theirs, stranger = visit(), signed_in(hire(Role.SALES_REP))

        assert stranger.get(f"/v1/visits?rep_id={rep.id}").json["items"] == []
        assert stranger.get(path(theirs)).status_code == 404
        assert stranger.post(path(theirs, "cancellation"), json={"reason": "no"}).status_code == 404

    def test_a_manager_sees_the_branchs(self, signed_in, hire, visit):
        visit()

        assert len(signed_in(hire(Role.MANAGER)).get("/v1/visits").json["items"]) == 1


class TestCheckIn:
    @pytest.mark.parametrize(("latitude", "distance", "is_far"), [(31.2335, 0, False), (31.2425, 1001, True)])
    def test_the_distance_is_noted_and_nobody_is_sent_away(
        self, signed_in, database, rep, customer, visit, latitude, distance, is_far
    ):
        planned = visit()
        with database.unit_of_work() as session:
            make_site(session, customer)
            make_site(session, customer, latitude=40.0)

        answer = signed_in(rep).post(
            path(planned, "check-in"), json={"latitude": latitude, "longitude": 121.5055}
        )

        assert (answer.status_code, answer.json["check_in_distance_m"]) == (200, distance)
        assert (answer.json["is_far"], answer.json["checked_in_at"]) == (is_far, NOW.isoformat())

    def test_a_customer_without_a_site_cannot_be_far(self, signed_in, rep, visit):
        answer = signed_in(rep).post(path(visit(), "check-in"), json={"latitude": 0, "longitude": 0})

        assert (answer.json["check_in_distance_m"], answer.json["is_far"]) == (None, None)

    def test_a_second_check_in_changes_nothing(self, signed_in, rep, visit, clock):
        planned, client = visit(), signed_in(rep)
        here = {"latitude": 31.2, "longitude": 121.5}
        first = client.post(path(planned, "check-in"), json=here).json
        clock.tick(minutes=5)

        assert client.post(path(planned, "check-in"), json=here).json == first


class TestReport:
    def test_a_report_completes_the_visit_and_says_when_the_next_is_due(self, signed_in, rep, visit):
        body = {"findings": "Moves to a bigger hall in March.", "mood": "pleased", "competitor_seen": True}

        answer = signed_in(rep).post(path(visit(), "report"), json=body)

        assert answer.status_code == 200
        assert answer.json.items() >= {**body, "state": "completed"}.items()
        assert answer.json["next_due_on"] == str(TODAY + timedelta(days=14))

    def test_a_date_for_the_next_visit_plans_it(self, signed_in, rep, visit):
        client, next_visit_on = signed_in(rep), str(TODAY + timedelta(days=10))

        client.post(
            path(visit(), "report"), json={"findings": "All is well.", "next_visit_on": next_visit_on}
        )

        items = client.get("/v1/visits?state=planned").json["items"]
        assert [one["planned_on"] for one in items] == [next_visit_on]

    def test_a_refused_next_date_leaves_the_visit_open(self, signed_in, rep, visit):
        planned, client = visit(), signed_in(rep)

        refused = client.post(
            path(planned, "report"), json={"findings": "All is well.", "next_visit_on": str(YESTERDAY)}
        )

        assert (refused.status_code, refused.json["code"]) == (422, "visit_in_the_past")
        assert client.get(path(planned)).json["state"] == "planned"

    def test_a_completed_visit_is_not_reported_again(self, signed_in, rep, visit):
        completed = visit(state=VisitState.COMPLETED, completed_at=NOW)

        answer = signed_in(rep).post(path(completed, "report"), json={"findings": "Again."})

        assert (answer.status_code, answer.json["code"]) == (409, "visit_not_open")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "findings"),
            ({"findings": ""}, "findings"),
            ({"findings": "x" * 4001}, "findings"),
            ({"findings": "ok", "mood": "furious"}, "mood"),
            ({"findings": "ok", "completed_at": NOW.isoformat()}, "completed_at"),
        ],
    )
    def test_what_is_malformed_is_refused_by_name(self, signed_in, rep, visit, body, field):
        answer = signed_in(rep).post(path(visit(), "report"), json=body)

        assert answer.status_code == 422
        assert set(answer.json["errors"]) == {field}


class TestMoveAndCancel:
    def test_a_visit_is_moved(self, signed_in, rep, visit):
        answer = signed_in(rep).post(
            path(visit(planned_on=YESTERDAY), "rescheduling"), json={"planned_on": str(TOMORROW)}
        )

        assert (answer.json["planned_on"], answer.json["is_overdue"]) == (str(TOMORROW), False)

    def test_moving_a_proposal_plans_it(self, signed_in, rep, visit):
        answer = signed_in(rep).post(
            path(visit(state=VisitState.PROPOSED), "rescheduling"), json={"planned_on": str(TOMORROW)}
        )

        assert answer.json["state"] == "planned"

    @pytest.mark.parametrize(("state", "ends_as"), [("planned", "cancelled"), ("proposed", "skipped")])
    def test_a_plan_is_cancelled_and_a_proposal_skipped(self, signed_in, rep, visit, state, ends_as):
        answer = signed_in(rep).post(
            path(visit(state=VisitState(state)), "cancellation"), json={"reason": "They are moving."}
        )

        assert (answer.json["state"], answer.json["cancel_reason"]) == (ends_as, "They are moving.")

    @pytest.mark.parametrize(
        ("verb", "body"),
        [("rescheduling", {"planned_on": str(TOMORROW)}), ("cancellation", {"reason": "too late"})],
    )
    def test_what_is_over_stays_so(self, signed_in, rep, visit, verb, body):
        answer = signed_in(rep).post(path(visit(state=VisitState.CANCELLED), verb), json=body)

        assert (answer.status_code, answer.json["code"]) == (409, "visit_not_open")
