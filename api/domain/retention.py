"""How long everything is kept, and why: every table of the database stands here exactly once.

The numbers that branches choose themselves are fields of `branch_policy`; who deletes is in `jobs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from api.domain import changes, own_network
from api.domain.delivery_policy import ADDRESS_LIFE

TIMERS_KEPT_FOR = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept for how long: as `since` says in words, by the numbers that stand behind it.

    `policy` names the fields of the branch's policy that say how many days; `fixed` is the same for all
    branches; with neither, rows stay as long as what they belong to.
    """

    tables: tuple[str, ...]
    since: str
    why: str
    policy: tuple[str, ...] = ()
    fixed: timedelta | None = None


RETENTION = (
    Retention(
        ("courier_positions",),
        "from their coming in",
        "Where somebody was is of use while a round can be disputed.",
        policy=("position_keep_days",),
    ),
    Retention(
        ("staff_networks",),
        "from the last time somebody was there",
        "They tell whether a rating came from the courier's own network.",
        fixed=own_network.KEPT_FOR,
    ),
    Retention(
        ("devices",),
        "from the phone's last sign of life",
        "By then its owner has another.",
        fixed=ADDRESS_LIFE,
    ),
    Retention(
        ("proofs", "proof_mentions"),
        "from their coming in, the files with them",
        "A complaint about goods or papers comes within months.",
        policy=("proof_keep_days",),
    ),
    Retention(
        ("links",),
        "from their expiry or revocation",
        "Until then who opens one is told that it has ended.",
        policy=("link_keep_days",),
    ),
    Retention(
        ("notices", "deliveries"),
        "from their end; open ones always",
        "Who was told what, and why somebody was not.",
        policy=("notice_keep_days",),
    ),
    Retention(
        ("wait_timers",), "from their arming; armed ones always", "Why a rung fired.", fixed=TIMERS_KEPT_FOR
    ),
    Retention(
        ("changes",), "from the change", "A phone's cursor is good for as long.", fixed=changes.DROPPED_AFTER
    ),
    Retention(
        ("events",),
        "for facts about plain work; those of the audit trail stay",
        "What was done is compared over two years.",
        policy=("fact_keep_days",),
    ),
    Retention(
        ("audit_entries", "audit_checkpoints"),
        "for three years, then entry and fact; checkpoints always",
        "Who did what is asked long after; see [audit.md](audit.md).",
    ),
    Retention(
        ("exports",),
        "as long as the audit trail",
        "A file that turns up one day names the export that it came from.",
    ),
    Retention(
        ("churn_scores",),
        "every night's; then one a month; the newest of a customer always",
        "The course of a risk is shown, and scores are judged by what came of them.",
        policy=("score_keep_days", "score_history_days"),
    ),
    Retention(
        ("case_messages",),
        "from the case's closing, for the text; that something was said stays",
        "A complaint that comes up again is answered from what was said.",
        policy=("case_text_keep_days",),
    ),
    Retention(
        ("access_tokens", "refresh_tokens"),
        "until they expire",
        "Nobody can use them any more.",
    ),
    Retention(
        ("sign_in_throttles",),
        "until two windows of failures have passed",
        "Then they count nothing.",
    ),
    Retention(("idempotent_answers",), "for 24 hours", "So long a repeated write gets its first answer."),
    Retention(("rate_counters",), "until the budget is whole again", "Then it counts nothing."),
    Retention(("job_slots",), "for 60 days", "Which calendar job ran on which day."),
    Retention(
        ("heartbeats", "sender_states", "feed_readers"), "always: one row each", "The machine's own memory."
    ),
    Retention(
        ("restorations", "served_revisions"),
        "always: a row for each restore and each version",
        "A phone's cursor, and a server of before, are told by them that they are of another time.",
    ),
    Retention(
        ("branches", "branch_logos", "branch_policies", "calendar_days", "paused_kinds"),
        "as long as the branch",
        "A wait keeps the policy that it began with.",
    ),
    Retention(
        ("staff", "staff_sessions", "api_keys", "calendar_links", "shifts", "absences"),
        "as long as the branch; the person until erased",
        "What was done has an author, and his hours are counted.",
    ),
    Retention(
        ("customers", "contacts", "sites", "occasions", "contact_log"),
        "as long as the branch; the person until erased",
        "The customer's story is what a new rep begins with.",
    ),
    Retention(
        ("erased_phones",),
        "until the person comes back",
        "Nobody who asked to be forgotten is entered again unawares.",
    ),
    Retention(
        (
            "pickups",
            "pickup_assignments",
            "waits",
            "field_events",
            "readiness_answers",
            "stop_proposals",
            "wait_slip_acknowledgements",
        ),
        "as long as the branch; signers until the contact is erased",
        "What happened at the door: events are folded again whenever one comes late.",
    ),
    Retention(
        ("feedback", "feedback_versions", "cases"),
        "as long as the branch; comments until the contact is erased",
        "Averages, and the causes of churn, are counted from them.",
    ),
    Retention(
        ("shipments", "churn_models", "churn_alerts"),
        "as long as the branch",
        "Churn is reckoned from years of shipping days.",
    ),
    Retention(
        (
            "visits",
            "visit_tasks",
            "visit_plans",
            "field_reports",
            "field_report_sightings",
            "transfers",
            "transfer_items",
        ),
        "as long as the branch",
        "What was agreed with the customer, seen there, and handed over.",
    ),
)
