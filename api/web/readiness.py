"""Whether the database is at the revision that this code was written for, and whether the work is done."""

from dataclasses import asdict

from flask import current_app

from api.domain.errors import DomainError
from api.domain.heartbeat import SILENCE
from api.queries.health import WorkView


class NotReady(DomainError):
    """The database has not been migrated to this version: run `flask --app wsgi db upgrade`."""

    code = "not_ready"


class WorkStandsStill(NotReady):
    """Work that is due is not being done: look at the process with the jobs."""

    code = "work_stands_still"


def require_revision(found: str | None) -> str:
    expected: str = current_app.config["DATABASE_REVISION"]
    if found != expected:
        raise NotReady(found=found, expected=expected)
    return expected


def require_progress(work: WorkView) -> WorkView:
    """Raise WorkStandsStill when the jobs are silent, or what is due waits, for over 30 s."""
    most = SILENCE.total_seconds()
    silent = work.jobs_silent_seconds is None or work.jobs_silent_seconds > most
    if silent or max(work.oldest_overdue_timer_seconds, work.oldest_overdue_notice_seconds) > most:
        raise WorkStandsStill(**asdict(work))
    return work
