"""What is kept, for how long and why: every table has a line, every line that names a time is followed."""

import ast
import re
from dataclasses import fields
from datetime import timedelta

from api.domain.audit import PLAIN
from api.domain.branch_policy import BranchPolicy
from api.domain.retention import RETENTION
from api.models import Base
from jobs.purge import RULES
from tests.house.source import ROOT, modules

PAGE = ROOT / "docs" / "retention.md"


def test_every_table_is_kept_for_a_reason_and_stands_there_once():
    named = [table for line in RETENTION for table in line.tables]

    assert sorted(named) == sorted(Base.metadata.tables)


def test_every_time_that_a_branch_may_set_is_followed_by_the_purge():
    promised = {name for line in RETENTION for name in line.policy}
    settable = {
        field.name for field in fields(BranchPolicy) if re.search("_(keep|history)_days$", field.name)
    }
    followed = {rule.keep for rule in RULES if isinstance(rule.keep, str)}

    assert promised == settable == followed


def test_every_time_that_is_the_same_for_all_is_followed_by_the_purge():
    promised = {(table, line.fixed) for line in RETENTION if line.fixed for table in line.tables}

    assert promised == {(rule.table, rule.keep) for rule in RULES if isinstance(rule.keep, timedelta)}


def test_a_plain_fact_is_one_that_somebody_records():
    said = {
        node.value
        for module in modules("api")
        if module.name != "api.domain.audit"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # The end of these is the state that was reached.
    made = {name for name in PLAIN if name.startswith(("stops.", "visit."))}

    assert PLAIN - made - said == set()


def test_the_page_has_the_table_as_it_is():
    assert table() in PAGE.read_text(), f"Replace the table in {PAGE} by:\n{table()}"


def table() -> str:
    """Write the table of the page."""
    lines = [f"| {', '.join(map(_code, one.tables))} | {_kept(one)} | {one.why} |" for one in RETENTION]
    return "\n".join(["| tables | kept | why |", "|---|---|---|", *lines])


def _kept(one) -> str:
    days = [f"`{name}` ({getattr(BranchPolicy(), name)})" for name in one.policy]
    hours = [_span(one.fixed)] if one.fixed else []
    return ", ".join([*days, *hours, one.since])


def _span(fixed: timedelta) -> str:
    days, hours = divmod(fixed // timedelta(hours=1), 24)
    return f"{days} day{'s' * (days != 1)}" + (f" and {hours} h" if hours else "")


def _code(name: str) -> str:
    return f"`{name}`"
