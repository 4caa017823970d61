"""What customers tell us and how: links, channels, feedback, cases. Words only, no rules."""

from enum import StrEnum


class LinkPurpose(StrEnum):
    PICKUP = "pickup"
    RESCHEDULE = "reschedule"
    FEEDBACK = "feedback"
    CASE = "case"
    PREFERENCES = "preferences"


class ContactChannel(StrEnum):
    """By what a contact wants to be written to."""

    SMS = "sms"
    CHAT = "chat"
    EMAIL = "email"


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
    REVIEWED = "reviewed"


class ReviewCause(StrEnum):
    """Why somebody is to decide whether a score counts."""

    OWN_NETWORK = "own_network"
    OBJECTION = "objection"


class ReviewOutcome(StrEnum):
    COUNTS = "counts"
    LEFT_OUT = "left_out"


class CaseKind(StrEnum):
    COMPLAINT = "complaint"
    INQUIRY = "inquiry"
    EXCEPTION = "exception"


class CaseCategory(StrEnum):
    """What a case is about. The first three are ours to use: they open by themselves."""

    LOW_SCORE = "low_score"
    CALL_BACK = "call_back"
    MISSED_PICKUP = "missed_pickup"
    LATE = "late"
    CONDUCT = "conduct"
    DAMAGED = "damaged"
    LOST = "lost"
    PAPERS = "papers"
    PRICE = "price"
    OTHER = "other"


class CaseState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class CaseSaying(StrEnum):
    """What a message in a case is: it opens one, it goes to and fro, or it tells how the case ended."""

    OPENING = "opening"
    ANSWER = "answer"
    OUTCOME = "outcome"
