"""Whether this code may serve the database, whether that takes writes, and whether the work is done."""

from dataclasses import asdict
from typing import cast

from flask import current_app

from api.domain.errors import DomainError
from api.domain.heartbeat import SILENCE
from api.queries.health import SchemaView, WorkView
from api.web.app import ApiApp


class NotReady(DomainError):
    """The database has not been migrated to this version: run `flask --app wsgi db upgrade`."""

    code = "not_ready"


class WorkStandsStill(NotReady):
    """Work that is due is not being done: look at the process with the jobs."""

    code = "work_stands_still"


class StorageBroken(NotReady):
    """The database cannot be written: look at its disk, and whom its files belong to."""

    code = "storage_broken"


def require_revision(schema: SchemaView) -> str:
    """Return the database's revision: this code's, or a newer one that this code may go on to serve."""
    expected: str = current_app.config["DATABASE_REVISION"]
    if schema.revision is None or expected not in {schema.revision, *schema.served}:
        raise NotReady(found=schema.revision, expected=expected)
    return schema.revision


def require_storage() -> None:
    """Raise StorageBroken when writing failed in this process because of the disk, and still does."""
    if not cast(ApiApp, current_app).database.takes_writes():
        raise StorageBroken()


def require_progress(work: WorkView) -> WorkView:
    """Raise WorkStandsStill when the jobs are silent, or what is due waits, for over 30 s."""
    most = SILENCE.total_seconds()
    silent = work.jobs_silent_seconds is None or work.jobs_silent_seconds > most
    if silent or max(work.oldest_overdue_timer_seconds, work.oldest_overdue_notice_seconds) > most:
        raise WorkStandsStill(**asdict(work))
    return work
