"""The closed vocabularies of Doorstep: every word that is stored as text and sent over the wire.

One word for one thing; the glossary in the README explains each to people. No rules live here.
"""

from enum import StrEnum


class Role(StrEnum):
    COURIER = "courier"
    SALES_REP = "sales_rep"
    SERVICE_AGENT = "service_agent"
    DISPATCHER = "dispatcher"
    MANAGER = "manager"
    ADMIN = "admin"
    INTEGRATION = "integration"


class Locale(StrEnum):
    ZH_CN = "zh-CN"
    EN = "en"


class Grade(StrEnum):
    A = "A"
    B = "B"
    C = "C"


class CustomerState(StrEnum):
    """`closed_by_us` (fraud, bad debt) is never scored for churn."""

    ACTIVE = "active"
    CLOSED_BY_US = "closed_by_us"


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


class StopOrderReason(StrEnum):
    """Why another order of a courier's next stops is proposed."""

    READY_LATER = "ready_later"
    WINDOW_ENDS_SOON = "window_ends_soon"


class ProposalState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SUPERSEDED = "superseded"


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


class ChangeKind(StrEnum):
    """What a phone keeps a copy of."""

    PICKUP = "pickup"
    WAIT = "wait"
    NOTICE = "notice"


class LinkPurpose(StrEnum):
    PICKUP = "pickup"
    RESCHEDULE = "reschedule"
    FEEDBACK = "feedback"
    CASE = "case"
    PREFERENCES = "preferences"


class FeedbackAbout(StrEnum):
    COURIER = "courier"
    COMPANY = "company"
    CUSTOMER_SERVICE = "customer_service"


class FeedbackReason(StrEnum):
    LATE = "late"
    IMPATIENT = "impatient"
    UNFRIENDLY = "unfriendly"
    CARELESS = "careless"
    PAPERS = "papers"
    HARD_TO_REACH = "hard_to_reach"
    PRICE = "price"
    ON_TIME = "on_time"
    PATIENT = "patient"
    FRIENDLY = "friendly"
    CAREFUL = "careful"
    WELL_INFORMED = "well_informed"


class Screening(StrEnum):
    """Why a score is left out of the courier's average."""

    AVOIDABLE_WAIT = "avoidable_wait"
    PROTECTED_LEAVE = "protected_leave"


class NoticeState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    DEAD = "dead"
    SUPPRESSED = "suppressed"


class Channel(StrEnum):
    """Ways a notice travels: `push` to a staff member's phone, `message` (SMS, chat, e-mail) to a contact."""

    PUSH = "push"
    MESSAGE = "message"


class DeliveryState(StrEnum):
    PENDING = "pending"
    LEASED = "leased"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    DEAD = "dead"


class AddressKind(StrEnum):
    """FCM's legacy registration token, or the newer Firebase installation id."""

    TOKEN = "token"
    FID = "fid"


class Platform(StrEnum):
    ANDROID = "android"
    IOS = "ios"
    HARMONY = "harmony"


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
    """Which engine spoke: the fitted model of silence, or the fall-back rule."""

    MODEL = "model"
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
