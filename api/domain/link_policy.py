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
    READ_SLOTS = "read_slots"
    CHOOSE_SLOT = "choose_slot"
    GIVE_FEEDBACK = "give_feedback"
    COMPLAIN = "complain"
    FOLLOW_CASE = "follow_case"
    ANSWER_CASE = "answer_case"
    CHANGE_PREFERENCES = "change_preferences"


ALLOWED: dict[LinkPurpose, frozenset[LinkVerb]] = {
    LinkPurpose.PICKUP: frozenset(
        {
            LinkVerb.READ,
            LinkVerb.ANSWER_READINESS,
            LinkVerb.ASK_EXTENSION,
            LinkVerb.READ_SLOTS,
            LinkVerb.CHOOSE_SLOT,
            LinkVerb.COMPLAIN,
        }
    ),
    LinkPurpose.RESCHEDULE: frozenset(
        {LinkVerb.READ, LinkVerb.READ_SLOTS, LinkVerb.CHOOSE_SLOT, LinkVerb.ASK_ANOTHER_TIME}
    ),
    LinkPurpose.FEEDBACK: frozenset({LinkVerb.READ, LinkVerb.GIVE_FEEDBACK, LinkVerb.COMPLAIN}),
    LinkPurpose.CASE: frozenset(
        {LinkVerb.READ, LinkVerb.COMPLAIN, LinkVerb.FOLLOW_CASE, LinkVerb.ANSWER_CASE}
    ),
    LinkPurpose.PREFERENCES: frozenset({LinkVerb.READ, LinkVerb.CHANGE_PREFERENCES}),
}
"""The one table of purposes and verbs. What it does not name is not there: 404."""

READING = frozenset({LinkVerb.READ, LinkVerb.READ_SLOTS, LinkVerb.FOLLOW_CASE})
"""Verbs that change nothing."""

OF_A_PICKUP = frozenset({LinkPurpose.PICKUP, LinkPurpose.RESCHEDULE, LinkPurpose.FEEDBACK})
"""Purposes whose link is about one pickup."""

AFTER_WINDOW = timedelta(hours=2)
"""A pickup link outlives its window by this much, for a courier who is late."""

LIFETIMES: dict[LinkPurpose, timedelta] = {
    LinkPurpose.RESCHEDULE: timedelta(days=7),
    LinkPurpose.FEEDBACK: timedelta(days=7),
    LinkPurpose.CASE: timedelta(days=365),
    LinkPurpose.PREFERENCES: timedelta(days=90),
}
"""How long a link lives from its issue. A pickup link is not here: it follows the pickup's window.

Each message with a preferences link gives it its whole life again; closing a case shortens its link's.
"""

RENEWED_AFTER = timedelta(days=7)

AFTER_CASE = timedelta(days=30)
"""How long a closed case can still be followed by its link."""

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
    """What decides about a link: its own instants and the state of its pickup, if it has one."""

    purpose: LinkPurpose
    expires_at: datetime
    revoked_at: datetime | None
    pickup_state: PickupState | None


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


def expires_at(purpose: LinkPurpose, *, window_end: datetime | None = None, now: datetime) -> datetime:
    """Return when a link issued now ends: with the window + 2 h for a pickup, else after its lifetime."""
    if purpose is LinkPurpose.PICKUP and window_end is not None:
        return window_end + AFTER_WINDOW
    return now + LIFETIMES[purpose]


def is_worth_renewing(ends_at: datetime, would_end_at: datetime) -> bool:
    """Tell whether a long-lived link has used up a week: less is not worth a write per message."""
    return would_end_at - ends_at >= RENEWED_AFTER


def check_may_issue(purpose: LinkPurpose, pickup_state: PickupState) -> None:
    """Refuse a pickup link for a pickup that is over, and a feedback link before anyone has come.

    Links that are not about one pickup are not issued for one: to ask for them is LinkUnknown.
    """
    if purpose not in OF_A_PICKUP:
        raise LinkUnknown()
    if purpose is LinkPurpose.PICKUP and pickup_state in ENDED:
        raise PickupIsOver(state=pickup_state)
    if purpose is LinkPurpose.FEEDBACK and pickup_state not in _VISITED:
        raise NothingToRateYet(state=pickup_state)
