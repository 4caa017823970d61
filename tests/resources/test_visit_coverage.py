"""Coverage and compliance over HTTP: who waits too long, the totals, and how plans are kept."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import CustomerState, Grade, Role, VisitState
from tests.factories import make_customer, make_visit
from tests.fakes import NOW
from tests.shipping import TODAY
from tests.statements import counted, short

A_DAY = timedelta(days=1)


@pytest.fixture
def customer(database, branch, rep):
    """Adds a customer of a rep, last visited some days ago: `customer(visited=20)`."""

    def customer(*, visited=None, owner=rep, **columns):
        with database.unit_of_work() as session:
            made = make_customer(session, branch, **{"owner_id": owner.id, "grade": Grade.A, **columns})
            if visited is not None:
                at = NOW - visited * A_DAY
                make_visit(
                    session,
                    made,
                    rep=owner,
                    state=VisitState.COMPLETED,
                    completed_at=at,
                    planned_on=at.date(),
                )
            return made

    return customer


@pytest.fixture
def manager(signed_in, hire):
    return signed_in(hire(Role.MANAGER))


class TestCoverage:
    @pytest.mark.parametrize(
        ("visited", "standing"),
        [(None, "never"), (11, "on_track"), (12, "due_soon"), (14, "due_soon"), (15, "overdue")],
    )
    def test_the_filter_says_what_the_rule_says(self, manager, customer, visited, standing):
        one = customer(visited=visited)

        found = {
            name: [
                item["customer_id"]
                for item in manager.get(f"/v1/visit-coverage?standing={name}").json["items"]
            ]
            for name in ("never", "on_track", "due_soon", "overdue")
        }

        assert found == {name: [str(one.id)] if name == standing else [] for name in found}
        [line] = manager.get("/v1/visit-coverage").json["items"]
        assert line["standing"] == standing

    @pytest.mark.parametrize(("grade", "days"), [(Grade.B, 30), (Grade.C, 90), (None, 90)])
    def test_each_grade_has_its_own_cadence(self, manager, customer, grade, days):
        customer(visited=days, grade=grade), customer(visited=days + 1, grade=grade)

        overdue = manager.get("/v1/visit-coverage?standing=overdue").json["items"]

        assert [one["due_on"] for one in overdue] == [str(TODAY - A_DAY)]

    def test_a_line_tells_the_last_the_due_and_the_next_day(self, manager, customer, database, rep):
        one = customer(visited=20)
        with database.unit_of_work() as session:
            make_visit(session, one, rep=rep, planned_on=TODAY + 3 * A_DAY)

        [line] = manager.get("/v1/visit-coverage").json["items"]

        assert (
            line.items()
            >= {
                "customer_code": one.code,
                "rep_id": str(rep.id),
                "last_visited_on": str(TODAY - 20 * A_DAY),
                "due_on": str(TODAY - 6 * A_DAY),
                "next_visit_on": str(TODAY + 3 * A_DAY),
            }.items()
        )

    def test_who_was_closed_by_us_is_not_counted(self, manager, customer):
        customer(state=CustomerState.CLOSED_BY_US)

        assert manager.get("/v1/visit-coverage").json["items"] == []

    def test_totals_count_by_rep_and_grade(self, manager, customer, rep, hire):
        other = hire(Role.SALES_REP)
        customer(visited=20), customer(visited=2), customer()
        customer(visited=2, grade=Grade.B), customer(owner=other)

        totals = manager.get("/v1/visit-coverage/totals").json["items"]

        lines = {(one["rep_id"], one["grade"]): one for one in totals}
        mine = {"never": 1, "on_track": 1, "due_soon": 0, "overdue": 1}
        assert lines[str(rep.id), "A"].items() >= mine.items()
        assert lines[str(rep.id), "B"]["on_track"] == lines[str(other.id), "A"]["never"] == 1

    def test_b4_a_rep_sees_his_own_customers_only(self, signed_in, hire, customer):
        customer()
        stranger = signed_in(hire(Role.SALES_REP))

        assert stranger.get("/v1/visit-coverage").json["items"] == []
        assert stranger.get("/v1/visit-coverage/totals").json["items"] == []

    def test_pages_follow_each_other_without_a_gap(self, manager, customer):
        codes = sorted(customer(visited=20).code for _ in range(3))

        first = manager.get("/v1/visit-coverage?standing=overdue&limit=2").json
        second = manager.get(first["next"]).json

        assert [one["customer_code"] for one in (*first["items"], *second["items"])] == codes

    def test_a_list_takes_the_same_few_statements_however_long(self, manager, customer, database):
        customer(visited=20)
        with counted(database) as few:
            manager.get("/v1/visit-coverage?standing=overdue")
        for _ in range(5):
            customer(visited=20)
        with counted(database) as many:
            manager.get("/v1/visit-coverage?standing=overdue")

        assert len(many) == len(few) <= 9, short(many)


class TestCompliance:
    def test_each_rep_has_a_line(self, manager, customer, database, rep):
        one = customer(visited=3)
        with database.unit_of_work() as session:
            make_visit(session, one, rep=rep, planned_on=TODAY - A_DAY)
            make_visit(session, one, rep=rep, planned_on=TODAY - 2 * A_DAY, state=VisitState.MISSED)
            make_visit(session, one, rep=rep, planned_on=TODAY + A_DAY)

        answer = manager.get(f"/v1/visit-coverage/compliance?from={TODAY - 7 * A_DAY}&to={TODAY + 7 * A_DAY}")

        [line] = answer.json["items"]
        assert line.items() >= {"completed": 1, "missed": 1, "overdue": 1, "ahead": 1, "kept": 0.333}.items()

    def test_visits_of_other_days_do_not_count(self, manager, customer):
        customer(visited=3)

        answer = manager.get(f"/v1/visit-coverage/compliance?from={TODAY}&to={TODAY}")

        assert answer.json["items"] == []

    def test_a_period_longer_than_a_quarter_is_refused(self, manager):
        answer = manager.get("/v1/visit-coverage/compliance?from=2026-01-01&to=2026-12-31")

        assert (answer.status_code, answer.json["code"]) == (422, "period_not_allowed")

    @pytest.mark.parametrize("role", [Role.COURIER, Role.DISPATCHER])
    def test_it_is_the_sales_peoples(self, signed_in, hire, role):
        assert signed_in(hire(role)).get("/v1/visit-coverage").status_code == 403
