"""Every number a branch may set for itself, with the default of each.

A policy is data: versions are kept, a running wait keeps the version it began with.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import time
from typing import Any

from api.domain.vocabulary import StaffFallback


@dataclass(frozen=True, slots=True)
class BranchPolicy:
    """Seconds, minutes, days and metres as the names say; times of day are local to the branch."""

    wait_limit_seconds: int = 300
    """L: how long a courier waits at a door before he may leave."""
    wait_limit_seconds_by_grade: tuple[tuple[str, int], ...] = ()
    """Limits that replace L for customers of a grade, e.g. (("A", 600),)."""
    loading_limit_seconds: int = 600
    extension_max_minutes: int = 5
    site_radius_m: int = 100
    ping_lead_minutes: int = 30
    ping_lead_minutes_doubtful: int = 45
    """The lead at sites whose "ready" is often not so."""
    ping_reminder_minutes: int = 10
    promise_warning_percent: int = 70
    """Below this share of kept promises a site's couriers are warned, and its contacts asked earlier."""
    promise_report_percent: int = 40
    """Below this share a field report opens for the owner of the customer."""
    messages_per_pickup: int = 4
    messages_per_contact_week: int = 6
    feedback_delay_minutes: int = 5
    feedback_every_days: int = 7
    late_warning_minutes: int = 15
    """How long before the window's end a courier who has not come is late."""
    missed_after_minutes: int = 30
    """How long after the window's end a pickup that nobody came for is missed."""
    slot_minutes: int = 60
    """How long the times are that a contact may choose from when another one suits better."""
    slot_notice_minutes: int = 60
    """How far ahead the earliest of them begins."""
    pickups_per_courier_hour: int = 6
    """How many pickups an hour one courier can take on: what is beyond that is not free."""
    case_hours_complaint: int = 4
    """By when a case of this kind is answered, in hours that the branch is open."""
    case_hours_inquiry: int = 8
    case_hours_exception: int = 8
    field_report_hours_pressing: int = 4
    """By when an unhappy customer or a competitor is acknowledged, in hours that the branch is open."""
    field_report_hours: int = 24
    """By when any other field report is, round the clock."""
    low_score: int = 2
    """A feedback of this score or less opens a case."""
    contact_hours_start: time = time(8, 0)
    contact_hours_end: time = time(21, 0)
    quiet_hours_start: time = time(21, 0)
    quiet_hours_end: time = time(8, 0)
    visit_days_grade_a: int = 14
    visit_days_grade_b: int = 30
    visit_days_grade_c: int = 90
    churn_pushes_per_rep_day: int = 3
    margin_percent: int = 30
    """The share of revenue that is at risk when a customer goes."""
    position_keep_days: int = 30
    """Where couriers were is deleted after that."""
    proof_keep_days: int = 180
    """Photos and signatures are deleted after that."""
    link_keep_days: int = 90
    """Contacts' links are deleted so long after their end."""
    notice_keep_days: int = 180
    """Notices that came to their end are deleted after that, and how they were delivered."""
    fact_keep_days: int = 730
    """Facts about plain work are deleted after that; those of the audit trail are not."""
    score_keep_days: int = 90
    """Of older churn scores one a month is left."""
    score_history_days: int = 730
    """Churn scores are deleted after that, but for the newest of each customer."""
    case_text_keep_days: int = 730
    """What was said in a case is deleted so long after it was closed."""
    notices_per_person_hour: int = 12
    """How many calm notices are pushed to one person within an hour: the rest become one digest."""
    export_most_rows: int = 5_000
    """In one file: more than a branch has customers, and a bound to what one takes away."""
    exports_per_day: int = 10
    """How many files one person may take away from one midnight of the branch to the next."""
    export_alert_rows: int = 200
    """Of a file with more rows the managers are told."""
    staff_fallback: StaffFallback = StaffFallback.SMS
    """How staff hear of live work when they have no phone to push to, or have not seen the push."""

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> BranchPolicy:
        """Read a stored version; what it does not name has the default of today."""
        known = {field.name for field in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        for name, value in values.items():
            if name.endswith(("hours_start", "hours_end")):
                values[name] = time.fromisoformat(value)
        if "wait_limit_seconds_by_grade" in values:
            by_grade = values["wait_limit_seconds_by_grade"]
            values["wait_limit_seconds_by_grade"] = tuple(sorted(by_grade.items()))
        if "staff_fallback" in values:
            values["staff_fallback"] = StaffFallback(values["staff_fallback"])
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """Write the policy as plain JSON values, every field named."""
        values: dict[str, Any] = asdict(self)
        for name, value in values.items():
            if isinstance(value, time):
                values[name] = value.isoformat()
        values["wait_limit_seconds_by_grade"] = dict(self.wait_limit_seconds_by_grade)
        return values

    def wait_limit_for(
        self, grade: str | None, *, of_site: int | None = None, of_customer: int | None = None
    ) -> int:
        """Return the wait limit in seconds. The nearest wins: site, customer, grade, branch."""
        of_grade = dict(self.wait_limit_seconds_by_grade).get(grade or "")
        nearest_first = (of_site, of_customer, of_grade, self.wait_limit_seconds)
        return next(limit for limit in nearest_first if limit is not None)
