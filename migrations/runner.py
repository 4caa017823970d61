"""Runs migrations from code: for `flask db`, for tests, and for the readiness check.

Alembic is imported by whoever migrates: a server only reads off the files which revision it expects.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

HERE = Path(__file__).parent
REVISION = re.compile(r'^(down_)?revision = "(\w+)"$', re.MULTILINE)


def config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    made.attributes["connection"] = connection
    return made


def scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config())


def head() -> str:
    """Return the revision that this code expects the database to be at: the one that no other builds on."""
    texts = [file.read_text(encoding="utf-8") for file in (HERE / "versions").glob("*.py")]
    named: list[tuple[str, str]] = [found for text in texts for found in REVISION.findall(text)]
    built_on = {revision for down, revision in named if down}
    (revision,) = {revision for _, revision in named} - built_on
    return revision


def revisions() -> frozenset[str]:
    """Return every revision that this code knows."""
    return frozenset(script.revision for script in scripts().walk_revisions())


def served_at(revision: str) -> list[str]:
    """Return the revisions whose code may serve a database that is at `revision`, the newest first.

    Migrations only add, so that is every earlier one, back to a migration that says `takes_away = True`:
    code of before it cannot do without what is gone.
    """
    served = []
    for script in scripts().iterate_revisions(revision, "base"):
        served.append(script.revision)
        if getattr(script.module, "takes_away", False):
            break
    return served


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest revision; does nothing when it is there."""
    from alembic import command

    command.upgrade(_config_for(url), "head")


def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to a revision. What only newer tables and columns hold is lost."""
    from alembic import command

    command.downgrade(_config_for(url), revision)


def _config_for(url: str) -> Config:
    made = config()
    made.attributes["url"] = url
    return made


def draft(url: str, message: str) -> None:
    """Write a new migration from what the models have and the database at `url` has not."""
    from alembic import command

    command.revision(_config_for(url), message=message, autogenerate=True)
