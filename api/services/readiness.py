"""Readiness: when a contact is asked whether the goods are packed, and what becomes of the answer.

When to ask and what an answer means is decided in `domain.readiness`; who is told is in `readiness_notices`.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain import readiness as rules
from api.domain.notice_kinds import NoticeKind
from api.domain.readiness import CourierHasArrived, PingRules, Said
from api.domain.vocabulary import Lateness, ReadinessAnswer, StopOrderReason, WaitColour, WaitState
from api.models import Branch, Link, Pickup, ReadinessRecord
from api.services import changes, events, readiness_notices, stop_order, waits
from api.services.links import OpenLink


def schedule_ping(session: Session, pickup: Pickup, *, now: datetime) -> None:
    """Set when the contact is asked next; call it whenever a pickup's window, ETA or state has changed."""
    expected = rules.expected_at(pickup.window_start, pickup.eta_at)
    ping_rules = _ping_rules(session, pickup)
    if not _may_be_asked(pickup, now):
        pickup.ping_due_at = None
    elif pickup.pings_sent == 0:
        pickup.ping_due_at = rules.first_ping_at(expected, pickup.window_end, ping_rules, now=now)
    else:
        pickup.ping_due_at = rules.reminder_at(expected, ping_rules, earliest=now)


def ask(session: Session, pickup: Pickup, *, now: datetime) -> bool:
    """Send the question or its reminder, if it is still of use and allowed; tell whether it was sent.

    Outside the contact's hours it waits for their beginning. Afterwards the reminder is due, or nothing.
    """
    pickup.ping_due_at = None
    changes.note(session, [pickup], now=now)
    contact = queries.wait_contacts.of_pickups(session, [pickup.id], now=now)[pickup.id]
    ping_rules = _ping_rules(session, pickup)
    if (
        not _may_be_asked(pickup, now)
        or contact.has_opted_out
        or not rules.may_write(contact.sent, ping_rules)
    ):
        return False
    opens_at = rules.within_hours(now, ping_rules)
    if opens_at > now:
        pickup.ping_due_at = opens_at
        return False
    kind = NoticeKind.READINESS_REMINDER if pickup.pings_sent else NoticeKind.READINESS_PING
    readiness_notices.tell_question(session, kind, pickup, now=now)
    pickup.pings_sent += 1
    if pickup.pings_sent < rules.QUESTIONS_PER_WINDOW:
        expected = rules.expected_at(pickup.window_start, pickup.eta_at)
        pickup.ping_due_at = rules.reminder_at(expected, ping_rules, earliest=now + rules.SHORTEST_GAP)
    return True


def answer(session: Session, *, through: OpenLink, said: Said, now: datetime) -> ReadinessRecord:
    """Keep a contact's answer and tell the courier, and the dispatchers where they have to act.

    Changeable until arrival. Later it raises CourierHasArrived, but "ready" to a courier who is
    early starts his clock. Raises MinutesNotOffered.
    """
    pickup = through.pickup
    courier_waits_early = _check_may_answer(session, pickup, said, now)
    record = _keep(session, through.link, said, now)
    pickup.readiness_answer = record.answer
    pickup.readiness_answered_at = now
    pickup.promised_ready_at = record.promised_ready_at
    pickup.goods_packed = said.goods_packed
    pickup.papers_printed = said.papers_printed
    pickup.ping_due_at = None
    pickup.changed_at = now
    session.flush()
    changes.note(session, [pickup], now=now)
    if courier_waits_early:
        waits.restart_clock_when_ready(session, pickup_id=pickup.id, now=now)
    stop_order.void(session, pickup, now=now)
    late = _lateness(pickup, now)
    proposed = late is Lateness.ANOTHER_STOP_FIRST and stop_order.propose(
        session, pickup, StopOrderReason.READY_LATER, now=now
    )
    # What is proposed says more than "late": courier and dispatchers have it before them.
    late = Lateness.ON_TIME if proposed else late
    readiness_notices.tell_answer(session, pickup, record, late, now=now)
    return record


def wish_another_time(session: Session, *, through: OpenLink, now: datetime) -> ReadinessRecord:
    """Ask the dispatchers to agree on another time after a visit that did not work out; once is enough."""
    wished = queries.readiness.newest_answer_through(session, through.link.id)
    if wished is not None:
        return wished
    record = _keep(session, through.link, Said(ReadinessAnswer.ANOTHER_TIME), now)
    readiness_notices.tell_wish(session, through.pickup, record, now=now)
    return record


def _lateness(pickup: Pickup, now: datetime) -> Lateness:
    expected = max(rules.expected_at(pickup.window_start, pickup.eta_at), now)
    return rules.lateness(pickup.promised_ready_at, expected)


def _may_be_asked(pickup: Pickup, now: datetime) -> bool:
    return pickup.readiness_answer is None and rules.may_be_asked(
        pickup.state, window_end=pickup.window_end, times_asked=pickup.pings_sent, now=now
    )


def _ping_rules(session: Session, pickup: Pickup) -> PingRules:
    branch = session.get_one(Branch, pickup.branch_id)
    return PingRules.of(queries.branches.policy(session, branch.id), ZoneInfo(branch.timezone))


def _check_may_answer(session: Session, pickup: Pickup, said: Said, now: datetime) -> bool:
    """Return whether a courier who is early waits for this "ready"."""
    wait = queries.waits.latest_view(session, pickup.id, now=now)
    if wait is None or wait.state is WaitState.CLOSED:
        return False
    if wait.colour is WaitColour.EARLY and said.answer is ReadinessAnswer.READY:
        return True
    raise CourierHasArrived(instead="extension", wait=wait.colour.value)


def _keep(session: Session, link: Link, said: Said, now: datetime) -> ReadinessRecord:
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
