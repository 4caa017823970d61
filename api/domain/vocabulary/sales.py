"""The rep's field: field reports, shipments, churn risk, alerts, visits. Words only, no rules."""

from enum import StrEnum


class FieldReportKind(StrEnum):
    CUSTOMER_UNHAPPY = "customer_unhappy"
    COMPETITOR_SEEN = "competitor_seen"
    VOLUME_DROP = "volume_drop"
    NEW_SHIPPER = "new_shipper"
    ADDRESS_CHANGED = "address_changed"
    OTHER = "other"


class FieldReportState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class HouseFinding(StrEnum):
    """What makes a field report open by itself."""

    PROMISES_BROKEN = "promises_broken"


class ShipmentFailure(StrEnum):
    LATE = "late"
    LOST = "lost"
    DAMAGED = "damaged"
    MISROUTED = "misrouted"
    DATA_ENTRY = "data_entry"
    CUSTOMS_HELD = "customs_held"


class Band(StrEnum):
    """Churn risk in three bands; `unrated` has too little history to say."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNRATED = "unrated"


class ChurnEngine(StrEnum):
    """Which engine spoke: the fitted model of silence, the same corrected by what the branch's past says,
    the volume of a frequent shipper, or the fall-back rule."""

    MODEL = "model"
    COMBINATION = "combination"
    DECLINE = "decline"
    RULE = "rule"
    NONE = "none"


class ReasonFamily(StrEnum):
    SILENCE = "silence"
    DECLINE = "decline"
    SERVICE = "service"
    FEEDBACK = "feedback"


class AlertState(StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ACTING = "acting"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class AlertOutcome(StrEnum):
    WON_BACK = "won_back"
    LOST = "lost"
    FALSE_ALARM = "false_alarm"
    SEASONAL = "seasonal"


class LossReason(StrEnum):
    PRICE = "price"
    SERVICE = "service"
    COMPETITOR = "competitor"
    RELOCATED = "relocated"
    CLOSED = "closed"
    NON_PAYMENT = "non_payment"
    CONTACT_LEFT = "contact_left"
    REP_LEFT = "rep_left"
    IN_HOUSE = "in_house"


class VisitState(StrEnum):
    PROPOSED = "proposed"
    PLANNED = "planned"
    COMPLETED = "completed"
    MISSED = "missed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class VisitDue(StrEnum):
    """How a customer stands against its grade's cadence."""

    NEVER = "never"
    ON_TRACK = "on_track"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


class Mood(StrEnum):
    """How a rep found the customer on a visit."""

    PLEASED = "pleased"
    NEUTRAL = "neutral"
    ANNOYED = "annoyed"
