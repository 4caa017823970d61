"""The moment at the door: field events, waits, their timers and proofs. Words only, no rules."""

from enum import StrEnum


class FieldEventType(StrEnum):
    DEPARTED = "departed"
    ARRIVED = "arrived"
    ARRIVAL_UNDONE = "arrival_undone"
    HANDOVER_STARTED = "handover_started"
    COLLECTED = "collected"
    LEFT = "left"


class EventOutcome(StrEnum):
    APPLIED = "applied"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class Trust(StrEnum):
    """How well a courier's position proves that he is at the site."""

    VERIFIED = "verified"
    NEAR = "near"
    LOW = "low"
    UNKNOWN = "unknown"


class Quality(StrEnum):
    """How well an instant or a duration made on a phone is known."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    UNVERIFIED = "unverified"


class WaitState(StrEnum):
    """What is stored of a wait. What is drawn (early, green, amber, expired) is derived."""

    OPEN = "open"
    HANDING_OVER = "handing_over"
    CLOSED = "closed"


class WaitColour(StrEnum):
    """Derived from a wait's instants and now; never stored."""

    EARLY = "early"
    GREEN = "green"
    AMBER = "amber"
    EXPIRED = "expired"
    HANDING_OVER = "handing_over"
    CLOSED = "closed"


class WaitAlarm(StrEnum):
    """What a dispatcher should look at in a wait; derived, never stored."""

    UNDECIDED = "undecided"
    LOW_TRUST = "low_trust"
    NEEDS_REVIEW = "needs_review"
    EXTENSION_REQUESTED = "extension_requested"


class WaitOutcome(StrEnum):
    COLLECTED = "collected"
    LEFT = "left"
    UNDONE = "undone"
    ABANDONED = "abandoned"
    CANCELLED = "cancelled"


class WaitCause(StrEnum):
    GOODS_NOT_READY = "goods_not_ready"
    PAPERS_MISSING = "papers_missing"
    NOBODY_THERE = "nobody_there"
    CLOSED = "closed"
    ACCESS = "access"
    COURIER_EARLY = "courier_early"
    OUR_DELAY = "our_delay"


class ProofType(StrEnum):
    """Kinds of picture that are taken as proof, by their media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


class ProofState(StrEnum):
    """A proof that was named: its picture has come, or is still on a phone. Derived, never stored."""

    STORED = "stored"
    AWAITED = "awaited"


class TimerKind(StrEnum):
    NUDGE = "nudge"
    WARN = "warn"
    EXPIRE = "expire"
    UNDECIDED = "undecided"
    ABANDON = "abandon"
    LOADING = "loading"


class TimerState(StrEnum):
    ARMED = "armed"
    FIRED = "fired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class ExtensionState(StrEnum):
    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
