"""Readiness: when a contact is asked whether the goods are packed, and what becomes of the answer.

When to ask and what an answer means is decided in `domain.readiness`; who is told is in `readiness_notices`.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api import queries
from api.domain import readiness as rules
from api.domain.branch_policy import BranchPolicy
from api.domain.notice_kinds import NoticeKind
from api.domain.readiness import PingRules, Said
from api.domain.vocabulary import Lateness, ReadinessAnswer, StopOrderReason
from api.models import Link, Pickup, ReadinessRecord
from api.services import changes, events, readiness_notices, stop_order, waits
from api.services.contact_rules import ContactRules
from api.services.links import OpenLink


def schedule_ping(session: Session, pickup: Pickup, *, now: datetime) -> None:
    """Set when asking is looked at next; call it whenever a pickup's window, ETA or state has changed.

    That is as early as anybody is asked. Whether this contact is, `ask` decides by what is known then.
    """
    if not _may_be_asked(pickup, now):
        pickup.ping_due_at = None
        return
    ping_rules = _ping_rules(session, pickup)
    pickup.ping_due_at = _due_at(pickup, ping_rules, lead=ping_rules.longest_lead, now=now)


def ask(session: Session, pickup: Pickup, *, now: datetime) -> bool:
    """Send the question or its reminder, if it is due, of use and allowed; tell whether it was sent.

    Where the site's "ready" is often not so, it is due earlier than elsewhere. What is not due yet is
    looked at again; afterwards the reminder is due, or nothing.
    """
    contact = queries.wait_contacts.of_pickups(session, [pickup.id], now=now)[pickup.id]
    contact_rules = ContactRules(session, now=now)
    ping_rules = contact_rules.of(contact)
    due_at = None
    if _may_be_asked(pickup, now) and contact_rules.allow(contact):
        lead = _lead(session, pickup, ping_rules, contact_rules.policy_of(contact))
        due_at = _due_at(pickup, ping_rules, lead=lead, now=now)
    if due_at is None or due_at > now:
        queries.readiness.look_again(session, pickup, at=due_at)
        return False
    kind = NoticeKind.READINESS_REMINDER if pickup.pings_sent else NoticeKind.READINESS_PING
    readiness_notices.tell_question(session, kind, pickup, now=now)
    pickup.pings_sent += 1
    pickup.asked_at = now
    is_last = pickup.pings_sent == rules.QUESTIONS_PER_WINDOW
    pickup.ping_due_at = None if is_last else _due_at(pickup, ping_rules, lead=ping_rules.lead, now=now)
    changes.note(session, [pickup], now=now)
    return True


def answer(session: Session, *, through: OpenLink, said: Said, now: datetime) -> ReadinessRecord:
    """Keep a contact's answer and tell the courier, and the dispatchers where they have to act.

    Changeable until arrival. Later it raises CourierHasArrived, but "ready" to a courier who is
    early starts his clock. Raises MinutesNotOffered.
    """
    pickup = through.the_pickup
    wait = queries.waits.latest_view(session, pickup.id, now=now)
    starts_the_clock = rules.starts_the_clock(said, wait.colour if wait else None)
    proposed_before = queries.pickup_views.proposed_step_of(pickup)
    record = keep(session, through.link, said, now=now)
    pickup.readiness_answer = record.answer
    pickup.readiness_answered_at = now
    pickup.promised_ready_at = record.promised_ready_at
    pickup.goods_packed = said.goods_packed
    pickup.papers_printed = said.papers_printed
    pickup.ping_due_at = None
    pickup.changed_at = now
    session.flush()
    changes.note(session, [pickup], now=now)
    if starts_the_clock:
        waits.restart_clock_when_ready(session, pickup_id=pickup.id, now=now)
    stop_order.void(session, pickup, now=now)
    late = _lateness(pickup, now)
    proposed = late is Lateness.ANOTHER_STOP_FIRST and stop_order.propose(
        session, pickup, StopOrderReason.READY_LATER, now=now
    )
    # What is proposed says more than "late": courier and dispatchers have it before them.
    late = Lateness.ON_TIME if proposed else late
    calls_off = proposed_before is not None and queries.pickup_views.proposed_step_of(pickup) is None
    readiness_notices.tell_answer(session, pickup, record, late, calls_off=calls_off, now=now)
    return record


def wish_another_time(session: Session, *, through: OpenLink, now: datetime) -> ReadinessRecord:
    """Ask the dispatchers to agree on another time after a visit that did not work out.

    Once is enough, until a time that was chosen meanwhile does not suit after all.
    """
    pickup = through.the_pickup
    wished = queries.readiness.newest_answer_through(session, through.link.id)
    if wished is not None and queries.slots.newest_try(session, pickup) is pickup:
        return wished
    record = keep(session, through.link, Said(ReadinessAnswer.ANOTHER_TIME), now=now)
    readiness_notices.tell_wish(session, through.the_pickup, record, now=now)
    return record


def keep(session: Session, link: Link, said: Said, *, now: datetime) -> ReadinessRecord:
    """Keep what was said through a link as a version of its own; nobody is told yet."""
    record = ReadinessRecord(
        pickup_id=link.pickup_id,
        link_id=link.id,
        answer=said.answer,
        minutes=said.minutes,
        goods_packed=said.goods_packed,
        papers_printed=said.papers_printed,
        parcels=said.parcels,
        promised_ready_at=rules.promised_ready_at(said, now=now),
        answered_at=now,
    )
    session.add(record)
    session.flush()
    events.record(
        session,
        "readiness.answered",
        subject_type="pickup",
        subject_id=record.pickup_id,
        branch_id=link.branch_id,
        data={"answer": said.answer.value, "minutes": said.minutes, "link_id": str(link.id)},
        now=now,
    )
    return record


def _lateness(pickup: Pickup, now: datetime) -> Lateness:
    expected = max(rules.expected_at(pickup.window_start, pickup.eta_at), now)
    return rules.lateness(pickup.promised_ready_at, expected)


def _may_be_asked(pickup: Pickup, now: datetime) -> bool:
    return pickup.readiness_answer is None and rules.may_be_asked(
        pickup.state, window_end=pickup.window_end, times_asked=pickup.pings_sent, now=now
    )


def _due_at(pickup: Pickup, ping_rules: PingRules, *, lead: timedelta, now: datetime) -> datetime | None:
    expected = rules.expected_at(pickup.window_start, pickup.eta_at)
    if pickup.pings_sent == 0:
        return rules.first_ping_at(expected, pickup.window_end, ping_rules, lead=lead, now=now)
    return rules.reminder_at(expected, ping_rules, asked_at=pickup.asked_at, now=now)


def _lead(session: Session, pickup: Pickup, ping_rules: PingRules, policy: BranchPolicy) -> timedelta:
    if pickup.pings_sent > 0:
        return ping_rules.lead
    accuracy = queries.promises.of_site(session, pickup.site_id)
    return ping_rules.lead_where(is_doubtful=accuracy.is_doubtful(policy))


def _ping_rules(session: Session, pickup: Pickup) -> PingRules:
    policy = queries.branches.policy(session, pickup.branch_id)
    hours = queries.readiness.hours_of(session, pickup.contact_id)
    return PingRules.of(policy, hours.zone, own_hours=hours.own)
