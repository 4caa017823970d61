"""The one table of scheduled jobs: what runs, how often, and why that often.

Ticks run every so many seconds and find what is due by themselves. Calendar jobs tick too: they
claim their local day in `job_slots`, so a missed hour costs delay, never a run, and two processes never both.
"""

from dataclasses import dataclass
from datetime import timedelta

from api.domain.heartbeat import BEAT_EVERY
from jobs import (
    chain_audit_entries,
    climb_unacknowledged,
    deliver_notices,
    drop_expired,
    drop_stray_proofs,
    fall_back,
    fire_wait_timers,
    plan_visits,
    prepare_occasions,
    purge,
    refresh_phones,
    refuse_silent_extensions,
    release_held,
    remind_of_visits,
    say_alive,
    score_churn_risk,
    send_feedback_links,
    send_readiness_pings,
    tend_audit_trail,
    watch_late_couriers,
    watch_overdue_cases,
)
from jobs.context import Job


@dataclass(frozen=True, slots=True)
class Cadence:
    job: Job
    every: timedelta
    why: str


SCHEDULE: tuple[Cadence, ...] = (
    Cadence(say_alive.say_alive, BEAT_EVERY, "Thirty seconds of silence are an alarm."),
    Cadence(fire_wait_timers.fire_wait_timers, timedelta(milliseconds=250), "At a door seconds count."),
    Cadence(
        refuse_silent_extensions.refuse_silent_extensions, timedelta(seconds=1), "Sixty seconds, not seventy."
    ),
    Cadence(watch_late_couriers.watch_late_couriers, timedelta(seconds=5), "Late is counted in minutes."),
    Cadence(watch_overdue_cases.watch_overdue_cases, timedelta(minutes=1), "Deadlines are hours away."),
    Cadence(drop_expired.drop_expired, timedelta(minutes=5), "Tokens and kept answers past their time."),
    Cadence(deliver_notices.deliver_notices, timedelta(milliseconds=250), "A notice leaves within a second."),
    Cadence(release_held.release_held, timedelta(seconds=5), "Nobody waits for the second of 08:00."),
    Cadence(fall_back.fall_back, timedelta(seconds=1), "Twenty seconds unseen, not twenty-five."),
    Cadence(
        climb_unacknowledged.climb_unacknowledged,
        timedelta(seconds=5),
        "The shortest step is ten minutes long.",
    ),
    Cadence(refresh_phones.refresh_phones, timedelta(seconds=5), "A glance at a phone finds it up to date."),
    Cadence(purge.purge, timedelta(hours=1), "Kept for days and years: an hour more is no harm."),
    Cadence(drop_stray_proofs.drop_stray_proofs, timedelta(hours=6), "They are kept for months: no haste."),
    Cadence(
        chain_audit_entries.chain_audit_entries,
        timedelta(seconds=1),
        "What is not chained yet can be taken away unseen.",
    ),
    Cadence(tend_audit_trail.tend_audit_trail, timedelta(hours=1), "Signed once a day, purged after years."),
    Cadence(send_readiness_pings.send_readiness_pings, timedelta(seconds=5), "A ping is due to the minute."),
    Cadence(send_feedback_links.send_feedback_links, timedelta(seconds=15), "Five minutes after, roughly."),
    Cadence(score_churn_risk.score_churn_risk, timedelta(minutes=5), "Once a night, at 03:00 local."),
    Cadence(plan_visits.plan_visits, timedelta(minutes=1), "At 07:30 and 16:00 where the rep works."),
    Cadence(prepare_occasions.prepare_occasions, timedelta(minutes=1), "Once a morning, at 08:00 local."),
    Cadence(remind_of_visits.remind_of_visits, timedelta(minutes=1), "An hour before a time, to the minute."),
)
