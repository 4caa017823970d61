"""What a failure of the database means: somebody was first, it may pass, there is no room, it is broken."""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

# Somebody else was first: a unique key, a row that is referred to, an exclusion.
LOST_RACES = {
    *("23505", "23503", "23P01"),
    *("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_FOREIGNKEY"),
}
# Serialization failure, deadlock, and a connection that the server closed under us.
TRANSIENT = {"40001", "40P01", "57P01", "57P02", "57P03", "08006", "08003", "25P03"}
# Here the driver has waited long enough already: a lock or a statement's time ran out.
BUSY = {"55P03", "57014", "SQLITE_BUSY", "SQLITE_BUSY_TIMEOUT", "SQLITE_LOCKED"}
FULL = {"53100", "SQLITE_FULL"}
# The disk, the file system or the file's permissions: somebody has to mend them.
BROKEN = {"58030", "58P01", "XX001", "XX002"}
BROKEN_FAMILIES = (
    *("SQLITE_IOERR", "SQLITE_READONLY_", "SQLITE_CANTOPEN", "SQLITE_PERM"),
    *("SQLITE_CORRUPT", "SQLITE_NOTADB"),
)
# In a read-only unit of work it is our own lock that was met: a bug.
READ_ONLY = {"25006", "SQLITE_READONLY"}

Failure = DBAPIError | StaleDataError


class OutcomeUnknown(Exception):
    """The connection broke during a commit: the changes may have been kept, so nothing is done again."""


class StorageUnusable(Exception):
    """The database's file cannot be used as it lies there; the message says how to mend it."""

    def __init__(self, path: object, reason: object) -> None:
        super().__init__(
            f"{path} cannot be used: {reason}. The file, its -wal and -shm and their folder must belong to "
            "the user who runs Doorstep, on a disk that is mounted for writing."
        )


def is_lost_race(failure: Failure) -> bool:
    """Tell whether somebody else was first. A missing or forbidden value is not that, but a bug of ours."""
    return isinstance(failure, StaleDataError) or _reason(failure) in LOST_RACES


def is_transient(failure: Failure) -> bool:
    """Tell whether the same work, done again at once, may succeed: a deadlock, a connection that was cut."""
    if not isinstance(failure, DBAPIError) or isinstance(failure.orig, sqlite3.Error):
        return False
    reason = _reason(failure)
    return reason in TRANSIENT or (isinstance(failure, OperationalError) and reason is None)


def may_pass(failure: Failure) -> bool:
    """Tell whether the database may do the same work in a moment."""
    return isinstance(failure, DBAPIError) and (is_transient(failure) or _reason(failure) in BUSY)


def has_no_room(failure: Failure) -> bool:
    """Tell whether the database's disk is full. What was refused is done once somebody has made room."""
    return _reason(failure) in FULL


def storage_is_broken(failure: Failure, *, writing: bool = True) -> bool:
    """Tell whether the database's disk or files must be mended. `writing`: in a unit that may write."""
    reason = _reason(failure) or ""
    return reason in BROKEN or reason.startswith(BROKEN_FAMILIES) or (writing and reason in READ_ONLY)


def would_fail_again(failure: Exception) -> bool:
    """Tell whether the same work would fail the same way: the mistake is ours, not the database's moment."""
    if isinstance(failure, DBAPIError | StaleDataError):
        passes = is_lost_race(failure) or may_pass(failure) or has_no_room(failure)
        return not (passes or storage_is_broken(failure))
    return not isinstance(failure, OutcomeUnknown | PoolTimeout)


def _reason(failure: Failure) -> str | None:
    """Return PostgreSQL's SQLSTATE or SQLite's name of the error; None when no server was reached."""
    cause = failure.orig if isinstance(failure, DBAPIError) else None
    return getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
