"""Every fact is audited or plain, on purpose; the trail is guarded; security events have one door."""

import ast
import re
from collections.abc import Iterator

from sqlalchemy import text

from api.domain.audit import AUDITED, PLAIN
from api.security_log import SecurityEvent
from tests.house.source import ROOT, Module, calls, modules

# The name of a fact, or its beginning where an f-string fills in the rest.
FACT = re.compile(r"[a-z]+(_[a-z]+)*\.([a-z]+(_[a-z]+)*)?")
TRIGGERS = {
    *("events_unchanged", "events_kept"),
    *("audit_entries_unchanged", "audit_entries_in_place", "audit_entries_kept"),
    *("audit_checkpoints_unchanged", "audit_checkpoints_kept"),
}


def test_every_fact_is_listed_as_audited_or_as_plain():
    unlisted = [
        f"{module.at(node)}: {node.value}"
        for module in modules("api/services")
        if module.name != "api.services.audit"  # It keeps the trail, and its names are those of columns.
        for node in _names_of_facts(module)
        if not _is_listed(node.value)
    ]

    assert not unlisted, (
        "Say in api/domain/audit.py whether somebody has to answer for this fact (AUDITED, with what it "
        f"means) or not (PLAIN): {unlisted}"
    )


def test_no_fact_is_listed_twice():
    assert not AUDITED.keys() & PLAIN


def test_the_stream_of_security_events_has_one_door():
    others = [
        module.at(node)
        for module in modules()
        if module.name != "api.security_log"
        for node, name in calls(module)
        if name.endswith("getLogger") and ast.unparse(node).find("doorstep.security") > 0
    ]

    assert not others, f"Say it through api/security_log.py, so that its names stay known: {others}"


def test_every_security_event_is_explained_to_operators():
    page = (ROOT / "docs/audit.md").read_text("utf-8")
    unexplained = [event.value for event in SecurityEvent if event.value not in page]

    assert not unexplained, f"docs/audit.md tells what each event means: {unexplained}"


def test_every_audited_fact_is_explained_to_readers():
    page = (ROOT / "docs/audit.md").read_text("utf-8")
    unexplained = [name for name in AUDITED if f"`{name}`" not in page]

    assert not unexplained, f"docs/audit.md lists what is in the trail: {unexplained}"


def test_f6_the_triggers_are_there_after_all_migrations(database):
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with database.engine.connect() as connection:
        found = set(connection.scalars(text(names)))

    assert found >= TRIGGERS, (
        "A migration that rebuilds a table on SQLite loses its triggers; make them again at its end: "
        f"{TRIGGERS - found}"
    )


def _is_listed(name: str) -> bool:
    listed = (*AUDITED, *PLAIN)
    return any(one.startswith(name) for one in listed) if name.endswith(".") else name in listed


def _names_of_facts(module: Module) -> Iterator[ast.Constant]:
    """Yield texts that look like one, wherever they stand but in what is logged."""
    logged = {
        id(part)
        for node, name in calls(module)
        if name.startswith("log") or name == "getLogger"
        for part in ast.walk(node)
    }
    for node in ast.walk(module.tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in logged and FACT.fullmatch(node.value):
            yield node
