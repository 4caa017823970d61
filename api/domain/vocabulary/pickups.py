"""Pickups before the door: states, readiness, the order of stops, phones' changes. Words only, no rules."""

from enum import StrEnum


class PickupState(StrEnum):
    BOOKED = "booked"
    ASSIGNED = "assigned"
    EN_ROUTE = "en_route"
    AT_DOOR = "at_door"
    COLLECTED = "collected"
    LEFT = "left"
    MISSED = "missed"
    CANCELLED = "cancelled"


class ReadinessAnswer(StrEnum):
    READY = "ready"
    IN_MINUTES = "in_minutes"
    ANOTHER_TIME = "another_time"
    NOTHING_TODAY = "nothing_today"


class ReadinessColour(StrEnum):
    """What a courier sees of an answer, or of silence; derived, never stored."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


class Lateness(StrEnum):
    """What a promised ready time means for the courier's order of stops."""

    ON_TIME = "on_time"
    ANOTHER_STOP_FIRST = "another_stop_first"
    REBOOK = "rebook"


class ProposedStep(StrEnum):
    """What a contact's answer proposes to the dispatchers to do with a pickup; derived, never stored."""

    CANCELLATION = "cancellation"
    REBOOKING = "rebooking"


class StopOrderReason(StrEnum):
    """Why another order of a courier's next stops is proposed."""

    READY_LATER = "ready_later"
    WINDOW_ENDS_SOON = "window_ends_soon"


class ProposalState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SUPERSEDED = "superseded"


class ChangeKind(StrEnum):
    """What a phone keeps a copy of."""

    PICKUP = "pickup"
    WAIT = "wait"
    NOTICE = "notice"
