"""Runs migrations from code: for `flask db`, for tests, and for the readiness check."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

HERE = Path(__file__).parent


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    made.attributes["connection"] = connection
    return made


def head() -> str:
    """Return the revision that this code expects the database to be at."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None
    return revision


def revisions() -> frozenset[str]:
    """Return every revision that this code knows."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())


def served_at(revision: str) -> list[str]:
    """Return the revisions whose code may serve a database that is at `revision`, the newest first.

    Migrations only add, so that is every earlier one, back to a migration that says `takes_away = True`:
    code of before it cannot do without what is gone.
    """
    served = []
    for script in ScriptDirectory.from_config(config()).iterate_revisions(revision, "base"):
        served.append(script.revision)
        if getattr(script.module, "takes_away", False):
            break
    return served


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest revision; does nothing when it is there."""
    command.upgrade(_config_for(url), "head")


def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to a revision. What only newer tables and columns hold is lost."""
    command.downgrade(_config_for(url), revision)


def _config_for(url: str) -> Config:
    made = config()
    made.attributes["url"] = url
    return made


def draft(url: str, message: str) -> None:
    """Write a new migration from what the models have and the database at `url` has not."""
    command.revision(_config_for(url), message=message, autogenerate=True)
