"""What a customer's link may do, how long it lives, and what it says when it no longer does.

Tokens and their signatures are made in `api.security`; finding a link by its token is a query.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.errors import Conflict, Gone, NotFound
from api.domain.pickups import ENDED
from api.domain.vocabulary import LinkPurpose, PickupState


class LinkVerb(StrEnum):
    READ = "read"
    ANSWER_READINESS = "answer_readiness"
    ASK_EXTENSION = "ask_extension"
    ASK_ANOTHER_TIME = "ask_another_time"
    GIVE_FEEDBACK = "give_feedback"


ALLOWED: dict[LinkPurpose, frozenset[LinkVerb]] = {
    LinkPurpose.PICKUP: frozenset({LinkVerb.READ, LinkVerb.ANSWER_READINESS, LinkVerb.ASK_EXTENSION}),
    LinkPurpose.RESCHEDULE: frozenset({LinkVerb.READ, LinkVerb.ASK_ANOTHER_TIME}),
    LinkPurpose.FEEDBACK: frozenset({LinkVerb.READ, LinkVerb.GIVE_FEEDBACK}),
}
"""The one table of purposes and verbs. What it does not name is not there: 404."""

AFTER_WINDOW = timedelta(hours=2)
"""A pickup link outlives its window by this much, for a courier who is late."""

LIFETIMES: dict[LinkPurpose, timedelta] = {
    LinkPurpose.RESCHEDULE: timedelta(days=7),
    LinkPurpose.FEEDBACK: timedelta(days=7),
}
"""How long a link lives from its issue. A pickup link is not here: it follows the pickup's window."""

_VISITED = frozenset({PickupState.AT_DOOR, PickupState.COLLECTED, PickupState.LEFT})


class LinkUnknown(NotFound):
    """There is no such link."""

    code = "link_unknown"


class LinkExpired(Gone):
    """This link has expired."""

    code = "link_expired"


class LinkRevoked(Gone):
    """This link is no longer in use."""

    code = "link_revoked"


class PickupIsOver(Conflict):
    """This pickup is over: a link to prepare it would lead nowhere."""

    code = "pickup_is_over"


class NothingToRateYet(Conflict):
    """A pickup is rated once a courier has come: a feedback link is made when he collects, or on request."""

    code = "nothing_to_rate_yet"


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What decides about a link: its own instants and the state of its pickup."""

    purpose: LinkPurpose
    expires_at: datetime
    revoked_at: datetime | None
    pickup_state: PickupState


def check_live(link: LinkFacts, *, now: datetime) -> None:
    """Raise LinkRevoked or LinkExpired when the link has ended; at `expires_at` itself it has.

    A pickup link also ends with the pickup: when the courier has gone, nothing is left to prepare.
    """
    if link.revoked_at is not None:
        raise LinkRevoked()
    if now >= link.expires_at or has_departed(link):
        raise LinkExpired()


def check_may(purpose: LinkPurpose, verb: LinkVerb) -> None:
    """Raise LinkUnknown when a link of this purpose cannot do that, as if it did not exist."""
    if verb not in ALLOWED.get(purpose, frozenset()):
        raise LinkUnknown()


def has_departed(link: LinkFacts) -> bool:
    """Tell whether a pickup link ended because its pickup did."""
    return link.purpose is LinkPurpose.PICKUP and link.pickup_state in ENDED


def expires_at(purpose: LinkPurpose, *, window_end: datetime, now: datetime) -> datetime:
    """Return when a link issued now ends: with the window + 2 h for a pickup, else after its lifetime."""
    if purpose is LinkPurpose.PICKUP:
        return window_end + AFTER_WINDOW
    return now + LIFETIMES[purpose]


def check_may_issue(purpose: LinkPurpose, pickup_state: PickupState) -> None:
    """Refuse a pickup link for a pickup that is over, and a feedback link before anyone has come."""
    check_may(purpose, LinkVerb.READ)
    if purpose is LinkPurpose.PICKUP and pickup_state in ENDED:
        raise PickupIsOver(state=pickup_state)
    if purpose is LinkPurpose.FEEDBACK and pickup_state not in _VISITED:
        raise NothingToRateYet(state=pickup_state)
