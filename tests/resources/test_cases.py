"""Cases over HTTP: the staff's list and work, and the JSON twins of whoever holds a link."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api import security, services
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import CaseState, LinkPurpose, PickupState, Role
from api.models import Case, Link, Notice, Pickup
from tests import factories
from tests.fakes import NOW
from tests.statements import counted, short

HOUR = timedelta(hours=1)
WORDS = {"category": "damaged", "text": "箱子破了"}
EVERYBODY_ELSE = [
    role for role in Role if role not in {Role.SALES_REP, Role.SERVICE_AGENT, Role.DISPATCHER, Role.MANAGER}
]


@pytest.fixture
def agent(signed_in, hire):
    return signed_in(hire(Role.SERVICE_AGENT))


@pytest.fixture
def case(database, customer, contact, rep):
    with database.unit_of_work() as session:
        return factories.make_case(session, customer, contact_id=contact.id, owner_id=rep.id)


@pytest.fixture
def feedback_twin(database, pickup_of, courier):
    """The path of the JSON twin of a feedback link."""
    pickup = pickup_of(courier, state=PickupState.COLLECTED)
    with database.unit_of_work() as session:
        link = factories.make_link(
            session, pickup, purpose=LinkPurpose.FEEDBACK, expires_at=NOW + timedelta(days=7)
        )
        return f"/v1/links/{security.vault_of(session).links.token(link.id, link.key_id)}"


@pytest.fixture
def pickup_twin(database, pickup_of, courier):
    """The path of the JSON twin of a pickup link, before the visit."""
    pickup = pickup_of(courier, state=PickupState.ASSIGNED)
    with database.unit_of_work() as session:
        link = factories.make_link(session, pickup, purpose=LinkPurpose.PICKUP)
        return f"/v1/links/{security.vault_of(session).links.token(link.id, link.key_id)}"


def case_twin(database):
    """Return the path of the twin of the only case link there is."""
    with database.unit_of_work(read_only=True) as session:
        link = session.scalars(select(Link).where(Link.purpose == LinkPurpose.CASE)).one()
        return f"/v1/links/{security.vault_of(session).links.token(link.id, link.key_id)}"


def count(database, statement):
    with database.unit_of_work(read_only=True) as session:
        return session.scalar(statement)


class TestList:
    def test_it_needs_a_sign_in(self, client):
        assert client.get("/v1/cases").status_code == 401

    @pytest.mark.parametrize("role", EVERYBODY_ELSE)
    def test_b7_it_is_for_those_who_answer(self, signed_in, hire, role):
        assert signed_in(hire(role)).get("/v1/cases").status_code == 403

    def test_what_is_to_be_answered_first_comes_first(self, database, agent, customer, case):
        with database.unit_of_work() as session:
            urgent = factories.make_case(session, customer, respond_by_at=NOW - HOUR)
            factories.make_case(session, customer, state=CaseState.CLOSED)

        listed = agent.get("/v1/cases").json["items"]

        assert [(one["id"], one["overdue"]) for one in listed] == [
            (str(urgent.id), True),
            (str(case.id), False),
        ]
        assert listed[1]["customer_name"] == customer.name

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("state=closed", 1),
            ("state=open&overdue=true", 0),
            ("overdue=false", 1),
            ("kind=inquiry", 0),
            ("customer_id={customer}", 1),
            ("owner_id={customer}", 0),
        ],
    )
    def test_it_can_be_narrowed(self, database, agent, customer, case, query, found):
        with database.unit_of_work() as session:
            factories.make_case(session, customer, state=CaseState.CLOSED)

        answer = agent.get(f"/v1/cases?{query.format(customer=customer.id)}")

        assert len(answer.json["items"]) == found

    def test_it_comes_in_pages(self, database, agent, customer, case):
        with database.unit_of_work() as session:
            factories.make_case(session, customer)

        first = agent.get("/v1/cases?limit=1").json
        second = agent.get(first["next"]).json

        assert {one["id"] for one in first["items"] + second["items"]} >= {str(case.id)}
        assert len(second["items"]) == 1
        assert second["next"] is None

    def test_it_asks_the_database_as_often_for_one_as_for_many(self, database, agent, customer):
        with database.unit_of_work() as session:
            for _ in range(5):
                factories.make_case(session, customer)

        with counted(database) as statements:
            agent.get("/v1/cases")

        assert len(statements) == 3, short(statements)

    def test_b3_a_rep_sees_his_customers_and_what_he_was_given(self, database, branch, signed_in, rep, case):
        with database.unit_of_work() as session:
            factories.make_case(session, factories.make_customer(session, branch))
            given = factories.make_case(session, factories.make_customer(session, branch), owner_id=rep.id)

        listed = signed_in(rep).get("/v1/cases").json["items"]

        assert {one["id"] for one in listed} == {str(case.id), str(given.id)}

    def test_b4_another_branch_is_not_there(self, database, agent):
        with database.unit_of_work() as session:
            stranger = factories.make_case(session)

        assert agent.get(f"/v1/cases/{stranger.id}").status_code == 404
        assert agent.get("/v1/cases").json["items"] == []


class TestWork:
    def test_an_agent_opens_a_case_after_a_call(self, agent, customer, contact, rep):
        body = {
            "customer_id": str(customer.id),
            "contact_id": str(contact.id),
            "kind": "inquiry",
            "category": "price",
            "text": "想要新报价",
        }

        answer = agent.post("/v1/cases", json=body)

        assert (answer.status_code, answer.headers["ETag"]) == (201, '"2"')
        assert (answer.json["owner_id"], answer.json["number"]) == (str(rep.id), 1)
        assert [one["text"] for one in answer.json["messages"]] == ["想要新报价"]

    def test_a_contact_of_another_customer_is_refused(self, database, branch, agent, customer):
        with database.unit_of_work() as session:
            stranger = factories.make_contact(session, factories.make_customer(session, branch))
        body = {
            "customer_id": str(customer.id),
            "contact_id": str(stranger.id),
            "kind": "inquiry",
            "category": "price",
            "text": "想要新报价",
        }

        assert agent.post("/v1/cases", json=body).json["code"] == "contact_of_another_customer"

    def test_b3_a_rep_opens_none_for_a_customer_of_anothers(self, database, branch, signed_in, rep):
        with database.unit_of_work() as session:
            stranger = factories.make_customer(session, branch)
        body = {"customer_id": str(stranger.id), "kind": "inquiry", "category": "price", "text": "?"}

        assert signed_in(rep).post("/v1/cases", json=body).status_code == 404

    def test_answer_assignment_and_closure(self, agent, hire, case):
        path = f"/v1/cases/{case.id}"
        colleague = hire(Role.DISPATCHER)

        answered = agent.post(f"{path}/answer", json={"text": "马上处理"}, headers={"If-Match": '"1"'})
        assigned = agent.post(
            f"{path}/assignment",
            json={"owner_id": str(colleague.id)},
            headers={"If-Match": answered.headers["ETag"]},
        )
        closed = agent.post(
            f"{path}/closure", json={"outcome": "已赔偿"}, headers={"If-Match": assigned.headers["ETag"]}
        )

        assert answered.json["state"] == "answered"
        assert assigned.json["owner_id"] == str(colleague.id)
        assert closed.json["state"] == "closed"
        assert [one["saying"] for one in closed.json["messages"]] == ["answer", "outcome"]

    @pytest.mark.parametrize(
        ("headers", "status"), [({}, 428), ({"If-Match": '"7"'}, 412), ({"If-Match": '"1"'}, 200)]
    )
    def test_nobody_writes_over_what_he_has_not_read(self, agent, case, headers, status):
        answer = agent.post(f"/v1/cases/{case.id}/answer", json={"text": "好"}, headers=headers)

        assert answer.status_code == status

    def test_a_courier_is_given_no_case(self, agent, courier, case):
        answer = agent.post(
            f"/v1/cases/{case.id}/assignment",
            json={"owner_id": str(courier.id)},
            headers={"If-Match": '"1"'},
        )

        assert (answer.status_code, answer.json["code"]) == (422, "not_a_case_owner")

    def test_d9_four_thousand_characters_are_taken_and_no_more(self, agent, case):
        path, match = f"/v1/cases/{case.id}/answer", {"If-Match": '"1"'}

        assert agent.post(path, json={"text": "好" * 4001}, headers=match).status_code == 422
        assert agent.post(path, json={"text": "好" * 4000}, headers=match).status_code == 200


class TestTwins:
    def test_a_complaint_is_answered_with_who_has_it_and_until_when(self, client, feedback_twin, rep):
        answer = client.post(f"{feedback_twin}/case", json=WORDS)

        case = answer.json["case"]
        assert answer.status_code == 200
        assert (case["number"], case["state"], case["handler"]) == (
            1,
            "open",
            {"name": rep.name, "role": "sales_rep"},
        )
        assert case["respond_by_at"] == (NOW + 4 * HOUR).isoformat()
        assert case["messages"] == []
        assert answer.json["case_url"].startswith("http")

    def test_d6_a_pickup_link_that_was_passed_on_does_not_lead_to_the_case(self, client, pickup_twin):
        client.post(f"{pickup_twin}/case", json=WORDS)

        seen = client.get(pickup_twin).json

        assert seen["case"]["state"] == "open"
        assert seen["case_url"] is None

    def test_a_case_is_followed_through_its_own_link(self, client, database, agent, feedback_twin):
        client.post(f"{feedback_twin}/case", json=WORDS)
        case_id = agent.get("/v1/cases").json["items"][0]["id"]
        read = agent.get(f"/v1/cases/{case_id}")
        agent.post(
            f"/v1/cases/{case_id}/answer", json={"text": "抱歉"}, headers={"If-Match": read.headers["ETag"]}
        )

        twin = case_twin(database)
        seen = client.get(twin).json
        replied = client.post(f"{twin}/case/answer", json={"text": "谢谢"}).json

        assert (seen["purpose"], seen["case"]["state"]) == ("case", "answered")
        assert [(one["by_contact"], one["text"]) for one in replied["case"]["messages"]] == [
            (True, "箱子破了"),
            (False, "抱歉"),
            (True, "谢谢"),
        ]
        assert replied["case"]["state"] == "open"

    def test_d10_the_fourth_complaint_of_a_day_is_refused_and_the_alert_stays(
        self, client, database, hire, feedback_twin
    ):
        hire(Role.MANAGER)

        answers = [client.post(f"{feedback_twin}/case", json=WORDS) for _ in range(5)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[3].json["code"] == "written_too_often"
        assert answers[3].headers["Retry-After"] == "86401"
        alerts = select(func.count()).where(Notice.kind == NoticeKind.COMPLAINT_FLOOD)
        assert count(database, alerts) == 1

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"category": "damaged"}, "text"),
            ({"category": "damaged", "text": " "}, "text"),
            ({"category": "damaged", "text": "\u202e"}, "text"),
            ({"category": "damaged", "text": "好" * 4001}, "text"),
            ({"category": "missed_pickup", "text": "x"}, "category"),
            ({"category": "weather", "text": "x"}, "category"),
        ],
    )
    def test_d9_bad_input_is_refused_by_its_field_and_keeps_nothing(
        self, client, database, feedback_twin, body, field
    ):
        answer = client.post(f"{feedback_twin}/case", json=body)

        assert answer.status_code == 422
        assert field in answer.json["errors"]
        assert count(database, select(func.count()).select_from(Case)) == 0

    @pytest.mark.parametrize("purpose", [LinkPurpose.RESCHEDULE, LinkPurpose.PICKUP])
    def test_d4_no_link_does_what_its_purpose_does_not_name(self, client, database, pickup_of, purpose):
        pickup = pickup_of()
        with database.unit_of_work() as session:
            link = factories.make_link(session, pickup, purpose=purpose)
            twin = f"/v1/links/{security.vault_of(session).links.token(link.id, link.key_id)}"

        assert client.post(f"{twin}/case/answer", json={"text": "x"}).status_code == 404

    def test_a_case_outlives_a_change_of_the_pickups_contact(self, client, database, agent, feedback_twin):
        client.post(f"{feedback_twin}/case", json=WORDS)
        with database.unit_of_work() as session:
            pickup = session.scalars(select(Pickup)).one()
            services.links.revoke(session, contact_id=pickup.contact_id, pickup_id=pickup.id, now=NOW)

        assert client.get(feedback_twin).status_code == 410
        assert client.get(case_twin(database)).status_code == 200

    def test_the_thank_you_tells_what_became_of_the_last_complaint(
        self, client, database, contact, customer, feedback_twin
    ):
        with database.unit_of_work() as session:
            factories.make_case(session, customer, contact_id=contact.id, number=7, category="late")

        seen = client.post(f"{feedback_twin}/feedback", json={"score": 5}).json

        assert (seen["last_complaint"]["number"], seen["last_complaint"]["state"]) == (7, "open")
        assert seen["case"] is None
