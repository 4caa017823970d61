"""The life of a visit over HTTP: what the report keeps, the promises in it, the next one, and what failed."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import Grade, Role, VisitState
from tests.factories import make_contact, make_customer, make_visit
from tests.fakes import NOW
from tests.shipping import TODAY
from tests.statements import counted, short
from tests.visiting import make_visit_task

A_DAY = timedelta(days=1)
TOMORROW, YESTERDAY = TODAY + A_DAY, TODAY - A_DAY


@pytest.fixture
def customer(database, branch, rep):
    with database.unit_of_work() as session:
        return make_customer(session, branch, owner_id=rep.id, grade=Grade.A, created_at=NOW - 60 * A_DAY)


@pytest.fixture
def visit(database, customer, rep):
    """Adds a visit of the rep: `visit(planned_on=YESTERDAY)`."""

    def visit(**columns):
        with database.unit_of_work() as session:
            return make_visit(session, customer, rep=rep, **{"planned_on": TODAY, **columns})

    return visit


@pytest.fixture
def client(signed_in, rep):
    return signed_in(rep)


def report(client, visit, **body):
    return client.post(f"/v1/visits/{visit.id}/report", json={"findings": "一切顺利", **body})


class TestReport:
    def test_it_keeps_who_was_met_what_is_needed_and_which_rival_was_seen(self, client, visit, contact):
        told = {"met": [str(contact.id)], "needs": "月底前要两台打单机", "competitor": "某通速运"}

        answer = report(client, visit(), **told, mood="pleased")

        assert answer.status_code == 200
        assert answer.json.items() >= {**told, "mood": "pleased", "competitor_seen": True}.items()

    def test_next_steps_become_tasks_of_the_rep(self, client, visit, customer, rep):
        steps = [{"what": "把新报价单发过去", "due_on": str(TOMORROW)}]

        report(client, visit(), next_steps=steps)

        [task] = client.get("/v1/visit-tasks").json["items"]
        assert task.items() >= {**steps[0], "customer_code": customer.code, "rep_id": str(rep.id)}.items()
        assert (task["done_at"], task["is_overdue"]) == (None, False)

    def test_the_next_visit_is_offered_near_its_due_day(self, client, visit):
        answer = report(client, visit())

        [offered] = client.get("/v1/visits?state=proposed").json["items"]
        assert answer.json["next_due_on"] == str(TODAY + 14 * A_DAY)
        assert offered["planned_on"] == answer.json["next_visit_on"] == str(TODAY + 14 * A_DAY)

    def test_the_offer_avoids_a_closed_and_a_full_day(self, client, visit, database, branch, rep):
        due = TODAY + 14 * A_DAY
        with database.unit_of_work() as session:
            for _ in range(5):
                make_visit(session, make_customer(session, branch, owner_id=rep.id), rep=rep, planned_on=due)

        assert report(client, visit()).json["next_visit_on"] == str(due - A_DAY)

    def test_nothing_is_offered_where_a_visit_is_open(self, client, visit):
        visit(planned_on=TOMORROW)

        assert report(client, visit()).json["next_visit_on"] == str(TOMORROW)
        assert client.get("/v1/visits?state=proposed").json["items"] == []

    def test_somebody_of_another_house_cannot_have_been_met(self, client, visit, database, branch):
        with database.unit_of_work() as session:
            strange = make_contact(session, make_customer(session, branch))

        answer = report(client, visit(), met=[str(strange.id)])

        assert (answer.status_code, answer.json["code"]) == (422, "met_somebody_else")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"next_steps": [{"what": "x"}]}, "next_steps"),
            ({"next_steps": [{"what": "", "due_on": str(TOMORROW)}]}, "next_steps"),
            ({"next_steps": [{"what": "x", "due_on": str(TOMORROW)}] * 11}, "next_steps"),
            ({"met": ["nobody"]}, "met"),
            ({"needs": "x" * 2001}, "needs"),
            ({"competitor": ""}, "competitor"),
        ],
    )
    def test_what_is_malformed_is_refused_by_name(self, client, visit, body, field):
        answer = report(client, visit(), **body)

        assert (answer.status_code, set(answer.json["errors"])) == (422, {field})

    def test_a_promise_for_yesterday_is_refused_and_the_visit_stays_open(self, client, visit):
        planned = visit()

        answer = report(client, planned, next_steps=[{"what": "x", "due_on": str(YESTERDAY)}])

        assert (answer.status_code, answer.json["code"]) == (422, "task_in_the_past")
        assert client.get(f"/v1/visits/{planned.id}").json["state"] == "planned"


class TestFailure:
    def test_a_visit_that_did_not_happen_says_why(self, client, visit):
        answer = client.post(
            f"/v1/visits/{visit().id}/failure", json={"obstacle": "nobody_there", "reason": "门锁着"}
        )

        assert answer.status_code == 200
        assert (
            answer.json.items()
            >= {
                "state": "missed",
                "obstacle": "nobody_there",
                "cancel_reason": "门锁着",
            }.items()
        )

    def test_before_its_day_it_is_not_missed(self, client, visit):
        answer = client.post(f"/v1/visits/{visit(planned_on=TOMORROW).id}/failure", json={"obstacle": "ill"})

        assert (answer.status_code, answer.json["code"]) == (409, "visit_not_yet_due")

    def test_what_is_over_stays_so(self, client, visit):
        over = visit(state=VisitState.CANCELLED)

        assert client.post(f"/v1/visits/{over.id}/failure", json={"obstacle": "ill"}).status_code == 409
        assert client.post(f"/v1/visits/{over.id}/acceptance").status_code == 409

    def test_a_reason_is_one_of_a_few(self, client, visit):
        answer = client.post(f"/v1/visits/{visit().id}/failure", json={"obstacle": "no_fun"})

        assert (answer.status_code, set(answer.json["errors"])) == (422, {"obstacle"})

    def test_who_was_missed_is_proposed_anew(self, client, visit):
        client.post(f"/v1/visits/{visit().id}/failure", json={"obstacle": "nobody_there"})

        plan = client.post("/v1/visit-plans", json={"week_starts_on": str(TODAY + 5 * A_DAY)}).json

        assert [one["visit"]["state"] for one in plan["visits"]] == ["proposed"]

    def test_b4_another_reps_visit_is_not_found(self, signed_in, hire, visit):
        stranger, theirs = signed_in(hire(Role.SALES_REP)), visit()

        assert stranger.post(f"/v1/visits/{theirs.id}/failure", json={"obstacle": "ill"}).status_code == 404
        assert stranger.post(f"/v1/visits/{theirs.id}/acceptance").status_code == 404
        assert stranger.get(f"/v1/visits/{theirs.id}/brief").status_code == 404


class TestMove:
    def test_two_fixed_times_of_a_rep_do_not_overlap(self, client, visit, database, branch, rep):
        at = f"{TOMORROW}T14:00:00+08:00"
        with database.unit_of_work() as session:
            other = make_customer(session, branch, owner_id=rep.id)
        first = visit(planned_on=TOMORROW)
        client.post(
            f"/v1/visits/{first.id}/rescheduling", json={"planned_on": str(TOMORROW), "starts_at": at}
        )

        body = {"customer_id": str(other.id), "planned_on": str(TOMORROW)}
        refused = client.post("/v1/visits", json={**body, "starts_at": f"{TOMORROW}T14:44:00+08:00"})
        taken = client.post("/v1/visits", json={**body, "starts_at": f"{TOMORROW}T14:45:00+08:00"})

        assert (refused.status_code, refused.json["code"]) == (409, "visit_times_overlap")
        assert taken.status_code == 201

    def test_a_visit_does_not_stand_in_its_own_way(self, client, visit):
        planned = visit(planned_on=TOMORROW)
        for minute in ("00", "10"):
            body = {"planned_on": str(TOMORROW), "starts_at": f"{TOMORROW}T14:{minute}:00+08:00"}

            assert client.post(f"/v1/visits/{planned.id}/rescheduling", json=body).status_code == 200

    def test_a_visit_is_not_moved_onto_another_of_the_same_customer(self, client, visit):
        visit(planned_on=TOMORROW)

        answer = client.post(f"/v1/visits/{visit().id}/rescheduling", json={"planned_on": str(TOMORROW)})

        assert (answer.status_code, answer.json["code"]) == (409, "visit_already_planned")

    def test_the_day_of_a_rep_abroad_is_the_one_where_he_is(self, signed_in, hire, database, branch):
        abroad = hire(Role.SALES_REP, timezone="America/New_York")
        with database.unit_of_work() as session:
            customer = make_customer(session, branch, owner_id=abroad.id)
        body = {"customer_id": str(customer.id), "planned_on": str(YESTERDAY)}

        # At 09:30 of the 18th in Shanghai it is still the 17th in New York.
        assert signed_in(abroad).post("/v1/visits", json=body).status_code == 201


class TestTasks:
    @pytest.fixture
    def task(self, database, visit):
        done = visit(state=VisitState.COMPLETED, completed_at=NOW)

        def task(**columns):
            with database.unit_of_work() as session:
                return make_visit_task(session, done, **columns)

        return task

    def test_a_promise_is_kept_once(self, client, task, clock):
        promised = task()
        first = client.post(f"/v1/visit-tasks/{promised.id}/completion").json
        clock.tick(minutes=5)

        assert client.post(f"/v1/visit-tasks/{promised.id}/completion").json == first
        assert first["done_at"] == NOW.isoformat()

    def test_a_promise_gets_another_day(self, client, task):
        answer = client.post(
            f"/v1/visit-tasks/{task().id}/rescheduling", json={"due_on": str(TODAY + 9 * A_DAY)}
        )

        assert answer.json["due_on"] == str(TODAY + 9 * A_DAY)

    @pytest.mark.parametrize(
        ("columns", "due_on", "status", "code"),
        [
            ({}, YESTERDAY, 422, "task_in_the_past"),
            ({"done_at": NOW}, TOMORROW, 409, "task_is_done"),
        ],
    )
    def test_what_cannot_be_moved_is_refused(self, client, task, columns, due_on, status, code):
        answer = client.post(
            f"/v1/visit-tasks/{task(**columns).id}/rescheduling", json={"due_on": str(due_on)}
        )

        assert (answer.status_code, answer.json["code"]) == (status, code)

    def test_filters_narrow_the_list_and_the_overdue_say_so(self, client, task):
        late = task(due_on=YESTERDAY)
        task(due_on=YESTERDAY, done_at=NOW), task(due_on=TOMORROW)

        items = client.get(f"/v1/visit-tasks?done=false&due_to={TODAY}").json["items"]

        assert [(one["id"], one["is_overdue"]) for one in items] == [(str(late.id), True)]

    def test_b4_another_reps_promise_is_not_found(self, signed_in, hire, task):
        stranger, theirs = signed_in(hire(Role.SALES_REP)), task()

        assert stranger.get("/v1/visit-tasks").json["items"] == []
        assert stranger.post(f"/v1/visit-tasks/{theirs.id}/completion").status_code == 404

    def test_a_manager_sees_the_branchs(self, signed_in, hire, task):
        task()

        assert len(signed_in(hire(Role.MANAGER)).get("/v1/visit-tasks").json["items"]) == 1

    def test_a_list_takes_the_same_few_statements_however_long(self, client, task, database):
        task()
        with counted(database) as few:
            client.get("/v1/visit-tasks")
        for _ in range(5):
            task()
        with counted(database) as many:
            client.get("/v1/visit-tasks")

        assert len(many) == len(few), short(many)
