"""Every route says who may call it, and every operation of the contract has a name and a sentence."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

from api.app import create_app
from api.db import Database
from api.domain.vocabulary import Role
from api.web.access import UndeclaredView
from api.web.blueprint import Blueprint
from openapi import access
from openapi.export import FILE, document, who_may_call_what
from tests.fakes import settings_for

METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Flask]:
    """The application as `create_app` leaves it; no table exists, and none is needed."""
    settings = settings_for(f"sqlite:///{tmp_path}/none.db")
    database = Database.connect(settings.database_url, settings.vault())
    yield create_app(settings, database=database)
    database.close()


def test_building_the_app_raises_no_warning(tmp_path):
    settings = settings_for(f"sqlite:///{tmp_path}/none.db")
    database = Database.connect(settings.database_url, settings.vault())

    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        create_app(settings, database=database)
    database.close()

    assert not [str(warning.message) for warning in raised]


def test_b8_a_view_that_does_not_say_who_may_call_it_is_not_let_in(built):
    def back_door() -> str:
        return "come in"

    for add in (built.get("/v1/back-door"), Blueprint("doors", __name__).get("/v1/back-door")):
        with pytest.raises(UndeclaredView, match="back_door"):
            add(back_door)

    assert built.test_client().get("/v1/back-door").status_code == 404


def test_b8_the_reviewed_table_of_roles_and_routes_is_what_the_application_does():
    reviewed = access.FILE.read_text(encoding="utf-8")

    assert reviewed == who_may_call_what(), (
        "Run `make openapi` and read the difference: who may call what now?"
    )


def test_b8_a_route_that_was_not_reviewed_is_noticed(built):
    blp = Blueprint("doors", __name__)

    @blp.get("/v1/side-door")
    @blp.requires(Role.COURIER)
    def open_side_door() -> str:
        """Let a courier in."""
        return "come in"

    built.register_blueprint(blp)

    reviewed = access.FILE.read_text(encoding="utf-8").splitlines()
    assert [row for row in access.table(built).splitlines() if row not in reviewed] == [
        "| `GET /v1/side-door` | ● |   |   |   |   |   |   |"
    ]


def test_every_public_route_is_meant_to_be():
    operations = [operation for operation in _operations() if operation.get("security") == []]
    surprising = [
        operation["path"] for operation in operations if not operation["path"].startswith(PUBLIC_PATHS)
    ]

    assert not surprising, f"These answer anybody. If that is meant, add them to PUBLIC_PATHS: {surprising}"


PUBLIC_PATHS = ("/health/", "/v1/auth/login", "/v1/auth/refresh", "/v1/links/", "/v1/calendars/")
"""Signs of life, signing in, and what a token in the address opens."""


def test_f2_whatever_takes_data_away_wants_a_fresh_password(built):
    exports = {view for name, view in built.view_functions.items() if ".export_" in name}
    unguarded = [view.__name__ for view in exports if not hasattr(view, "needs_confirmation")]
    to_machines = [view.__name__ for view in exports if Role.INTEGRATION in view.access]

    assert len(exports) >= 3
    assert not unguarded, f"Put `@blp.confirmed` under `@blp.requires`: {unguarded}"
    assert not to_machines, (
        f"A machine account has no password to confirm, and exports nothing: {to_machines}"
    )


def test_f2_whatever_answers_with_a_table_is_named_an_export():
    tables = [
        operation["operationId"]
        for operation in _operations()
        if any("text/csv" in answer.get("content", ()) for answer in operation["responses"].values())
    ]
    misnamed = [name for name in tables if not name.startswith("export_")]

    assert len(tables) >= 3
    assert not misnamed, f"Call the view `export_...`, so that it is guarded as one: {misnamed}"


def test_every_operation_has_an_id_and_a_summary():
    nameless = [
        f"{operation['method']} {operation['path']}"
        for operation in _operations()
        if not operation.get("operationId") or not operation.get("summary")
    ]

    assert not nameless, f"The view's name is the id, the first line of its docstring the summary: {nameless}"


def test_every_operation_id_is_unique():
    ids = [operation["operationId"] for operation in _operations()]
    doubled = {name for name in ids if ids.count(name) > 1}

    assert not doubled, (
        f"Clients name their methods after the operation id; name each view for itself: {doubled}"
    )


def test_every_operation_says_what_it_answers():
    silent = [
        operation["operationId"]
        for operation in _operations()
        if not any(status.startswith(("2", "3")) for status in operation["responses"])
    ]

    assert not silent, f"Declare what the view returns with `@blp.response`: {silent}"


def test_the_committed_contract_is_what_the_code_does():
    committed = FILE.read_text(encoding="utf-8")

    assert committed == document(), "Run `make openapi` and read the difference as a change of the contract."


def test_the_contract_is_valid_openapi():
    validate(json.loads(document()))


def _operations() -> list[dict[str, Any]]:
    paths = json.loads(document())["paths"]
    return [
        {"path": path, "method": method, **operation}
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method in METHODS
    ]
