"""The stream of security events: the one logger for them, and every name that can appear on it.

A collector finds them by the field `event`, which begins with "security.". They carry ids, codes and
counts; never a secret, a name, a number or an address. The request's own line has the rest.
"""

import logging
from enum import StrEnum

_log = logging.getLogger("doorstep.security")


class SecurityEvent(StrEnum):
    ACCESS_REFUSED = "security.access_refused"
    ADDRESS_TAKEN_OVER = "security.address_taken_over"
    COMPLAINT_FLOOD = "security.complaint_flood"
    FIELD_UNREADABLE = "security.field_unreadable"
    FILE_UNREADABLE = "security.file_unreadable"
    ITEM_REFUSED = "security.item_refused"
    LINKS_REVOKED = "security.links_revoked"
    NETWORK_LOCKED = "security.network_locked"
    REFRESH_REUSE = "security.refresh_reuse"
    REQUEST_REFUSED = "security.request_refused"
    SIGN_IN_FAILED = "security.sign_in_failed"
    SIGN_IN_LOCKED = "security.sign_in_locked"


_LEVELS = {
    # Something of ours was altered or its key is gone.
    SecurityEvent.FIELD_UNREADABLE: logging.ERROR,
    SecurityEvent.FILE_UNREADABLE: logging.ERROR,
    # One place tries many accounts.
    SecurityEvent.NETWORK_LOCKED: logging.ERROR,
    # Every day brings some; what matters is how many, and from whom.
    SecurityEvent.ACCESS_REFUSED: logging.INFO,
    SecurityEvent.ITEM_REFUSED: logging.INFO,
    SecurityEvent.REQUEST_REFUSED: logging.INFO,
    SecurityEvent.SIGN_IN_FAILED: logging.INFO,
}


def say(event: SecurityEvent, **facts: str | int | None) -> None:
    """Write one event with its facts: ids as text, codes, counts."""
    _log.log(_LEVELS.get(event, logging.WARNING), event.value, extra=facts)
