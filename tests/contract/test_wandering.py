"""Whoever wanders through the API, from answer to answer, in any role, for as long as he likes: never a 500.

schemathesis infers from the contract which answer holds what another operation asks for, and hypothesis walks
those links. Where a link gives nothing, the ids are those of a branch in which everything exists once.
"""

import os
import re
import time
from collections import Counter
from contextlib import suppress
from random import Random
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as effort
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.checks import not_a_server_error

from api.db import Database
from api.web.app import ApiApp
from openapi.export import FILE
from tests.contract.world import make_world, roles_of
from tests.fakes import FrozenClock

# The jobs stand still here, and /health/work rightly says so with a 503.
contract = schemathesis.openapi.from_path(FILE).exclude(path="/health/work")
contract.config.update(base_url="http://localhost")

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STEPS = 30
PAUSES = (0, 0, 1, 20, 200)
"""Seconds that may pass between two steps: a phone's next event, or a wait that runs out."""


def test_a_short_walk_meets_no_server_error(app: ApiApp, database: Database):
    _walk(app, database, walks=3)


@pytest.mark.soak
def test_a_walk_of_ten_minutes_meets_no_server_error(app: ApiApp, database: Database, record_property: Any):
    ends = time.monotonic() + 60 * float(os.environ.get("DOORSTEP_WALK_MINUTES", "10"))
    answers: Counter[int] = Counter()
    while time.monotonic() < ends:
        answers += _walk(app, database, walks=25)

    record_property("measured", f"walked {answers.total()} steps, answers {dict(sorted(answers.items()))}")


def _walk(app: ApiApp, database: Database, walks: int) -> Counter[int]:
    """Wander through a new branch so many times; return how often each status was answered."""
    answers: Counter[int] = Counter()
    chance = Random()

    class Wanderer(contract.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            with database.unit_of_work() as session:
                self.world = make_world(session)
            # Each walk begins on the same day: tokens are good for one.
            app.clock = self.clock = FrozenClock()
            self.met = set(self.world.ids.values())

        def before_call(self, case: schemathesis.Case) -> None:
            self.clock.tick(seconds=chance.choice(PAUSES))
            case.operation.app = case.operation.schema.app = app
            case.path_parameters = self._at_home(case.path_parameters)
            case.body = self._at_home(case.body)

        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            allowed = sorted(roles_of(case, app)) or list(self.world.tokens)
            return {"headers": {"Authorization": f"Bearer {self.world.tokens[chance.choice(allowed)]}"}}

        def after_call(self, response: Any, case: schemathesis.Case) -> None:
            super().after_call(response, case)
            answers[response.status_code] += 1
            self.met.update(UUID.findall(response.content.decode("latin-1")))

        def validate_response(self, response: Any, case: schemathesis.Case, **_: Any) -> None:
            case.validate_response(response, checks=[not_a_server_error])

        def _at_home(self, part: Any, name: str = "") -> Any:
            """Put ids that exist in the place of made-up ones; what was met in an answer stays."""
            if isinstance(part, dict):
                return {key: self._at_home(value, key) for key, value in part.items()}
            if isinstance(part, list):
                return [self._at_home(value, name) for value in part]
            return part if part in self.met else self.world.ids.get(name, part)

    effort_of_a_walk = effort(
        max_examples=walks,
        stateful_step_count=STEPS,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    # hypothesis repeats the beginning of a walk to vary its end, and a world that goes on answers otherwise.
    with suppress(FlakyStrategyDefinition):
        Wanderer.run(settings=effort_of_a_walk)
    return answers
