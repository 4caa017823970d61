"""Every kind of notice in one table: who gets it, how it travels, how long it is of use, to whom it climbs.

What the columns mean is in `notice_rules`, the words are in `notice_texts`; who exactly is told, and when,
is decided by the services.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TypeAlias
from uuid import UUID

from api.domain.notice_climbing import ClimbsTo, HoursOfBranch, Step, first_due_at
from api.domain.notice_ids import notice_id
from api.domain.notice_rules import (
    Audience,
    KindRule,
    Recipients,
    calm,
    climbing,
    live,
    to_contact,
    urgent,
)

# Plain strings are missing on purpose: so no name, phone or address can reach a lock screen.
Variable: TypeAlias = int | datetime | StrEnum

MAX_DEDUPE_KEY = 200


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
    FIELD_REPORT_OUTCOME = "field_report_outcome"
    CHURN_ALERT = "churn_alert"
    CHURN_OFFERED = "churn_offered"
    UNACKNOWLEDGED = "unacknowledged"
    CHURN_DIGEST = "churn_digest"
    VISIT_REMINDER = "visit_reminder"
    VISITS_TOMORROW = "visits_tomorrow"
    VISIT_SOON = "visit_soon"
    VISITS_OVERDUE = "visits_overdue"
    OCCASIONS_TODAY = "occasions_today"
    GREETING = "greeting"
    CUSTOMERS_RECEIVED = "customers_received"
    PUSH_ADDRESS_MOVED = "push_address_moved"
    TEST_NOTICE = "test_notice"
    DIGEST = "digest"
    KIND_PAUSED = "kind_paused"
    DATA_EXPORTED = "data_exported"


_COURIER = (Recipients.COURIER,)
_DISPATCHERS = (Recipients.DISPATCHERS,)
_OWNER = (Recipients.OWNER,)
_CASE_OWNER = (Recipients.CASE_OWNER,)
_MANAGERS = (Recipients.MANAGERS,)
_LEADERS = (Recipients.MANAGERS, Recipients.ADMINS)
_ANOTHER_REP = (Recipients.ANOTHER_REP,)
_SELF = (Recipients.SELF,)
_REPORTERS = (Recipients.REPORTERS,)

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

# A case that is not answered in time is told to the managers in any case: see `case_overdue`.
_SOMEBODY_WAITS = (
    Step(1 * _HOUR, ClimbsTo.AGAIN, working=True),
    Step(2 * _HOUR, ClimbsTo.MANAGERS, working=True),
)

KINDS: Mapping[NoticeKind, KindRule] = {
    NoticeKind.READINESS_PING: to_contact("readiness:{pickup_id}", 30 * _MINUTE, "expected_at"),
    NoticeKind.READINESS_REMINDER: to_contact("readiness:{pickup_id}", 10 * _MINUTE, "expected_at"),
    NoticeKind.WAIT_NUDGE: to_contact("wait:{wait_id}", 3 * _MINUTE, "deadline_at"),
    NoticeKind.WAIT_LEFT: to_contact("leave:{wait_id}", 2 * _HOUR),
    NoticeKind.NEW_TIME: to_contact("late:{pickup_id}", 30 * _MINUTE, "expected_at"),
    NoticeKind.FEEDBACK_LINK: to_contact("feedback:{pickup_id}", 24 * _HOUR),
    NoticeKind.CASE_ANSWERED: to_contact("case:{case_id}", 3 * _DAY, "number"),
    NoticeKind.CASE_CLOSED: to_contact("case:{case_id}", 3 * _DAY, "number"),
    NoticeKind.GREETING: to_contact("greeting:{customer_id}", 12 * _HOUR, "occasion"),
    NoticeKind.WAIT_WARN: urgent(live(_COURIER + _DISPATCHERS, "wait:{wait_id}", 1 * _MINUTE, "deadline_at")),
    NoticeKind.WAIT_EXPIRED: urgent(live(_COURIER, "wait:{wait_id}", 10 * _MINUTE)),
    NoticeKind.WAIT_UNDECIDED: climbing(
        urgent(live(_DISPATCHERS, "wait:{wait_id}", 30 * _MINUTE)), Step(10 * _MINUTE, ClimbsTo.MANAGERS)
    ),
    NoticeKind.WAIT_LOADING: urgent(live(_COURIER + _DISPATCHERS, "wait:{wait_id}", 10 * _MINUTE)),
    NoticeKind.EXTENSION_REQUESTED: urgent(live(_DISPATCHERS, "wait:{wait_id}", 1 * _MINUTE, "minutes")),
    NoticeKind.EXTENSION_DECIDED: live(_COURIER, "wait:{wait_id}", 5 * _MINUTE, "decision"),
    NoticeKind.EARLY_LEAVE: urgent(live(_DISPATCHERS, "leave:{wait_id}", 4 * _HOUR)),
    NoticeKind.PROTECTED_LEAVE: calm(_OWNER, "leave:{wait_id}", 24 * _HOUR),
    NoticeKind.PICKUP_ASSIGNED: live(
        _COURIER, "pickup:{pickup_id}", 12 * _HOUR, "window_start", "window_end"
    ),
    NoticeKind.PICKUP_REASSIGNED: live(_COURIER, "pickup:{pickup_id}", 4 * _HOUR),
    NoticeKind.PICKUP_RESCHEDULED: live(
        _COURIER, "pickup:{pickup_id}", 12 * _HOUR, "window_start", "window_end"
    ),
    NoticeKind.PICKUP_CANCELLED: live(_COURIER, "pickup:{pickup_id}", 4 * _HOUR),
    NoticeKind.READINESS_ANSWERED: live(
        _COURIER + _DISPATCHERS, "answer:{pickup_id}", 60 * _MINUTE, "answer"
    ),
    NoticeKind.LATE_READY: live(_COURIER, "answer:{pickup_id}", 30 * _MINUTE, "minutes"),
    NoticeKind.REBOOKING_PROPOSED: live(_DISPATCHERS, "answer:{pickup_id}", 60 * _MINUTE, "minutes"),
    NoticeKind.ANOTHER_TIME: live(_DISPATCHERS, "answer:{pickup_id}", 12 * _HOUR),
    NoticeKind.SLOT_CHOSEN: live(
        _DISPATCHERS, "answer:{pickup_id}", 12 * _HOUR, "month", "day", "window_start", "window_end"
    ),
    NoticeKind.NOTHING_TODAY: live(_DISPATCHERS, "answer:{pickup_id}", 12 * _HOUR),
    NoticeKind.STOPS_PROPOSED: live(_COURIER + _DISPATCHERS, "proposal:{pickup_id}", 30 * _MINUTE),
    NoticeKind.PROPOSAL_DECIDED: live(
        _COURIER + _DISPATCHERS, "proposal:{pickup_id}", 60 * _MINUTE, "decision"
    ),
    NoticeKind.COURIER_LATE: urgent(live(_DISPATCHERS, "late:{pickup_id}", 45 * _MINUTE, "window_end")),
    NoticeKind.PICKUP_MISSED: live(_DISPATCHERS, "late:{pickup_id}", 12 * _HOUR, "window_end"),
    NoticeKind.LOW_FEEDBACK: climbing(
        urgent(calm(_CASE_OWNER + _DISPATCHERS, "feedback:{pickup_id}", 24 * _HOUR)), *_SOMEBODY_WAITS
    ),
    NoticeKind.CALL_ME_BACK: climbing(
        urgent(calm(_CASE_OWNER + _DISPATCHERS, "call-back:{pickup_id}", 24 * _HOUR)), *_SOMEBODY_WAITS
    ),
    NoticeKind.FEEDBACK_REVIEW: climbing(
        calm(_MANAGERS, "review:{pickup_id}", 3 * _DAY), Step(1 * _DAY, ClimbsTo.AGAIN)
    ),
    NoticeKind.FEEDBACK_REVIEWED: calm(_COURIER, "review:{pickup_id}", 3 * _DAY, "decision"),
    NoticeKind.CASE_OPENED: climbing(
        urgent(calm(_DISPATCHERS, "case:{case_id}", 24 * _HOUR, "number")), *_SOMEBODY_WAITS
    ),
    NoticeKind.CASE_ASSIGNED: climbing(
        calm(_CASE_OWNER, "case:{case_id}", 3 * _DAY, "number"), *_SOMEBODY_WAITS
    ),
    NoticeKind.CASE_REPLIED: calm(_CASE_OWNER, "case:{case_id}", 3 * _DAY, "number"),
    NoticeKind.CASE_OVERDUE: calm(_CASE_OWNER + _MANAGERS, "case:{case_id}", 3 * _DAY, "number"),
    NoticeKind.COMPLAINT_FLOOD: climbing(
        calm(_MANAGERS, "flood:{customer_id}", 24 * _HOUR), Step(4 * _HOUR, ClimbsTo.AGAIN, working=True)
    ),
    # What must be answered sooner says so itself: see `field_reports.acknowledge_by`.
    NoticeKind.FIELD_REPORT: climbing(
        calm(_OWNER + _MANAGERS, "field-reports:{customer_id}", 3 * _DAY), Step(1 * _DAY, ClimbsTo.MANAGERS)
    ),
    NoticeKind.FIELD_REPORT_OUTCOME: calm(_REPORTERS, "field-reports:{customer_id}", 7 * _DAY, "outcome"),
    NoticeKind.CHURN_ALERT: climbing(
        calm(_OWNER, "customer:{customer_id}", 3 * _DAY),
        Step(1 * _DAY, ClimbsTo.AGAIN),
        Step(3 * _DAY, ClimbsTo.MANAGERS),
        Step(5 * _DAY, ClimbsTo.ANOTHER_REP),
    ),
    NoticeKind.CHURN_OFFERED: climbing(calm(_ANOTHER_REP, "customer:{customer_id}", 3 * _DAY)),
    NoticeKind.CHURN_DIGEST: calm(_OWNER, "churn-digest:{staff_id}", 3 * _DAY, "count"),
    NoticeKind.UNACKNOWLEDGED: climbing(
        calm(_MANAGERS, "{of_thread}", 24 * _HOUR, "about", "waited", "unit")
    ),
    NoticeKind.VISIT_REMINDER: calm(_OWNER, "visits:{staff_id}", 12 * _HOUR, "count"),
    NoticeKind.VISITS_TOMORROW: calm(_OWNER, "visits:{staff_id}", 15 * _HOUR, "count"),
    NoticeKind.VISIT_SOON: calm(_OWNER, "visit:{customer_id}", 1 * _HOUR, "minutes"),
    NoticeKind.VISITS_OVERDUE: calm(_MANAGERS, "visits-overdue:{staff_id}", 3 * _DAY, "count"),
    NoticeKind.OCCASIONS_TODAY: calm(_OWNER, "occasions:{staff_id}", 12 * _HOUR, "count"),
    NoticeKind.CUSTOMERS_RECEIVED: calm(_OWNER, "transfers:{staff_id}", 7 * _DAY, "count"),
    NoticeKind.PUSH_ADDRESS_MOVED: calm(_SELF, "devices:{staff_id}", 7 * _DAY),
    NoticeKind.TEST_NOTICE: live(_SELF, "test:{staff_id}", 10 * _MINUTE),
    NoticeKind.DIGEST: calm(_SELF, "digest:{staff_id}", 24 * _HOUR, "count"),
    NoticeKind.KIND_PAUSED: calm(_MANAGERS, "paused-kinds:{staff_id}", 3 * _DAY),
    NoticeKind.DATA_EXPORTED: calm(_LEADERS, "exports:{staff_id}", 3 * _DAY, "count"),
}


@dataclass(slots=True)  # Frozen, it takes twice as long to make; a sweep makes tens of thousands.
class Telling:
    """One decision to tell one person one thing.

    `dedupe_key` reads `kind:subject id[:attempt or generation]:recipient id`; what was told under a key is
    never told again. Without `useful_until` the kind's `useful_for` counts from the telling; without
    `leaves_at` the kind and the branch's quiet hours say when it leaves; without `climbs_at` the kind says
    when it climbs first. What `climbed` itself stays in the thread it is about, `of_thread`, and climbs no
    further.
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
    climbs_at: datetime | None = None
    climbed: bool = False
    of_thread: str | None = None
    rule: KindRule = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rule = self.rule = KINDS[self.kind]
        to_staff = rule.audience is Audience.STAFF
        if (self.staff_id is not None) != to_staff or (self.contact_id is not None) == to_staff:
            raise ValueError(f"{self.kind} is for one {rule.audience}, and for nobody else")
        if not self.dedupe_key.startswith(f"{self.kind}:") or len(self.dedupe_key) > MAX_DEDUPE_KEY:
            raise ValueError(f"dedupe key {self.dedupe_key!r} must begin with '{self.kind}:' and be short")
        if self.variables.keys() != rule.variables:
            raise ValueError(f"{self.kind} needs {sorted(rule.variables)}, got {sorted(self.variables)}")
        if not to_staff and self.link_id is None:
            raise ValueError(f"{self.kind} must name the link that its text shows")
        if getattr(self, _parts(rule.thread)[1]) is None:
            raise ValueError(f"{self.kind} must name the subject of its thread {self.rule.thread}")

    @property
    def id(self) -> UUID:
        return notice_id(self.dedupe_key)

    @property
    def thread(self) -> str:
        word, subject = _parts(self.rule.thread)
        return f"{word}{getattr(self, subject)}"

    @property
    def escalation(self) -> tuple[Step, ...] | None:
        """To whom it climbs: as its kind does, unless somebody else's silence brought it here."""
        return () if self.climbed else self.rule.escalation

    def first_climb_at(self, now: datetime, hours: HoursOfBranch) -> datetime | None:
        """Return when it climbs first, unless somebody acknowledges it; None where nobody need do so."""
        if self.escalation is None:
            return None
        return self.climbs_at or first_due_at(
            self.escalation, now, useful_for=self.rule.useful_for, hours=hours
        )

    @property
    def climbs(self) -> int:
        """How many steps are behind it: all of them, for what somebody else's silence brought here."""
        return len(self.rule.escalation or ()) if self.climbed else 0

    @property
    def falls_back(self) -> bool:
        """Tell whether it goes another way when no push is seen: calm ones only to who is told at once."""
        return self.rule.falls_back and (self.rule.live or self.leaves_at is not None)

    def expires_at(self, now: datetime) -> datetime:
        """Return the instant from which the notice is of no more use."""
        return self.useful_until or now + self.rule.useful_for


@cache
def _parts(thread: str) -> tuple[str, str]:
    """Take "wait:{wait_id}" apart: what stands before the subject, and the field that names it."""
    word, _, subject = thread.partition("{")
    return word, subject.removesuffix("}")
