"""Whatever is sent to an operation of the contract, the answer is one it announces, and never a 500.

schemathesis makes the input: edges of every field, noise, and requests that must be refused. It runs inside
this process on SQLite; schemathesis.toml says how hard it tries and which of its checks do not apply.
"""

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as effort
from schemathesis.core.parameters import ParameterLocation

from api.db import Database
from api.domain.vocabulary import Role
from openapi.export import FILE
from tests.contract.world import World, make_world, roles_of
from tests.databases import only_sqlite

contract = schemathesis.openapi.from_path(FILE)
contract.config.update(base_url="http://localhost")


@pytest.fixture
def world(database: Database) -> World:
    with database.unit_of_work() as session:
        return make_world(session)


@only_sqlite
@contract.parametrize()
@effort(deadline=None, suppress_health_check=list(HealthCheck))
def test_no_input_breaks_an_operation(case: schemathesis.Case, app: Flask, world: World):
    if _is_well_formed(case, ParameterLocation.PATH):
        known = {name: world.ids.get(name, value) for name, value in case.path_parameters.items()}
        case.path_parameters.update(known)

    # Here, not as an argument of the call: some checks send a request of their own.
    case.operation.app = case.operation.schema.app = app
    role = min(roles_of(case, app), default=Role.ADMIN)
    case.call_and_validate(headers={"Authorization": f"Bearer {world.tokens[role]}"})


def _is_well_formed(case: schemathesis.Case, location: ParameterLocation) -> bool:
    """Tell whether this part of the request is as the contract wants it; others may still be bent."""
    part = case.meta.components.get(location) if case.meta else None
    return part is not None and part.mode.is_positive
