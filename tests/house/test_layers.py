"""The floors of the house: who may import whom. The same table is in docs/architecture.md."""

import sys
from dataclasses import dataclass

from tests.house.source import Module, imports, modules

STANDARD = frozenset(sys.stdlib_module_names)


@dataclass(frozen=True, slots=True)
class Floor:
    """What one floor may import besides itself and the standard library, as words parted by blanks."""

    house: str = ""
    packages: str = ""


FLOORS = {
    "api.domain": Floor(),
    "api.security": Floor("", "argon2 cryptography"),
    "api.models": Floor("domain security", "sqlalchemy uuid_utils"),
    "api.queries": Floor("models domain", "sqlalchemy"),
    "api.services": Floor("queries models domain security security_log", "sqlalchemy uuid_utils"),
    "api.rendering": Floor("domain", "segno babel fpdf icalendar matplotlib pylopdf_fonts_zh_cn"),
    "api.schemas": Floor("domain", "marshmallow phonenumbers"),
    "api.integrations": Floor("domain", "apprise firebase_admin google redis requests urllib3"),
    "api.clock": Floor(),
    "api.settings": Floor("domain security"),
    "api.log_masking": Floor("", "structlog"),
    "api.memory": Floor(),
    "api.metrics": Floor("", "prometheus_client"),
    "api.security_log": Floor(),
    "api.server_lock": Floor("", "sqlalchemy"),
    "api.failures": Floor("", "sqlalchemy"),
    "api.db": Floor("clock domain failures security", "sqlalchemy"),
    "api.backups": Floor("domain queries security server_lock", "cryptography sqlalchemy"),
    "api.web": Floor(
        "db clock failures metrics security_log settings queries schemas.base domain",
        "apispec flask flask_smorest flask_swagger_ui marshmallow orjson prometheus_client sqlalchemy"
        " structlog webargs werkzeug",
    ),
    "api.resources": Floor(
        "web schemas services queries rendering domain", "flask flask_smorest marshmallow"
    ),
    "api.pages": Floor(
        "web schemas services queries rendering domain",
        "babel flask flask_smorest jinja2 markupsafe marshmallow werkzeug",
    ),
    "jobs": Floor(
        "services queries domain integrations db clock failures metrics settings", "sqlalchemy structlog"
    ),
}
"""The narrowest name wins. What stands in no floor (`WIRING`) may import anything."""

EXCEPTIONS = {
    "api.domain.bounded_search": "numpy",
    "api.domain.churn_model": "numpy scipy",
    "api.domain.churn_combination": "numpy scipy",
    "api.domain.churn_engine": "numpy",
    "api.domain.churn_backtest": "numpy",
    "api.domain.churn_replay": "numpy",
    "api.domain.shipping_ledger": "numpy",
    # A token is looked up by its hash, so that nobody ever compares tokens.
    "api.queries.staff_sessions": "api.security",
    # Where a branch's days are looked up; the domain gets them as plain dates.
    "api.queries.work_calendars": "holidays",
    "api.queries.festivals": "holidays",
}
"""Single modules that may use more than their floor."""

WIRING = ("api.app", "api.cli", "wsgi", "jobs.scheduler", "jobs.__main__", "openapi.export", "openapi.access")


def test_layers_import_only_downwards():
    broken = [
        f"{module.at(node)}: {module.name} imports {target}"
        for module in modules()
        if (floor := _floor_of(module)) is not None
        for node, target in imports(module)
        if not _is_allowed(module, floor, target)
    ]

    assert not broken, _explain(broken)


def test_every_module_stands_on_a_floor():
    homeless = [
        module.name
        for module in modules()
        if _floor_of(module) is None and not _is_wiring(module) and module.path.name != "__init__.py"
    ]

    assert not homeless, (
        f"These modules belong to no floor: {', '.join(homeless)}. Move each into the floor whose work it "
        "does; a new floor needs a line in FLOORS and in docs/architecture.md."
    )


def test_only_the_scheduler_knows_apscheduler():
    users = [
        module.at(node)
        for module in modules()
        for node, target in imports(module)
        if target.startswith("apscheduler") and module.name != "jobs.scheduler"
    ]

    assert not users, (
        f"Only jobs/scheduler.py imports apscheduler; a job is a row in jobs/schedule.py: {users}"
    )


def _is_wiring(module: Module) -> bool:
    return any(_is_inside(module.name, name) for name in WIRING)


def _floor_of(module: Module) -> str | None:
    if _is_wiring(module):
        return None
    return max((name for name in FLOORS if _is_inside(module.name, name)), key=len, default=None)


def _is_allowed(module: Module, floor: str, target: str) -> bool:
    package = target.split(".")[0]
    if package in STANDARD or target == "api":
        return True
    floors = [floor, *(f"api.{name}" for name in FLOORS[floor].house.split())]
    allowed = [*floors, *FLOORS[floor].packages.split(), *EXCEPTIONS.get(module.name, "").split()]
    return any(_is_inside(target, name) for name in allowed)


def _is_inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _explain(broken: list[str]) -> str:
    return "\n".join(
        [
            "Imports go downwards only; see FLOORS in this file.",
            "Fix: hand the value in as an argument, or move the code to the floor that may have the import.",
            *broken,
        ]
    )
