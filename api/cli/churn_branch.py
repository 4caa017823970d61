"""Which branch a churn command is about."""

import click

from api import queries
from api.cli.running import application
from api.models import Branch

branch_option = click.option("--branch", "code", help="Code of the branch; needed where there are several.")


def chosen_branch(code: str | None) -> Branch:
    """Return the named branch, or the only one there is. Raises UsageError where that is no answer."""
    with application().database.unit_of_work(read_only=True) as session:
        branches = [one for one in queries.branches.every(session) if code in (None, one.code)]
    if len(branches) != 1:
        raise click.UsageError(f"No branch {code}." if code else "Name the branch with --branch.")
    return branches[0]
