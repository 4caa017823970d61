"""The one-time value in a customer's form: what it is bound to, and how old it may be.

The signature is `api.security.Signer`'s. Spending needs no list of used values: a value is bound to
the version of what the form changes, so the first accepted form voids every other handed out before.
"""

from uuid import UUID

from api.domain.errors import Conflict
from api.domain.link_policy import LinkVerb

YOUNGEST_SECONDS = 2
"""No person reads and answers faster; scanners that post a page's form do."""

OLDEST_SECONDS = 12 * 3600
"""A page left open over a working day is shown again instead of trusted."""


class FormTooFast(Conflict):
    """Please check your choice and send it once more."""

    code = "form_too_fast"


class FormOutdated(Conflict):
    """Something has changed since this page was opened. Please look again and send once more."""

    code = "form_outdated"


def purpose(link_id: UUID, verb: LinkVerb, version: int) -> str:
    """Return what a value is signed for: one link, one verb, one version of what is changed."""
    return f"form:{link_id}:{verb}:{version}"


def check_age(age_seconds: int | None) -> None:
    """Raise FormOutdated for a value not signed for this (None) or over 12 h old, FormTooFast under 2 s."""
    if age_seconds is None or age_seconds > OLDEST_SECONDS:
        raise FormOutdated()
    if age_seconds < YOUNGEST_SECONDS:
        raise FormTooFast()
