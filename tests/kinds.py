"""A telling of each kind of notice, with usual variables or the longest ones there can be."""

from typing import Any
from uuid import UUID

from api.domain.notice_climbing import TimeUnit
from api.domain.notice_kinds import KINDS, NoticeKind, Telling, Variable
from api.domain.notice_rules import Audience
from api.domain.vocabulary import (
    ExtensionState,
    FieldReportOutcome,
    OccasionKind,
    ReadinessAnswer,
    ReviewOutcome,
)
from tests.fakes import NOW

SOMEBODY, SOMETHING, BRANCH = UUID(int=1), UUID(int=2), UUID(int=3)
TO_STAFF = [kind for kind in NoticeKind if KINDS[kind].audience is Audience.STAFF]
CLIMBING = [kind for kind in NoticeKind if KINDS[kind].escalation]

USUAL: dict[str, Variable] = {
    "expected_at": NOW,
    "deadline_at": NOW,
    "window_start": NOW,
    "window_end": NOW,
    "minutes": 5,
    "month": 11,
    "day": 23,
    "count": 3,
    "number": 118,
    "decision": ExtensionState.GRANTED,
    "answer": ReadinessAnswer.READY,
    "outcome": FieldReportOutcome.SETTLED,
    "occasion": OccasionKind.BIRTHDAY,
    "about": NoticeKind.FIELD_REPORT,
    "waited": 4,
    "unit": TimeUnit.HOURS,
}

LONGEST: dict[str, Variable] = USUAL | {
    "minutes": 1_440,
    "count": 9_999,
    "number": 9_999_999,
    "decision": ReviewOutcome.LEFT_OUT,
    "answer": ReadinessAnswer.IN_MINUTES,
    "outcome": FieldReportOutcome.PASSED_ON,
    "occasion": OccasionKind.SPRING_FESTIVAL,
    "about": NoticeKind.CALL_ME_BACK,
    "waited": 9_999,
    "unit": TimeUnit.MINUTES,
}


def telling_of(kind: NoticeKind, *, variables: dict[str, Variable] = USUAL, **changes: Any) -> Telling:
    """Return a telling about everything that can be named, so that its thread has its subject."""
    to_staff = KINDS[kind].audience is Audience.STAFF
    facts: dict[str, Any] = {
        "branch_id": BRANCH,
        "staff_id": SOMEBODY if to_staff else None,
        "contact_id": None if to_staff else SOMEBODY,
        "pickup_id": SOMETHING,
        "wait_id": SOMETHING,
        "customer_id": SOMETHING,
        "case_id": SOMETHING,
        "link_id": None if to_staff else SOMETHING,
        "of_thread": f"field-reports:{SOMETHING}",
        **changes,
    }
    recipient = facts["staff_id"] or facts["contact_id"]
    needed = {name: variables[name] for name in KINDS[kind].variables}
    return Telling(kind, dedupe_key=f"{kind}:{SOMETHING}:{recipient}", variables=needed, **facts)
