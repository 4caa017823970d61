"""Whether the database is at the revision that this code was written for."""

from flask import current_app

from api.domain.errors import DomainError


class NotReady(DomainError):
    """The database has not been migrated to this version: run `flask --app wsgi db upgrade`."""

    code = "not_ready"


def require_revision(found: str | None) -> str:
    expected: str = current_app.config["DATABASE_REVISION"]
    if found != expected:
        raise NotReady(found=found, expected=expected)
    return expected
