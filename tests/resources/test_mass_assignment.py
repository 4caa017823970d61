"""Every write of the API is offered every column of the database, and takes only what it says it takes."""

from uuid import uuid4

import pytest

from api.models import Base
from tests.databases import only_sqlite

COLUMNS = {column.name for table in Base.metadata.tables.values() for column in table.columns}
UNKNOWN = ["Unknown field."]
REFUSED_ONE_BY_ONE = {"events"}
"""Items of a batch that have outcomes of their own: a bad one is told inside a 200, not by a 422."""


@pytest.fixture
def spec(app):
    return app.extensions["flask-smorest"]["apis"][""]["ext_obj"].contract().to_dict()


@pytest.fixture
def caller_of(signed_in, hire):
    """A client whose role may call the view; any client does for a view that is public."""
    clients = {}

    def caller_of(access):
        role = min(access)
        if role not in clients:
            clients[role] = signed_in(hire(role))
        return clients[role]

    return caller_of


@only_sqlite
def test_b6_no_write_takes_a_column_that_it_does_not_name(app, client, spec, caller_of):
    taken = {}

    for operation, method, path, schema in writes_of(spec):
        access = view_of(app, operation).access
        caller = caller_of(access) if access else client
        body = spoilt(schema, spec)
        answer = caller.open(filled(path), method=method, json=body)
        if answer.status_code != 422:
            taken[operation] = answer.status
        elif let_pass := missed(body, answer.json["errors"]):
            taken[operation] = let_pass

    assert not taken


def writes_of(spec):
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            content = isinstance(operation, dict) and operation.get("requestBody", {}).get("content", {})
            if content and "application/json" in content:
                yield operation["operationId"], method, path, content["application/json"]["schema"]


def view_of(app, operation):
    return next(view for name, view in app.view_functions.items() if name.split(".")[-1] == operation)


def filled(path):
    """Put some id into every place of a path: bodies are checked before anything is looked up."""
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + str(uuid4()) + rest.partition("}")[2]
    return path


def spoilt(schema, spec):
    """A body with every column that the schema does not name, at each level."""
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    named = schema.get("properties", {})
    body = dict.fromkeys(COLUMNS - named.keys(), 1)
    for name, inner in named.items():
        if "$ref" in inner:
            body[name] = spoilt(inner, spec)
        elif "$ref" in inner.get("items", {}) and name not in REFUSED_ONE_BY_ONE:
            body[name] = [spoilt(inner["items"], spec)]
    return body


def missed(body, errors):
    """The spoilt fields that no error names."""
    found = []
    for name, value in body.items():
        inner = errors.get(name)
        if value == 1 and inner != UNKNOWN:
            found.append(name)
        elif isinstance(value, list):
            found += missed(value[0], inner["0"] if isinstance(inner, dict) else {})
        elif isinstance(value, dict):
            found += missed(value, inner if isinstance(inner, dict) else {})
    return found
