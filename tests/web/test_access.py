"""B8: every route, asked by everybody. Who may not is refused before anything else is looked at."""

import re

import pytest
from flask import Flask

from api.domain.vocabulary import Role
from openapi.export import document
from tests.databases import only_sqlite
from tests.factories import make_access_token, make_branch, make_staff

NOWHERE = "01a20000-0000-7000-8000-000000000000"
NO_HASH = "0" * 64
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def routes_of(app: Flask) -> list[tuple[str, str, frozenset[Role]]]:
    """Every method and path of the API, and who may call it. The paths name what does not exist."""
    routes = [
        (method, _nowhere(rule.rule), access)
        for rule in app.url_map.iter_rules()
        if (access := getattr(app.view_functions[rule.endpoint], "access", None)) is not None
        for method in rule.methods - {"HEAD", "OPTIONS"}
    ]
    # Signing out comes last: it ends the session that asks for all the others.
    return sorted(routes, key=lambda route: route[1].endswith("/logout"))


def _nowhere(rule: str) -> str:
    for what, example in (
        (r"uuid:\w+", NOWHERE),
        (r"string\(length=64\):\w+", NO_HASH),
        (r"string:\w+", "nothing"),
    ):
        rule = re.sub(f"<{what}>", example, rule)
    return rule


@pytest.fixture
def routes(app):
    return routes_of(app)


@pytest.fixture
def headers(database):
    """The header that a member of each role sends."""
    with database.unit_of_work() as session:
        branch = make_branch(session)
        staff = {role: make_staff(session, branch, role=role) for role in Role}
        return {
            role: {"Authorization": f"Bearer {make_access_token(session, member)}"}
            for role, member in staff.items()
        }


@only_sqlite
def test_b8_every_operation_of_the_contract_is_in_this_matrix(routes):
    described = re.findall(r'^      "(get|put|post|patch|delete)": \{', document(), re.MULTILINE)

    assert len(routes) == len(described) > 20


@only_sqlite
def test_b8_nobody_gets_in_without_a_token(client, routes):
    let_in = [
        (method, path, answer.status_code)
        for method, path, access in routes
        if access and (answer := client.open(path, method=method)).status_code != 401
    ]

    assert not let_in


@only_sqlite
@pytest.mark.parametrize("role", Role)
def test_b8_a_role_gets_in_where_it_may_and_nowhere_else(client, routes, headers, role):
    forbidden = {
        (method, path): client.open(path, method=method, headers=headers[role]).status_code == 403
        for method, path, access in routes
        if access
    }

    assert forbidden == {(method, path): role not in access for method, path, access in routes if access}


@only_sqlite
def test_b8_another_verb_is_not_allowed_and_the_right_ones_are_named(client, routes, headers):
    allowed = {path: {method for method, other, _ in routes if other == path} for _, path, _ in routes}

    for path, methods in allowed.items():
        for method in {"GET", *WRITES} - methods:
            answer = client.open(path, method=method, headers=headers[Role.ADMIN])

            assert answer.status_code == 405, (method, path)
            assert answer.json["code"] == "method_not_allowed"
            assert methods <= set(answer.headers["Allow"].split(", "))


@only_sqlite
@pytest.mark.parametrize(
    "path", ["/v1/staff/", "/v2/staff", "/v0/staff", "/V1/staff", "/staff", "/v1//staff", "/v1/staff/../me"]
)
def test_b8_no_other_spelling_of_a_path_opens_it(client, headers, path):
    answer = client.get(path, headers=headers[Role.MANAGER])

    assert answer.status_code == 404


@only_sqlite
@pytest.mark.parametrize(
    "header",
    ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"],
)
def test_b8_headers_that_rewrite_a_request_are_not_heard(client, headers, header):
    meant = {"X-Original-URL": "/v1/staff", "X-Rewrite-URL": "/v1/staff"}.get(header, "PATCH")

    answer = client.get("/v1/me", headers={**headers[Role.COURIER], header: meant})

    assert answer.status_code == 200
    assert answer.json["role"] == "courier"


@only_sqlite
def test_head_is_answered_like_get_without_a_body(client, headers):
    answer = client.head("/v1/me", headers=headers[Role.COURIER])

    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    assert answer.data == b""


@only_sqlite
def test_options_names_the_methods_and_asks_for_no_token(client):
    answer = client.options("/v1/me")

    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PATCH"}
