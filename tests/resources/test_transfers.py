"""Transfers over HTTP: preview, handing over whole, briefs, and who may leave with what."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import func, select

from api.domain.vocabulary import Grade, Role
from api.models import CalendarLink, Case, ChurnAlert, Customer, EventRecord, Notice, Visit, VisitTask
from tests import factories
from tests.portfolios import MOVING, STAYING, held_by, snapshot
from tests.statements import counted, short

TRANSFER_KEYS = {"id", "from_id", "counts", "made_by_id", "made_at", "undone_by_id", "undone_at"}
BRIEF_KEYS = {
    "customer_id",
    "code",
    "name",
    "industry",
    "grade",
    "owner_id",
    "introduced_on",
    "shipments",
    "revenue_minor",
    "last_shipped_on",
    "last_visited_at",
    "last_mood",
    "last_findings",
    "last_contacted_at",
    "open_cases",
    "open_field_reports",
    "open_churn_alerts",
    "birthdays",
}


class TestPreview:
    def test_a_preview_says_who_gets_how_much_and_does_nothing(
        self, database, portfolio, transfer, successors
    ):
        before = snapshot(database, *MOVING, *STAYING, EventRecord, Notice)

        answer = transfer("/preview")

        assert answer.status_code == 200
        assert answer.json["counts"] == {
            "customer": 12,
            "churn_alert": 6,
            "case": 6,
            "task": 6,
            "visit": 4,
        }
        first, second = answer.json["shares"]
        assert {first["receiver_id"], second["receiver_id"]} == {str(one.id) for one in successors}
        assert first["customers"] == second["customers"] == 6
        assert snapshot(database, *MOVING, *STAYING, EventRecord, Notice) == before

    def test_what_is_previewed_is_what_happens(self, database, portfolio, transfer):
        shares = {one["receiver_id"]: one["introductions"] for one in transfer("/preview").json["shares"]}

        transfer()

        with database.unit_of_work(read_only=True) as session:
            made = session.scalars(select(Visit.rep_id).where(Visit.purpose == "introduction")).all()
        assert Counter(str(one) for one in made) == Counter(shares)


class TestHandingOver:
    def test_all_that_is_open_moves_and_all_that_is_over_stays(
        self, database, portfolio, transfer, rep, successors
    ):
        answer = transfer()

        assert answer.status_code == 201
        assert answer.json.keys() == TRANSFER_KEYS
        assert [held_by(database, Customer, Customer.owner_id, one) for one in (rep, *successors)] == [
            0,
            6,
            6,
        ]
        with database.unit_of_work(read_only=True) as session:
            assert set(session.scalars(select(Visit.state).where(Visit.rep_id == rep.id))) == {"completed"}
            assert set(session.scalars(select(Case.state).where(Case.owner_id == rep.id))) == {"closed"}
            his = session.scalars(select(ChurnAlert.state).where(ChurnAlert.owner_id == rep.id))
            assert set(his) == {"resolved"}
            done = session.scalars(select(VisitTask.done_at).where(VisitTask.rep_id == rep.id)).all()
            assert len(done) == 6
            assert None not in done

    def test_work_goes_where_its_customer_goes(self, database, portfolio, transfer):
        transfer()

        with database.unit_of_work(read_only=True) as session:
            for model, holder, is_open in (
                (Visit, Visit.rep_id, Visit.state == "planned"),
                (ChurnAlert, ChurnAlert.owner_id, ChurnAlert.state == "raised"),
                (VisitTask, VisitTask.rep_id, VisitTask.done_at.is_(None)),
                (Case, Case.owner_id, Case.state == "open"),
            ):
                owner = select(Customer.owner_id).where(Customer.id == model.customer_id).scalar_subquery()
                assert session.scalars(select(model.id).where(is_open, holder != owner)).all() == []

    def test_everybody_is_introduced_in_time(self, database, portfolio, transfer):
        transfer()

        with database.unit_of_work(read_only=True) as session:
            first = (
                select(func.min(Visit.planned_on))
                .where(Visit.customer_id == Customer.id, Visit.state == "planned")
                .scalar_subquery()
            )
            for grade, day in session.execute(select(Customer.grade, first)):
                assert day <= (date(2026, 11, 23) if grade is Grade.A else date(2026, 12, 2))

    def test_the_receivers_are_told_how_many_they_got(self, database, portfolio, transfer, successors):
        transfer()

        with database.unit_of_work(read_only=True) as session:
            told = session.execute(select(Notice.staff_id, Notice.kind, Notice.variables)).all()
        assert {tuple(row[:2]) for row in told} == {(one.id, "customers_received") for one in successors}
        assert [row.variables for row in told] == [{"count": 6}, {"count": 6}]

    def test_his_calendar_address_ends(self, database, signed_in, portfolio, transfer, rep):
        signed_in(rep).post("/v1/me/calendar")

        transfer()

        with database.unit_of_work(read_only=True) as session:
            links = session.scalars(select(CalendarLink)).all()
        assert all(link.revoked_at is not None for link in links)

    def test_each_customers_story_says_whose_it_was(self, signed_in, portfolio, transfer, rep, successors):
        made = transfer().json
        client = signed_in(successors[0])
        (customer, *_) = client.get("/v1/customers").json["items"]

        story = client.get(f"/v1/customers/{customer['id']}/timeline?kind=owner_change").json["items"]

        assert [one["what"] for one in story] == ["transferred"]
        assert story[0]["details"] == {"from_id": str(rep.id), "to_id": str(successors[0].id)}
        assert made["counts"]["customer"] == 12

    def test_who_had_the_customers_sees_them_no_more(self, signed_in, portfolio, transfer, rep):
        transfer()

        assert signed_in(rep).get("/v1/customers").json["items"] == []


class TestRefusals:
    def test_there_must_be_something_to_hand_over(self, transfer):
        answer = transfer()

        assert (answer.status_code, answer.json["code"]) == (409, "nothing_to_transfer")

    def test_nobody_hands_over_to_himself(self, portfolio, transfer, rep, successors):
        answer = transfer(receivers=[*successors, rep])

        assert (answer.status_code, answer.json["code"]) == (422, "receiver_impossible")

    @pytest.mark.parametrize("role", [Role.COURIER, Role.MANAGER, Role.SERVICE_AGENT])
    def test_only_reps_receive(self, portfolio, transfer, hire, role):
        assert transfer(receivers=[hire(role)]).json["code"] == "receiver_impossible"

    def test_b4_a_rep_of_another_branch_receives_nothing(self, database, portfolio, transfer):
        with database.unit_of_work() as session:
            foreign = factories.make_staff(session, role=Role.SALES_REP)

        assert transfer(receivers=[foreign]).json["code"] == "receiver_impossible"

    def test_somebody_must_receive(self, portfolio, transfer):
        assert transfer(receivers=[]).status_code == 422

    def test_b7_a_manager_does_not_hand_over_another_managers_work(self, manager, hire, successors):
        body = {"receivers": [str(successors[0].id)]}

        answer = manager.post(f"/v1/staff/{hire(Role.MANAGER).id}/transfer", json=body)

        assert (answer.status_code, answer.json["code"]) == (403, "above_your_rank")

    def test_b4_another_branchs_transfer_is_not_there(self, database, signed_in, portfolio, transfer):
        path = f"/v1/transfers/{transfer().json['id']}"
        with database.unit_of_work() as session:
            outsider = factories.make_staff(session, role=Role.MANAGER)
        foreign = signed_in(outsider)

        assert foreign.get(path).status_code == 404
        assert foreign.get(f"{path}/briefs").status_code == 404
        assert foreign.post(f"{path}/undo").status_code == 404
        assert foreign.get("/v1/transfers").json["items"] == []


class TestBriefs:
    def test_the_new_owner_reads_what_matters_of_each_customer(
        self, signed_in, portfolio, transfer, successors
    ):
        made = transfer().json

        items = signed_in(successors[0]).get(f"/v1/transfers/{made['id']}/briefs").json["items"]

        assert len(items) == 6
        assert all(one.keys() == BRIEF_KEYS for one in items)
        assert {one["owner_id"] for one in items} == {str(successors[0].id)}
        assert {one["shipments"] for one in items} == {1}
        assert {one["last_findings"] for one in items} == {"一切顺利"}
        assert sum(one["open_cases"] for one in items) in range(1, 7)

    def test_a_birthday_ahead_is_mentioned(self, manager, portfolio, transfer):
        made = transfer().json

        items = manager.get(f"/v1/transfers/{made['id']}/briefs").json["items"]

        ahead = [one["birthdays"][0]["kept_on"] for one in items if one["birthdays"]]
        assert ahead == ["2026-11-25"] * 3

    def test_a_page_of_many_costs_no_more_statements_than_of_few(
        self, database, manager, portfolio, transfer
    ):
        briefs = f"/v1/transfers/{transfer().json['id']}/briefs"

        def statements(limit):
            with counted(database) as said:
                assert len(manager.get(f"{briefs}?limit={limit}").json["items"]) == limit
            return said

        few, many = statements(1), statements(12)

        assert len(many) == len(few) <= 13, short(many)


class TestLeaving:
    def test_nobody_leaves_with_customers(self, manager, portfolio, rep):
        answer = manager.post(f"/v1/staff/{rep.id}/deactivation")

        assert (answer.status_code, answer.json["code"]) == (409, "still_holds")
        assert answer.json["holds"]["customer"] == 12

    def test_nobody_changes_his_role_with_customers(self, manager, portfolio, rep):
        path = f"/v1/staff/{rep.id}"
        version = manager.get(path).headers["ETag"]

        answer = manager.patch(path, json={"role": "courier"}, headers={"If-Match": version})

        assert answer.json["code"] == "still_holds"

    def test_after_the_transfer_he_can_go(self, manager, portfolio, transfer, rep):
        transfer()

        assert manager.post(f"/v1/staff/{rep.id}/deactivation").status_code == 200

    def test_nobody_leaves_whom_others_count_on_to_stand_in(self, signed_in, manager, rep, successors):
        body = {
            "staff_id": str(rep.id),
            "stand_in_id": str(successors[0].id),
            "first_on": "2026-12-01",
            "last_on": "2026-12-05",
        }
        signed_in(rep).post("/v1/absences", json=body)

        answer = manager.post(f"/v1/staff/{successors[0].id}/deactivation")

        assert answer.json["holds"] == {"stands_in": 1}

    def test_an_agent_with_an_open_case_hands_it_over_first(self, database, manager, hire, customer, rep):
        agent = hire(Role.SERVICE_AGENT)
        with database.unit_of_work() as session:
            factories.make_case(session, session.merge(customer), owner_id=agent.id)
        refused = manager.post(f"/v1/staff/{agent.id}/deactivation")

        manager.post(f"/v1/staff/{agent.id}/transfer", json={"receivers": [str(rep.id)]})

        assert refused.json["holds"] == {"case": 1}
        assert manager.post(f"/v1/staff/{agent.id}/deactivation").status_code == 200
        assert held_by(database, Case, Case.owner_id, rep) == 1


class TestOneCustomer:
    def test_what_is_open_goes_along_with_one_customer(self, database, manager, customer, rep, successors):
        with database.unit_of_work() as session:
            stored = session.merge(customer)
            factories.make_visit(session, stored, rep=rep)
            factories.make_churn_alert(session, stored)
            factories.make_case(session, stored, owner_id=rep.id)
        path = f"/v1/customers/{customer.id}"
        version = manager.get(path).headers["ETag"]

        changed = manager.patch(path, json={"owner_id": str(successors[0].id)}, headers={"If-Match": version})

        assert changed.json["owner_id"] == str(successors[0].id)
        for model, column in (
            (Visit, Visit.rep_id),
            (ChurnAlert, ChurnAlert.owner_id),
            (Case, Case.owner_id),
        ):
            assert held_by(database, model, column, successors[0]) == 1
