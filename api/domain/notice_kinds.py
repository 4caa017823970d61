"""Every kind of notice in one table: who gets it, how it travels, how long it is of use.

The words are in `notice_texts`; who exactly is told, and when, is decided by the services.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

from api.domain.vocabulary import Channel

# Plain strings are missing on purpose: so no name, phone or address can reach a lock screen.
Variable: TypeAlias = int | datetime | StrEnum

MAX_DEDUPE_KEY = 200

_NOTICES = uuid5(NAMESPACE_URL, "urn:doorstep:notices")


class NoticeKind(StrEnum):
    READINESS_PING = "readiness_ping"
    READINESS_REMINDER = "readiness_reminder"
    WAIT_NUDGE = "wait_nudge"
    WAIT_WARN = "wait_warn"
    WAIT_EXPIRED = "wait_expired"
    WAIT_UNDECIDED = "wait_undecided"
    WAIT_LOADING = "wait_loading"
    WAIT_LEFT = "wait_left"
    PROTECTED_LEAVE = "protected_leave"
    EARLY_LEAVE = "early_leave"
    EXTENSION_REQUESTED = "extension_requested"
    EXTENSION_DECIDED = "extension_decided"
    READINESS_ANSWERED = "readiness_answered"
    PICKUP_ASSIGNED = "pickup_assigned"
    PICKUP_REASSIGNED = "pickup_reassigned"
    PICKUP_RESCHEDULED = "pickup_rescheduled"
    PICKUP_CANCELLED = "pickup_cancelled"
    NOTHING_TODAY = "nothing_today"
    ANOTHER_TIME = "another_time"
    SLOT_CHOSEN = "slot_chosen"
    LATE_READY = "late_ready"
    REBOOKING_PROPOSED = "rebooking_proposed"
    COURIER_LATE = "courier_late"
    NEW_TIME = "new_time"
    PICKUP_MISSED = "pickup_missed"
    STOPS_PROPOSED = "stops_proposed"
    PROPOSAL_DECIDED = "proposal_decided"
    FEEDBACK_LINK = "feedback_link"
    LOW_FEEDBACK = "low_feedback"
    CALL_ME_BACK = "call_me_back"
    FEEDBACK_REVIEW = "feedback_review"
    FEEDBACK_REVIEWED = "feedback_reviewed"
    CASE_OPENED = "case_opened"
    CASE_ASSIGNED = "case_assigned"
    CASE_REPLIED = "case_replied"
    CASE_OVERDUE = "case_overdue"
    CASE_ANSWERED = "case_answered"
    CASE_CLOSED = "case_closed"
    COMPLAINT_FLOOD = "complaint_flood"
    FIELD_REPORT = "field_report"
    CHURN_ALERT = "churn_alert"
    CHURN_DIGEST = "churn_digest"
    VISIT_REMINDER = "visit_reminder"
    PUSH_ADDRESS_MOVED = "push_address_moved"
    TEST_NOTICE = "test_notice"


class Audience(StrEnum):
    CONTACT = "contact"
    STAFF = "staff"


class Priority(StrEnum):
    """`high` may wake a sleeping phone; `normal` waits until it is awake."""

    HIGH = "high"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class KindRule:
    """How one kind behaves.

    `live` notices belong to work in progress and do not wait for the end of quiet hours. On a phone a newer
    notice of a `thread` replaces the older one. `variables` are what its text needs, no more and no less.
    """

    audience: Audience
    thread: str
    useful_for: timedelta
    priority: Priority
    live: bool
    variables: frozenset[str]

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Staff are pushed to, contacts are written to by one of the others."""
        if self.audience is Audience.STAFF:
            return (Channel.PUSH,)
        return (Channel.SMS, Channel.CHAT, Channel.EMAIL)


def _to_contact(thread: str, useful_for: timedelta, *variables: str) -> KindRule:
    # Contacts' hours are minded by those who decide to write to them: once decided, a message leaves at once.
    return KindRule(Audience.CONTACT, thread, useful_for, Priority.HIGH, True, frozenset(variables))


def _live(thread: str, useful_for: timedelta, *variables: str) -> KindRule:
    return KindRule(Audience.STAFF, thread, useful_for, Priority.HIGH, True, frozenset(variables))


def _calm(thread: str, useful_for: timedelta, *variables: str) -> KindRule:
    return KindRule(Audience.STAFF, thread, useful_for, Priority.NORMAL, False, frozenset(variables))


_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

KINDS: Mapping[NoticeKind, KindRule] = {
    NoticeKind.READINESS_PING: _to_contact("readiness:{pickup_id}", 30 * _MINUTE, "expected_at"),
    NoticeKind.READINESS_REMINDER: _to_contact("readiness:{pickup_id}", 10 * _MINUTE, "expected_at"),
    NoticeKind.WAIT_NUDGE: _to_contact("wait:{wait_id}", 3 * _MINUTE, "deadline_at"),
    NoticeKind.WAIT_LEFT: _to_contact("leave:{wait_id}", 2 * _HOUR),
    NoticeKind.NEW_TIME: _to_contact("late:{pickup_id}", 30 * _MINUTE, "expected_at"),
    NoticeKind.FEEDBACK_LINK: _to_contact("feedback:{pickup_id}", 24 * _HOUR),
    NoticeKind.WAIT_WARN: _live("wait:{wait_id}", 1 * _MINUTE, "deadline_at"),
    NoticeKind.WAIT_EXPIRED: _live("wait:{wait_id}", 10 * _MINUTE),
    NoticeKind.WAIT_UNDECIDED: _live("wait:{wait_id}", 30 * _MINUTE),
    NoticeKind.WAIT_LOADING: _live("wait:{wait_id}", 10 * _MINUTE),
    NoticeKind.EXTENSION_REQUESTED: _live("wait:{wait_id}", 1 * _MINUTE, "minutes"),
    NoticeKind.EXTENSION_DECIDED: _live("wait:{wait_id}", 5 * _MINUTE, "decision"),
    NoticeKind.EARLY_LEAVE: _live("leave:{wait_id}", 4 * _HOUR),
    NoticeKind.PROTECTED_LEAVE: _calm("leave:{wait_id}", 24 * _HOUR),
    NoticeKind.PICKUP_ASSIGNED: _live("pickup:{pickup_id}", 12 * _HOUR, "window_start", "window_end"),
    NoticeKind.PICKUP_REASSIGNED: _live("pickup:{pickup_id}", 4 * _HOUR),
    NoticeKind.PICKUP_RESCHEDULED: _live("pickup:{pickup_id}", 12 * _HOUR, "window_start", "window_end"),
    NoticeKind.PICKUP_CANCELLED: _live("pickup:{pickup_id}", 4 * _HOUR),
    NoticeKind.READINESS_ANSWERED: _live("answer:{pickup_id}", 60 * _MINUTE, "answer"),
    NoticeKind.LATE_READY: _live("answer:{pickup_id}", 30 * _MINUTE, "minutes"),
    NoticeKind.REBOOKING_PROPOSED: _live("answer:{pickup_id}", 60 * _MINUTE, "minutes"),
    NoticeKind.STOPS_PROPOSED: _live("proposal:{pickup_id}", 30 * _MINUTE),
    NoticeKind.PROPOSAL_DECIDED: _live("proposal:{pickup_id}", 60 * _MINUTE, "decision"),
    NoticeKind.COURIER_LATE: _live("late:{pickup_id}", 45 * _MINUTE, "window_end"),
    NoticeKind.PICKUP_MISSED: _live("late:{pickup_id}", 12 * _HOUR, "window_end"),
    NoticeKind.ANOTHER_TIME: _live("answer:{pickup_id}", 12 * _HOUR),
    NoticeKind.SLOT_CHOSEN: _live(
        "answer:{pickup_id}", 12 * _HOUR, "month", "day", "window_start", "window_end"
    ),
    NoticeKind.NOTHING_TODAY: _live("answer:{pickup_id}", 12 * _HOUR),
    NoticeKind.LOW_FEEDBACK: _calm("feedback:{pickup_id}", 24 * _HOUR),
    NoticeKind.CALL_ME_BACK: _calm("call-back:{pickup_id}", 24 * _HOUR),
    NoticeKind.FEEDBACK_REVIEW: _calm("review:{pickup_id}", 3 * _DAY),
    NoticeKind.FEEDBACK_REVIEWED: _calm("review:{pickup_id}", 3 * _DAY, "decision"),
    NoticeKind.CASE_OPENED: _calm("case:{case_id}", 24 * _HOUR, "number"),
    NoticeKind.CASE_ASSIGNED: _calm("case:{case_id}", 3 * _DAY, "number"),
    NoticeKind.CASE_REPLIED: _calm("case:{case_id}", 3 * _DAY, "number"),
    NoticeKind.CASE_OVERDUE: _calm("case:{case_id}", 3 * _DAY, "number"),
    NoticeKind.CASE_ANSWERED: _to_contact("case:{case_id}", 3 * _DAY, "number"),
    NoticeKind.CASE_CLOSED: _to_contact("case:{case_id}", 3 * _DAY, "number"),
    NoticeKind.COMPLAINT_FLOOD: _calm("flood:{customer_id}", 24 * _HOUR),
    NoticeKind.FIELD_REPORT: _calm("field-reports:{customer_id}", 3 * _DAY),
    NoticeKind.CHURN_ALERT: _calm("customer:{customer_id}", 3 * _DAY),
    NoticeKind.CHURN_DIGEST: _calm("churn-digest:{staff_id}", 3 * _DAY, "count"),
    NoticeKind.VISIT_REMINDER: _calm("visits:{staff_id}", 12 * _HOUR, "count"),
    NoticeKind.PUSH_ADDRESS_MOVED: _calm("devices:{staff_id}", 7 * _DAY),
    NoticeKind.TEST_NOTICE: _live("test:{staff_id}", 10 * _MINUTE),
}


def notice_id(dedupe_key: str) -> UUID:
    """Return the id of the notice with this key, whether it has been decided or not (UUIDv5).

    By it a phone without a signal can raise the alarm itself, and know the notice again when it comes.
    """
    return uuid5(_NOTICES, dedupe_key)


@dataclass(frozen=True, slots=True)
class Telling:
    """One decision to tell one person one thing.

    `dedupe_key` reads `kind:subject id[:attempt or generation]:recipient id`; what was told under a key is
    never told again. Without `useful_until` the kind's `useful_for` counts from the telling; without
    `leaves_at` the kind and the branch's quiet hours say when it leaves.
    A telling that does not fit its kind is a mistake in the code: ValueError, before anything is stored.
    """

    kind: NoticeKind
    branch_id: UUID
    dedupe_key: str
    staff_id: UUID | None = None
    contact_id: UUID | None = None
    pickup_id: UUID | None = None
    wait_id: UUID | None = None
    customer_id: UUID | None = None
    case_id: UUID | None = None
    link_id: UUID | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)
    useful_until: datetime | None = None
    leaves_at: datetime | None = None

    def __post_init__(self) -> None:
        rule = self.rule
        to_staff = rule.audience is Audience.STAFF
        if (self.staff_id is not None) != to_staff or (self.contact_id is not None) == to_staff:
            raise ValueError(f"{self.kind} is for one {rule.audience}, and for nobody else")
        if not self.dedupe_key.startswith(f"{self.kind}:") or len(self.dedupe_key) > MAX_DEDUPE_KEY:
            raise ValueError(f"dedupe key {self.dedupe_key!r} must begin with '{self.kind}:' and be short")
        if self.variables.keys() != rule.variables:
            raise ValueError(f"{self.kind} needs {sorted(rule.variables)}, got {sorted(self.variables)}")
        if not to_staff and self.link_id is None:
            raise ValueError(f"{self.kind} must name the link that its text shows")
        if "None" in self.thread:
            raise ValueError(f"{self.kind} must name the subject of its thread {self.rule.thread}")

    @property
    def id(self) -> UUID:
        return notice_id(self.dedupe_key)

    @property
    def rule(self) -> KindRule:
        return KINDS[self.kind]

    @property
    def thread(self) -> str:
        return self.rule.thread.format(
            wait_id=self.wait_id,
            pickup_id=self.pickup_id,
            customer_id=self.customer_id,
            case_id=self.case_id,
            staff_id=self.staff_id,
        )

    def expires_at(self, now: datetime) -> datetime:
        """Return the instant from which the notice is of no more use."""
        return self.useful_until or now + self.rule.useful_for
