"""When a courier may see a contact's phone number: while he is on his way there, and shortly afterwards."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.errors import Conflict
from api.domain.pickups import ENDED
from api.domain.vocabulary import PickupState

REVEALED_UNTIL_AFTER = timedelta(hours=1)
"""A parcel forgotten, a paper missing: that is found within the hour, or it is the office's call."""

ON_THE_JOB = frozenset({PickupState.EN_ROUTE, PickupState.AT_DOOR})
"""The pickup runs: to call its contact needs no reason."""
_ENDED_AT_THE_DOOR = frozenset({PickupState.COLLECTED, PickupState.LEFT})


class ContactNotRevealed(Conflict):
    """A contact's phone number is shown from your departure until an hour after the pickup's end."""

    code = "contact_not_revealed"


@dataclass(frozen=True, slots=True)
class Errand:
    """How far a courier's job is. `last_event_at` is None while he has not set out."""

    state: PickupState
    last_event_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class RevealedContact:
    """Whom to call: the name as couriers see it, and the number in E.164 if there is one."""

    name: str
    phone: str | None


def check_may_reveal(errand: Errand, *, now: datetime) -> None:
    """Raise ContactNotRevealed before departure, and from an hour after the job's end on."""
    if errand.last_event_at is None or not (errand.state in ON_THE_JOB or _just_ended(errand, now)):
        raise ContactNotRevealed(state=errand.state.value)


def _just_ended(errand: Errand, now: datetime) -> bool:
    if errand.state not in ENDED or errand.last_event_at is None:
        return False
    # What ends at a desk (called off, missed) ends when it is written down.
    ended_at = errand.last_event_at if errand.state in _ENDED_AT_THE_DOOR else errand.changed_at
    return now < ended_at + REVEALED_UNTIL_AFTER
