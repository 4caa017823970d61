"""What can be refused, and why. The docstring of an error is the sentence people read.

Domain code raises these; `web.errors` alone knows which HTTP status a category becomes.
A refusal belongs to one of the categories below; `code` is the stable slug that apps switch on.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """Something in the request cannot be done."""

    code: ClassVar[str] = "domain_error"
    # A refusal normally leaves no trace. Errors that set this commit what was changed before
    # they were raised: a lock-out counter, a revoked token family, a security event.
    keeps_changes: ClassVar[bool] = False

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.details: Mapping[str, Any] = details
        super().__init__(self.message)


class Unauthenticated(DomainError):
    """Sign in first."""

    code = "unauthenticated"


class Forbidden(DomainError):
    """Your role may not do this."""

    code = "forbidden"


class NotFound(DomainError):
    """There is no such thing here."""

    code = "not_found"


class Conflict(DomainError):
    """This cannot be done in the present state."""

    code = "conflict"


class Gone(DomainError):
    """This has ended."""

    code = "gone"


class RuleBroken(DomainError):
    """The request breaks a rule."""

    code = "rule_broken"


class Invalid(RuleBroken):
    """Some fields are not as they must be."""

    code = "invalid_fields"

    def __init__(self, errors: Mapping[str, Any]) -> None:
        """`errors` names each field and says what is wrong with it."""
        super().__init__(errors=errors)


class TooLarge(DomainError):
    """This is more than can be taken at once."""

    code = "too_large"


class TooMany(DomainError):
    """Too many attempts; try again later."""

    code = "too_many_attempts"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class Unavailable(DomainError):
    """This cannot be done just now; try again in a moment."""

    code = "unavailable"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class PreconditionRequired(DomainError):
    """Say which version you are changing: send If-Match."""

    code = "if_match_required"


class PreconditionFailed(DomainError):
    """Somebody changed this after you read it."""

    code = "stale_version"
