"""Rules about pickups: which windows can be, and what may be done in which state.

What happens at the door is the wait's: see `wait_policy`. The state itself follows field events.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.domain.errors import Conflict, RuleBroken
from api.domain.vocabulary import PickupState

SHORTEST_WINDOW = timedelta(minutes=1)
LONGEST_WINDOW = timedelta(hours=24)
FURTHEST_AHEAD = timedelta(days=366)
FURTHEST_BACK = timedelta(days=2)  # A dispatch system that was down over a night catches up.

ENDED = frozenset({PickupState.COLLECTED, PickupState.LEFT, PickupState.MISSED, PickupState.CANCELLED})
"""States in which the job is over. A second try is a new pickup, linked to this one."""

BEFORE_ARRIVAL = frozenset({PickupState.BOOKED, PickupState.ASSIGNED, PickupState.EN_ROUTE})
"""States in which a courier is still awaited."""

NOT_COLLECTED = frozenset({PickupState.LEFT, PickupState.MISSED})
"""Ends after which another time can be chosen: a new pickup that is linked to this one."""

_WITH_A_COURIER_AT_THE_DOOR = frozenset({PickupState.AT_DOOR})


class WindowImpossible(RuleBroken):
    """A pickup window starts before it ends, lasts from a minute to a day, and is not out of reach."""

    code = "window_impossible"


class PickupStateForbids(Conflict):
    """The pickup's state does not allow this. `state` in the details names it."""

    code = "pickup_state_forbids"


class ExternalRefTaken(Conflict):
    """This branch already has another pickup with this external_ref."""

    code = "external_ref_taken"


class NothingProposed(Conflict):
    """The contact's answer does not propose this, or not any more."""

    code = "nothing_proposed"


class ContactOfAnotherCustomer(RuleBroken):
    """The contact of a pickup belongs to the same customer as its site."""

    code = "contact_of_another_customer"


class NotACourier(RuleBroken):
    """A pickup is assigned to an active courier of its own branch."""

    code = "not_a_courier"


@dataclass(frozen=True, slots=True)
class PickupBooking:
    """A pickup as it is booked. `external_ref` is the booking system's own name for it."""

    external_ref: str
    site_id: UUID
    contact_id: UUID
    window_start: datetime
    window_end: datetime
    courier_id: UUID | None = None
    parcels_expected: int | None = None
    eta_at: datetime | None = None

    def fingerprint(self) -> str:
        """Return a hash that two bookings share when they ask for the same, however instants are written."""
        asked = {name: _plain(value) for name, value in asdict(self).items()}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def check_window(window_start: datetime, window_end: datetime, *, now: datetime) -> None:
    """Refuse a window that is backwards, shorter than 1 min, longer than 24 h, or out of reach.

    Out of reach is a window that ended over 2 days ago or starts over 366 days ahead.
    """
    if not SHORTEST_WINDOW <= window_end - window_start <= LONGEST_WINDOW:
        _refuse_window("window_end", "The window ends 1 minute to 24 hours after its start.")
    if window_end < now - FURTHEST_BACK:
        _refuse_window("window_end", "The window ended more than 2 days ago.")
    if window_start > now + FURTHEST_AHEAD:
        _refuse_window("window_start", "The window starts more than 366 days ahead.")


def ref_of_second_try(external_ref: str, again_id: UUID) -> str:
    """Name a second try after the first, which is the one the booking system knows; 64 characters suffice."""
    return f"{external_ref[:27]}/{again_id}"


def check_may_change(state: PickupState) -> None:
    """Allow new details (ETA, parcels, contact) until the job is over."""
    _refuse_in(state, ENDED, "changed")


def check_may_assign(state: PickupState) -> None:
    """Allow a courier to be named, or another one, until the job is over: even from the door."""
    _refuse_in(state, ENDED, "assigned")


def check_may_reschedule(state: PickupState) -> None:
    """Allow another window until the courier stands at the door; from there he leaves with a cause."""
    _refuse_in(state, ENDED | _WITH_A_COURIER_AT_THE_DOOR, "rescheduled")


def may_get_another_time(state: PickupState) -> bool:
    """Tell whether a contact may choose another time: before a courier comes, or after one left."""
    return state in BEFORE_ARRIVAL | NOT_COLLECTED


def check_may_get_another_time(state: PickupState) -> None:
    """Raise PickupStateForbids where `may_get_another_time` says no."""
    _refuse_in(state, frozenset(PickupState) - BEFORE_ARRIVAL - NOT_COLLECTED, "moved to another time")


def check_may_cancel(state: PickupState) -> None:
    """Allow cancelling until the job is over."""
    _refuse_in(state, ENDED, "cancelled")


def state_when_assigned(courier_is_known: bool) -> PickupState:
    """Return where a pickup stands before its courier sets out: `assigned`, or `booked` without one."""
    return PickupState.ASSIGNED if courier_is_known else PickupState.BOOKED


def _refuse_in(state: PickupState, states: frozenset[PickupState], done: str) -> None:
    if state in states:
        raise PickupStateForbids(f"A pickup that is {state} cannot be {done}.", state=state)


def _refuse_window(field: str, sentence: str) -> None:
    raise WindowImpossible(sentence, errors={field: [sentence]})


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value
