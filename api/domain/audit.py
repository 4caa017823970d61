"""The audit trail: which facts belong to it, where a fact came from, and when a look needs a reason.

How entries are chained, and how a broken chain is recognised, is in `audit_chain`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from api.domain.errors import RuleBroken
from api.domain.vocabulary import Role

KEPT_FOR = timedelta(days=3 * 365)
"""After that an entry and its fact are deleted, under a signed checkpoint that says up to where."""

LONGEST_REASON = 200

AUDITED: Mapping[str, str] = {
    "absence.entered": "a colleague sees a rep's customers while he is away",
    "absence.ended": "he does so no more",
    "access.refused": "somebody asked for what is not his",
    "access.refusals_counted": "he did so very often within an hour",
    "api_key.made": "a machine account got a key",
    "api_key.revoked": "one of its keys was voided",
    "branch.changed": "the branch's own data were changed",
    "calendar_link.made": "a rep's visits can be read by a link",
    "calendar_link.revoked": "that link ended",
    "contact.changed": "somebody changed a person's data; which fields",
    "contact.data_reported": "somebody was shown all that is held about a person",
    "contact.erased": "a person was forgotten; why",
    "contact.returned": "a person who had been forgotten was entered again at his wish",
    "contact.revealed": "a courier was shown the number of his pickup's contact",
    "contact.unmasked": "somebody was shown a person's phone number and e-mail",
    "customer.changed": "somebody changed a customer; which fields",
    "customer.owner_changed": "a customer went from one rep to another",
    "customers.imported": "an operator read in a file of customers",
    "data.exported": "somebody took data away as a file; which, how many rows",
    "database.restored": "the database came out of a backup",
    "device.moved": "a push address was taken over by another account",
    "feedback.reviewed": "somebody decided whether a rating counts",
    "link.shared": "a staff member was shown a customer's link",
    "links.revoked": "links of a key, a pickup or a contact were voided",
    "policy.set": "the branch's numbers were changed; which, from what to what",
    "positions.viewed": "somebody looked where the couriers are",
    "proof.viewed": "somebody looked at a photo or a signature",
    "session.confirmed": "somebody gave his password again, for what asks for it",
    "session.ended": "a session was ended; why",
    "session.opened": "somebody signed in",
    "session.password_refused": "somebody who is signed in gave a wrong password",
    "session.refresh_reused": "a used refresh token came again: its session was ended",
    "sign_in.locked": "too many wrong passwords: an account, address or network has to wait",
    "site.changed": "somebody changed an address where we pick up; which fields",
    "sites.imported": "an operator read in a file of addresses",
    "staff.changed": "a member's name, phone or language was changed",
    "staff.deactivated": "a member was shut out",
    "staff.erased": "a member who had left was forgotten; why",
    "staff.hired": "a member or a machine account was added",
    "staff.password_changed": "a member gave himself another password",
    "staff.password_reset": "a member was given another password",
    "staff.role_changed": "a member may do other things from now on; from what to what",
    "transfer.made": "all that a rep held went to others",
    "transfer.undone": "and came back",
    "wait.reviewed": "somebody decided whether a doubtful wait counts",
}
"""The facts of the trail, each with what it means. Facts of the hot paths are never among them."""

PLAIN = frozenset(
    {
        *("branch.day_set", "branch.logo_dropped", "branch.logo_set"),
        *("case.answered", "case.assigned", "case.closed", "case.opened", "case.overdue", "case.replied"),
        *("churn_alert.acknowledged", "churn_alert.acted_on", "churn_alert.closed_by_shipments"),
        *("churn_alert.listed_for_win_back", "churn_alert.raised", "churn_alert.reopened"),
        *("churn_alert.resolved", "churn_alert.snoozed", "churn_alert.worsened"),
        *("contact.added", "contact.address_failed", "contact.preferences_changed"),
        *("customer.contacted", "customer.created"),
        *("feedback.changed", "feedback.given", "feedback.review_asked"),
        *("field_report.acknowledged", "field_report.closed", "field_report.confirmed"),
        *("field_report.opened", "notice.acknowledged", "notice.redriven", "notice.snoozed"),
        *("notice_kind.paused", "notice_kind.resumed", "occasion.greeted"),
        *("pickup.assigned", "pickup.booked", "pickup.cancelled", "pickup.changed", "pickup.missed"),
        *("pickup.rescheduled", "readiness.answered", "shift.ended", "shift.started"),
        *("shipments.recorded", "site.added", "stops.accepted", "stops.declined", "stops.not_proposed"),
        *("stops.proposed", "stops.superseded", "visit.cancelled", "visit.checked_in"),
        *("visit.completed", "visit.missed"),
        *("visit.planned", "visit.rescheduled", "visit.skipped", "visit_plan.made"),
        *("visit_task.done", "visit_task.postponed", "wait.abandoned", "wait.extension_decided"),
        *("wait.left_protected", "wait_slip.acknowledged"),
    }
)
"""The facts of daily work: they tell a pickup's story, and nobody has to answer for them."""


class ReasonNeeded(RuleBroken):
    """Outside a running pickup say why you need to see this: send a reason."""

    code = "reason_needed"


class Via(StrEnum):
    """By which door a fact came in."""

    WEB = "web"
    CLI = "cli"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a fact came from. It rides in `session.info["origin"]`, set by whoever opens the unit of work."""

    via: Via
    address: str | None = None
    session_id: UUID | None = None
    role: Role | None = None


def check_reason(reason: str | None, *, is_running: bool) -> None:
    """Raise ReasonNeeded for a look at somebody's number that no running pickup explains."""
    if not is_running and not reason:
        raise ReasonNeeded()
