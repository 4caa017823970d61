"""Churn alerts over HTTP: whose they are, what a rep may do with them, and in which language they speak."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from api.domain.risk_reasons import CareFacts, explain
from api.domain.vocabulary import AlertOutcome, AlertState, Band, Grade, Role
from api.models import ChurnAlert, Customer, EventRecord
from tests.factories import make_branch, make_churn_alert, make_customer, make_staff
from tests.fakes import NOW

SILENT = [reason.to_json() for reason in explain(CareFacts(silent_days=23, usual_gap_days=6, grade=Grade.A))]

PLAYBOOK = [
    {"step": "call_today", "due_on": "2026-11-18", "done_on": None},
    {"step": "visit_within_3_days", "due_on": "2026-11-21", "done_on": None},
]


@pytest.fixture
def rep(hire):
    return hire(Role.SALES_REP)


@pytest.fixture
def alert(database, branch, rep):
    """Adds an alert about a customer of the rep: `alert(band=Band.HIGH)`."""

    def alert(owner=rep, **columns):
        with database.unit_of_work() as session:
            customer = make_customer(session, branch, owner_id=owner and owner.id)
            return make_churn_alert(session, customer, **columns)

    return alert


def path(alert, verb=None):
    return f"/v1/churn-alerts/{alert.id}" + (f"/{verb}" if verb else "")


class TestListChurnAlerts:
    def test_nobody_signed_in_sees_any(self, client):
        assert client.get("/v1/churn-alerts").status_code == 401

    @pytest.mark.parametrize("role", [Role.COURIER, Role.DISPATCHER, Role.SERVICE_AGENT, Role.INTEGRATION])
    def test_they_are_the_sales_peoples(self, signed_in, hire, role):
        assert signed_in(hire(role)).get("/v1/churn-alerts").status_code == 403

    def test_the_most_value_at_risk_comes_first(self, signed_in, rep, alert):
        values = [alert(value_at_risk_minor=value).value_at_risk_minor for value in (100, 300, 200)]

        items = signed_in(rep).get("/v1/churn-alerts").json["items"]

        assert [one["value_at_risk_minor"] for one in items] == sorted(values, reverse=True)

    def test_pages_follow_each_other_without_a_gap(self, signed_in, rep, alert):
        ids = {str(alert(value_at_risk_minor=100).id) for _ in range(3)}
        client, link, seen = signed_in(rep), "/v1/churn-alerts?limit=2", []

        while link:
            page = client.get(link).json
            seen += [one["id"] for one in page["items"]]
            link = page["next"]

        assert (len(seen), set(seen)) == (3, ids)

    def test_without_a_state_only_open_alerts_are_listed(self, signed_in, rep, alert):
        open_one = alert(state=AlertState.SNOOZED)
        closed = alert(state=AlertState.RESOLVED)
        client = signed_in(rep)

        open_ids = [one["id"] for one in client.get("/v1/churn-alerts").json["items"]]
        closed_ids = [one["id"] for one in client.get("/v1/churn-alerts?state=resolved").json["items"]]

        assert (open_ids, closed_ids) == ([str(open_one.id)], [str(closed.id)])

    def test_the_win_back_list_is_a_list_of_its_own(self, signed_in, rep, alert):
        wanted, _ = alert(win_back=True), alert()

        items = signed_in(rep).get("/v1/churn-alerts?win_back=true&band=high").json["items"]

        assert [one["id"] for one in items] == [str(wanted.id)]

    @pytest.mark.parametrize(
        ("language", "text", "step"),
        [
            ("en", "no shipment for 23 days; usual gap 6", "visit within 3 working days"),
            ("zh-CN", "23 天未发货，平时约 6 天一次", "三个工作日内走访"),
        ],
    )
    def test_reasons_speak_the_readers_language(self, signed_in, rep, alert, language, text, step):
        alert(reasons=SILENT)

        answer = signed_in(rep).get("/v1/churn-alerts", headers={"Accept-Language": language})

        first = answer.json["items"][0]["reasons"][0]
        assert (first["text"], first["next_step_text"]) == (text, step)

    @pytest.mark.parametrize("query", ["state=gone", "band=red", "win_back=perhaps", "sort=band", "limit=0"])
    def test_what_is_malformed_is_refused(self, signed_in, rep, query):
        assert signed_in(rep).get(f"/v1/churn-alerts?{query}").status_code == 422


class TestScope:
    def test_b4_a_rep_sees_no_alert_of_another_rep(self, signed_in, hire, rep, alert):
        theirs = alert(owner=hire(Role.SALES_REP))
        client = signed_in(rep)

        listed = client.get(f"/v1/churn-alerts?customer_id={theirs.customer_id}&band=high").json["items"]
        shown = client.get(path(theirs))
        acted = client.post(path(theirs, "action"), json={})

        assert (listed, shown.status_code, acted.status_code) == ([], 404, 404)

    def test_b4_an_alert_goes_with_its_customer_to_the_new_owner(self, signed_in, hire, database, rep, alert):
        heir, handed_over = hire(Role.SALES_REP), alert()
        with database.unit_of_work() as session:
            session.get_one(Customer, handed_over.customer_id).owner_id = heir.id

        assert signed_in(rep).get(path(handed_over)).status_code == 404
        assert signed_in(heir).get(path(handed_over)).status_code == 200

    def test_a_manager_sees_the_branchs(self, signed_in, hire, alert):
        alert(), alert(owner=None)

        assert len(signed_in(hire(Role.MANAGER)).get("/v1/churn-alerts").json["items"]) == 2

    def test_b5_nobody_sees_another_branchs(self, signed_in, hire, database):
        with database.unit_of_work() as session:
            elsewhere = make_churn_alert(session, make_customer(session, make_branch(session)))

        assert signed_in(hire(Role.MANAGER)).get(path(elsewhere)).status_code == 404

    def test_one_that_does_not_exist_is_not_found(self, signed_in, rep):
        assert signed_in(rep).get(f"/v1/churn-alerts/{uuid4()}").status_code == 404


class TestWorkOnAnAlert:
    def test_acknowledged_then_acted_on_then_resolved(self, signed_in, rep, alert, clock):
        raised, client = alert(), signed_in(rep)

        seen = client.post(path(raised, "acknowledgement")).json
        begun = client.post(path(raised, "action"), json={"note": "called, visit on Friday"}).json
        done = client.post(path(raised, "resolution"), json={"outcome": "won_back"}).json

        assert [one["state"] for one in (seen, begun, done)] == ["acknowledged", "acting", "resolved"]
        assert (done["outcome"], done["note"]) == ("won_back", "called, visit on Friday")
        assert done["acknowledged_at"] == done["resolved_at"] == NOW.isoformat()

    def test_what_was_done_is_recorded_with_who_did_it(self, signed_in, database, rep, alert):
        raised = alert()

        signed_in(rep).post(path(raised, "acknowledgement"))

        with database.unit_of_work(read_only=True) as session:
            fact = session.scalars(select(EventRecord).where(EventRecord.subject_id == raised.id)).one()
        assert (fact.name, fact.actor_id) == ("churn_alert.acknowledged", rep.id)

    def test_a_manager_may_work_on_it_and_an_admin_only_look(self, signed_in, hire, alert):
        raised = alert()

        assert signed_in(hire(Role.MANAGER)).post(path(raised, "acknowledgement")).status_code == 200
        assert signed_in(hire(Role.ADMIN)).post(path(raised, "action"), json={}).status_code == 403

    def test_a_second_acknowledgement_names_the_state(self, signed_in, rep, alert):
        raised, client = alert(), signed_in(rep)
        client.post(path(raised, "acknowledgement"))

        answer = client.post(path(raised, "acknowledgement"))

        assert (answer.status_code, answer.json["code"]) == (409, "alert_state_forbids")
        assert "acknowledged" in answer.json["detail"]

    def test_a_snooze_is_counted_and_ends_by_itself(self, signed_in, rep, alert):
        raised = alert()

        answer = signed_in(rep).post(path(raised, "snooze"), json={"days": 7, "reason": "on holiday"})

        assert (answer.json["state"], answer.json["snoozes"]) == ("snoozed", 1)
        assert answer.json["snoozed_until"] == (NOW + timedelta(days=7)).isoformat()

    def test_a_third_snooze_is_refused(self, signed_in, rep, alert):
        answer = signed_in(rep).post(path(alert(snoozes=2), "snooze"), json={"days": 3, "reason": "later"})

        assert (answer.status_code, answer.json["code"]) == (409, "alert_snoozed_too_often")

    def test_a_loss_keeps_its_reason(self, signed_in, database, rep, alert):
        raised = alert()
        body = {"outcome": "lost", "loss_reason": "price", "note": "20 % cheaper elsewhere"}

        answer = signed_in(rep).post(path(raised, "resolution"), json=body)

        with database.unit_of_work(read_only=True) as session:
            stored = session.get_one(ChurnAlert, raised.id)
        assert answer.json.items() >= body.items()
        assert (stored.outcome, stored.resolved_at) == (AlertOutcome.LOST, NOW)

    def test_a_lost_customer_is_visited_at_60_days_and_stays_on_the_win_back_list(
        self, signed_in, rep, alert
    ):
        lost, client = alert(), signed_in(rep)
        client.post(path(lost, "resolution"), json={"outcome": "lost", "loss_reason": "price"})

        [visit] = client.get("/v1/visits").json["items"]
        [listed] = client.get("/v1/churn-alerts?win_back=true").json["items"]

        # 60 days after Wednesday, 18 November 2026, is a Sunday.
        assert (visit["planned_on"], visit["customer_id"]) == ("2027-01-18", str(lost.customer_id))
        assert (listed["id"], listed["next_visit_on"]) == (str(lost.id), "2027-01-18")

    def test_without_an_owner_nobody_is_sent(self, signed_in, hire, alert):
        lost, manager = alert(owner=None), signed_in(hire(Role.MANAGER))

        answer = manager.post(path(lost, "resolution"), json={"outcome": "lost", "loss_reason": "closed"})

        assert (answer.status_code, answer.json["next_visit_on"]) == (200, None)

    def test_steps_of_the_playbook_are_ticked_off_one_by_one(self, signed_in, rep, alert):
        raised, client = alert(playbook=PLAYBOOK), signed_in(rep)

        begun = client.post(path(raised, "action"), json={"step": "call_today", "note": "called"}).json
        done = client.post(path(raised, "action"), json={"step": "visit_within_3_days"}).json

        assert (begun["state"], done["state"]) == ("acting", "acting")
        assert [step["done_on"] for step in begun["playbook"]] == ["2026-11-18", None]
        assert [step["done_on"] for step in done["playbook"]] == ["2026-11-18", "2026-11-18"]
        assert done["note"] == "called"

    def test_a_step_is_done_once_and_only_if_it_is_in_the_playbook(self, signed_in, rep, alert):
        raised, client = alert(playbook=PLAYBOOK), signed_in(rep)
        client.post(path(raised, "action"), json={"step": "call_today"})

        answers = [
            client.post(path(raised, "action"), json={"step": step})
            for step in ("call_today", "settle_claims")
        ]

        assert {(one.status_code, one.json["code"]) for one in answers} == {(409, "step_not_in_playbook")}

    @pytest.mark.parametrize(("language", "text"), [("en", "call today"), ("zh-CN", "今天致电")])
    def test_the_playbook_speaks_the_readers_language(self, signed_in, rep, alert, language, text):
        raised = alert(playbook=PLAYBOOK)

        shown = signed_in(rep).get(path(raised), headers={"Accept-Language": language}).json

        assert (shown["playbook"][0]["text"], shown["playbook"][0]["due_on"]) == (text, "2026-11-18")

    @pytest.mark.parametrize("body", [{"outcome": "lost"}, {"outcome": "seasonal", "loss_reason": "price"}])
    def test_a_loss_and_only_a_loss_names_a_reason(self, signed_in, rep, alert, body):
        answer = signed_in(rep).post(path(alert(), "resolution"), json=body)

        assert (answer.status_code, answer.json["code"]) == (422, "loss_reason_mismatch")
        assert set(answer.json["errors"]) == {"loss_reason"}

    @pytest.mark.parametrize(
        ("verb", "body", "field"),
        [
            ("snooze", {"days": 5, "reason": "later"}, "days"),
            ("snooze", {"days": 7}, "reason"),
            ("snooze", {"days": 7, "reason": " "}, "reason"),
            ("action", {"note": "x" * 1001}, "note"),
            ("action", {"state": "resolved"}, "state"),
            ("resolution", {"outcome": "gone"}, "outcome"),
            ("resolution", {}, "outcome"),
        ],
    )
    def test_what_is_malformed_is_refused_by_name(self, signed_in, rep, alert, verb, body, field):
        answer = signed_in(rep).post(path(alert(), verb), json=body)

        assert answer.status_code == 422
        assert set(answer.json["errors"]) == {field}

    def test_an_alert_carries_its_version(self, signed_in, rep, alert):
        raised, client = alert(band=Band.MEDIUM), signed_in(rep)

        before = client.get(path(raised)).headers["ETag"]
        after = client.post(path(raised, "acknowledgement")).headers["ETag"]

        assert (before, after) == ('"1"', '"2"')


def test_a_rep_of_another_branch_is_a_stranger(signed_in, database, alert):
    raised = alert()
    with database.unit_of_work() as session:
        stranger = make_staff(session, role=Role.SALES_REP)

    assert signed_in(stranger).post(path(raised, "acknowledgement")).status_code == 404
