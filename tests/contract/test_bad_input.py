"""Whatever is sent to an operation of the contract, the answer is one it announces, and never a 500.

schemathesis makes the input: edges of every field, noise, and requests that must be refused. It runs inside
this process on SQLite; schemathesis.toml says which of its checks do not apply.
"""

import os
from contextlib import closing
from pathlib import Path
from random import random

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as effort
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.generation.meta import TestPhase

from api.db import Database
from api.domain.vocabulary import Role
from openapi.export import FILE
from tests import databases
from tests.contract.world import World, make_world, roles_of
from tests.databases import only_sqlite
from tests.fakes import settings_for

contract = schemathesis.openapi.from_path(FILE)
contract.config.update(base_url="http://localhost")
OPERATIONS = {operation.ok().label: operation.ok() for operation in contract.get_all_operations()}

THOROUGH = os.environ.get("DOORSTEP_INPUT") == "full"
SHARE_OF_EDGES = 1.0 if THOROUGH else 0.3
"""All fields together have thousands of edges: each run of the suite tries others."""

EFFORT = HypothesisTestConfig(
    contract.config,
    list(HypothesisTestMode),
    effort(
        contract.config.get_hypothesis_settings(),
        max_examples=25 if THOROUGH else 4,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    ),
)


@contract.hook
def filter_case(_context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    # Of such a value nothing gets into the URL, and so there is nothing to be refused.
    if any(value in (None, [], {}) for value in (case.query or {}).values()):
        return False
    is_edge = case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE
    return not is_edge or random() < SHARE_OF_EDGES


@pytest.fixture(scope="module")
def settled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    """The world, and a file with nothing else: making it takes longer than many a test of it."""
    file = tmp_path_factory.mktemp("settled") / "world" / "doorstep.db"
    databases.renew(file, sqlite_template)
    url = f"sqlite:///{file}"
    with (
        closing(Database.connect(url, settings_for(url).vault())) as database,
        database.unit_of_work() as session,
    ):
        world = make_world(session)
    return world, file


@pytest.fixture
def world(sqlite_file: Path, settled: tuple[World, Path], database: Database) -> World:
    world, file = settled
    databases.renew(sqlite_file, file)
    return world


@only_sqlite
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_input_breaks_an_operation(label: str, app: Flask, world: World):
    operation = OPERATIONS[label]
    # Some checks send a request of their own, hence here and not as an argument of the call.
    operation.app = operation.schema.app = app

    def answers_as_announced(case: schemathesis.Case) -> None:
        if _is_well_formed(case, ParameterLocation.PATH):
            known = {name: world.ids.get(name, value) for name, value in case.path_parameters.items()}
            case.path_parameters.update(known)
        role = min(roles_of(case, app), default=Role.ADMIN)
        case.call_and_validate(headers={"Authorization": f"Bearer {world.tokens[role]}"})

    # By hand, since `contract.parametrize()` thinks up the input of all operations as tests are collected.
    create_test(operation=operation, test_func=answers_as_announced, config=EFFORT)()


def _is_well_formed(case: schemathesis.Case, location: ParameterLocation) -> bool:
    """Tell whether this part of the request is as the contract wants it; others may still be bent."""
    part = case.meta.components.get(location) if case.meta else None
    return part is not None and part.mode.is_positive
