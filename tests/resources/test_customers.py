"""Customers over HTTP: who sees which, who may write what, and what is refused."""

from uuid import UUID, uuid4

import pytest

from api.domain.vocabulary import Grade, Role
from tests.factories import make_customer, make_staff

KEYS = {
    "id",
    "code",
    "name",
    "industry",
    "grade",
    "owner_id",
    "state",
    "created_at",
    "version",
    "founded_on",
} | {"wait_limit_seconds"}


@pytest.fixture
def customer_of(database, branch):
    """Adds a customer to the branch, owned by a rep if one is named."""

    def customer_of(owner=None, **columns):
        with database.unit_of_work() as session:
            return make_customer(session, branch, owner_id=owner and owner.id, **columns)

    return customer_of


class TestCreateCustomer:
    def test_nobody_signed_in_creates_one(self, client):
        assert client.post("/v1/customers", json={"code": "C1", "name": "Acme"}).status_code == 401

    @pytest.mark.parametrize("role", [Role.COURIER, Role.DISPATCHER])
    def test_couriers_and_dispatchers_do_not_keep_customers(self, signed_in, hire, role):
        answer = signed_in(hire(role)).post("/v1/customers", json={"code": "C1", "name": "Acme"})

        assert answer.status_code == 403

    def test_a_manager_creates_one_for_a_rep(self, signed_in, hire):
        rep = hire(Role.SALES_REP)
        body = {"code": "C1", "name": "东方贸易", "industry": "trade", "grade": "A", "owner_id": str(rep.id)}

        answer = signed_in(hire(Role.MANAGER)).post("/v1/customers", json=body)

        assert answer.status_code == 201
        assert answer.json.keys() == KEYS
        assert answer.json.items() >= body.items()
        assert answer.headers["ETag"] == '"1"'

    def test_what_is_optional_may_be_left_out(self, signed_in, hire):
        answer = signed_in(hire(Role.INTEGRATION)).post("/v1/customers", json={"code": "C1", "name": "Acme"})

        assert answer.status_code == 201
        assert {answer.json[name] for name in ("industry", "grade", "owner_id")} == {None}

    def test_a_rep_owns_the_customer_he_creates(self, signed_in, hire):
        rep = hire(Role.SALES_REP)

        answer = signed_in(rep).post("/v1/customers", json={"code": "C1", "name": "Acme"})

        assert answer.json["owner_id"] == str(rep.id)

    def test_a_rep_cannot_create_one_for_a_colleague(self, signed_in, hire):
        body = {"code": "C1", "name": "Acme", "owner_id": str(hire(Role.SALES_REP).id)}

        answer = signed_in(hire(Role.SALES_REP)).post("/v1/customers", json=body)

        assert (answer.status_code, answer.json["code"]) == (403, "owner_is_not_yours")

    def test_a_code_is_used_once_in_a_branch(self, signed_in, hire, customer_of):
        customer_of(code="C1")

        answer = signed_in(hire(Role.MANAGER)).post("/v1/customers", json={"code": "C1", "name": "Acme"})

        assert (answer.status_code, answer.json["code"]) == (409, "customer_code_taken")

    def test_b5_an_owner_from_another_branch_is_no_owner(self, signed_in, hire, database):
        with database.unit_of_work() as session:
            stranger = make_staff(session, role=Role.SALES_REP)
        body = {"code": "C1", "name": "Acme", "owner_id": str(stranger.id)}

        answer = signed_in(hire(Role.MANAGER)).post("/v1/customers", json=body)

        assert (answer.status_code, answer.json["code"]) == (422, "owner_is_not_a_sales_rep")
        assert "owner_id" in answer.json["errors"]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"code": ""}, "code"),
            ({"code": "x" * 65}, "code"),
            ({"code": None}, "code"),
            ({"name": "  "}, "name"),
            ({"name": "a\x07b"}, "name"),
            ({"name": 5}, "name"),
            ({"grade": "D"}, "grade"),
            ({"owner_id": "me"}, "owner_id"),
        ],
    )
    def test_what_is_malformed_is_refused_by_name(self, signed_in, hire, change, field):
        body = {"code": "C1", "name": "Acme", **change}

        answer = signed_in(hire(Role.MANAGER)).post("/v1/customers", json=body)

        assert answer.status_code == 422
        assert set(answer.json["errors"]) == {field}

    def test_the_same_key_creates_one_customer(self, signed_in, hire):
        manager, key = signed_in(hire(Role.MANAGER)), {"Idempotency-Key": "k-1"}
        body = {"code": "C1", "name": "Acme"}

        first = manager.post("/v1/customers", json=body, headers=key)
        again = manager.post("/v1/customers", json=body, headers=key)

        assert (again.status_code, again.json) == (201, first.json)


class TestListCustomers:
    def test_filters_narrow_the_list(self, signed_in, hire, customer_of):
        rep = hire(Role.SALES_REP)
        customer_of(rep, code="C1", name="Blue Sky", grade=Grade.A)
        customer_of(code="C2", name="Red Sea", grade=Grade.B)
        manager = signed_in(hire(Role.MANAGER))

        def codes(filters):
            return [item["code"] for item in manager.get(f"/v1/customers?{filters}").json["items"]]

        assert codes("q=blue") == ["C1"]
        assert codes("q=c") == ["C1", "C2"]
        assert codes("grade=B") == ["C2"]
        assert codes(f"owner_id={rep.id}") == ["C1"]
        assert codes("code=C2") == ["C2"]

    def test_signs_of_like_patterns_stand_for_themselves(self, signed_in, hire, customer_of):
        customer_of(code="C1", name="100% Cotton")
        customer_of(code="C2", name="1000 Knots")

        answer = signed_in(hire(Role.MANAGER)).get("/v1/customers", query_string={"q": "100%"})

        assert [item["code"] for item in answer.json["items"]] == ["C1"]

    def test_pages_follow_each_other_without_gap_or_repeat(self, signed_in, hire, customer_of):
        for number in range(5):
            customer_of(code=f"C{number}")
        manager, path, seen = signed_in(hire(Role.MANAGER)), "/v1/customers?limit=2", []

        while path:
            page = manager.get(path).json
            seen += [item["code"] for item in page["items"]]
            path = page["next"]

        assert seen == ["C0", "C1", "C2", "C3", "C4"]

    def test_b4_a_rep_sees_only_his_own_customers_whatever_he_asks_for(self, signed_in, hire, customer_of):
        rep, colleague = hire(Role.SALES_REP), hire(Role.SALES_REP)
        customer_of(rep, code="MINE")
        customer_of(colleague, code="THEIRS", name="Acme", grade=Grade.A)
        client = signed_in(rep)

        filters = ("", "q=acme", "grade=A", f"owner_id={colleague.id}", "code=THEIRS", "limit=200")
        seen = {item["code"] for ask in filters for item in client.get(f"/v1/customers?{ask}").json["items"]}

        assert seen == {"MINE"}

    def test_b5_nobody_sees_another_branch(self, signed_in, database, customer_of):
        customer_of(code="HERE")
        with database.unit_of_work() as session:
            elsewhere = make_staff(session, role=Role.ADMIN)

        assert signed_in(elsewhere).get("/v1/customers").json["items"] == []

    @pytest.mark.parametrize(
        "query",
        [
            {"limit": "0"},
            {"limit": "201"},
            {"limit": "1000000000"},
            {"cursor": "nonsense"},
            {"cursor": "WyJhIl0"},
            {"cursor": "WyJhIiwgIm5vLXV1aWQiXQ"},
        ],
    )
    def test_g3_pages_have_a_hard_limit_and_cursors_are_checked(self, signed_in, hire, query):
        assert signed_in(hire(Role.MANAGER)).get("/v1/customers", query_string=query).status_code == 422

    @pytest.mark.parametrize(
        "query",
        [
            {"sort": "name; DROP TABLE customers"},
            {"order_by": "password_hash"},
            {"branch_id": str(uuid4())},
            {"grade": "A' OR '1'='1"},
            {"owner_id": "1 OR 1=1"},
            {"staus": "open"},
        ],
    )
    def test_f3_only_known_filters_with_checked_values_reach_the_query(self, signed_in, hire, query):
        assert signed_in(hire(Role.MANAGER)).get("/v1/customers", query_string=query).status_code == 422

    @pytest.mark.parametrize("q", ["' OR 1=1 --", '"; DELETE FROM customers', "\\", "%", "_", "𝒳", "\ufffe"])
    def test_f3_a_search_text_is_only_ever_a_text(self, signed_in, hire, customer_of, q):
        customer_of(code="C1", name="Acme")

        answer = signed_in(hire(Role.MANAGER)).get("/v1/customers", query_string={"q": q})

        assert (answer.status_code, answer.json["items"]) == (200, [])


class TestGetCustomer:
    def test_b9_every_reader_gets_the_same_keys(self, signed_in, hire, customer_of):
        rep = hire(Role.SALES_REP)
        customer = customer_of(rep)
        readers = (Role.SERVICE_AGENT, Role.DISPATCHER, Role.MANAGER, Role.ADMIN, Role.INTEGRATION)

        seen = [signed_in(staff).get(f"/v1/customers/{customer.id}").json for staff in map(hire, readers)]

        assert {frozenset(body) for body in seen} == {frozenset(KEYS)}
        assert signed_in(rep).get(f"/v1/customers/{customer.id}").json.keys() == KEYS

    def test_b4_a_colleagues_customer_is_as_good_as_none(self, signed_in, hire, customer_of):
        customer = customer_of(hire(Role.SALES_REP))
        rep = signed_in(hire(Role.SALES_REP))

        theirs, none = rep.get(f"/v1/customers/{customer.id}"), rep.get(f"/v1/customers/{uuid4()}")

        assert theirs.status_code == none.status_code == 404
        assert {**theirs.json, "request_id": None} == {**none.json, "request_id": None}

    def test_b10_ids_do_not_count(self, signed_in, hire, customer_of):
        first, second = customer_of(), customer_of()

        assert UUID(str(first.id)).version == UUID(str(second.id)).version == 7
        assert signed_in(hire(Role.MANAGER)).get("/v1/customers/1").status_code == 404


class TestChangeCustomer:
    def test_what_is_named_changes_and_the_rest_stays(self, signed_in, hire, customer_of):
        customer = customer_of(code="C1", industry="trade")

        answer = signed_in(hire(Role.SERVICE_AGENT)).patch(
            f"/v1/customers/{customer.id}", json={"grade": "A", "industry": None}, headers={"If-Match": '"1"'}
        )

        assert answer.status_code == 200
        assert (answer.json["grade"], answer.json["industry"], answer.json["code"]) == ("A", None, "C1")
        assert answer.headers["ETag"] == '"2"'

    def test_b11_a_change_without_a_version_is_refused(self, signed_in, hire, customer_of):
        customer = customer_of()

        answer = signed_in(hire(Role.MANAGER)).patch(f"/v1/customers/{customer.id}", json={"name": "New"})

        assert answer.status_code == 428

    def test_b11_a_stale_change_over_a_newer_one_is_refused(self, signed_in, hire, customer_of):
        path = f"/v1/customers/{customer_of().id}"
        manager, read = signed_in(hire(Role.MANAGER)), {"If-Match": '"1"'}
        manager.patch(path, json={"name": "Newer"}, headers=read)

        stale = manager.patch(path, json={"name": "Older"}, headers=read)

        assert (stale.status_code, manager.get(path).json["name"]) == (412, "Newer")

    def test_a_manager_gives_a_customer_to_another_rep(self, signed_in, hire, customer_of):
        before, after = hire(Role.SALES_REP), hire(Role.SALES_REP)
        path = f"/v1/customers/{customer_of(before).id}"
        change = {"json": {"owner_id": str(after.id)}, "headers": {"If-Match": '"1"'}}

        by_rep = signed_in(before).patch(path, **change)
        by_manager = signed_in(hire(Role.MANAGER)).patch(path, **change)

        assert (by_rep.status_code, by_manager.status_code) == (403, 200)
        assert signed_in(before).get(path).status_code == 404
