"""A rep's rounds: why a visit is proposed or left out, why one failed, what a day holds. Words, no rules."""

from enum import StrEnum


class ProposalReason(StrEnum):
    """Why the planner proposes a visit."""

    RED_ALERT = "red_alert"
    OVERDUE = "overdue"
    DUE = "due"
    NEVER_VISITED = "never_visited"
    NEAR_ANOTHER = "near_another"


class LeftOutReason(StrEnum):
    """Why a customer who ought to be visited stands in no plan."""

    NO_ROOM = "no_room"
    SKIPPED = "skipped"
    CALLED_OFF = "called_off"
    VISIT_STILL_OPEN = "visit_still_open"
    CLOSED_DAYS = "closed_days"


class VisitObstacle(StrEnum):
    """Why a visit that was planned did not happen."""

    NOBODY_THERE = "nobody_there"
    TURNED_AWAY = "turned_away"
    CLOSED = "closed"
    NO_TIME = "no_time"
    ILL = "ill"
    CALLED_OFF_BY_CUSTOMER = "called_off_by_customer"
    NO_LONGER_NEEDED = "no_longer_needed"
    OTHER = "other"


class AgendaKind(StrEnum):
    """What stands on a rep's list of a day."""

    VISIT = "visit"
    PROPOSAL = "proposal"
    CHURN_ALERT = "churn_alert"
    FIELD_REPORT = "field_report"
    TASK = "task"
    OCCASION = "occasion"
