"""Readiness: when a contact is asked whether the goods are packed, and what the answer means.

Sending the question is a job's, telling the courier a service's; the clock at the door is `wait_policy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from api.domain.branch_policy import BranchPolicy
from api.domain.errors import Conflict, RuleBroken
from api.domain.vocabulary import (
    Lateness,
    PickupState,
    ProposedStep,
    ReadinessAnswer,
    ReadinessColour,
    WaitColour,
)

MINUTES_OFFERED = (5, 10, 15, 20, 30)
ON_TIME_WITHIN = timedelta(minutes=5)
ANOTHER_STOP_WITHIN = timedelta(minutes=15)
SHORTEST_GAP = timedelta(minutes=5)  # A reminder sooner than this after the question is nagging.
SHORTEST_NOTICE = timedelta(minutes=5)  # A reminder later than this before he comes helps nobody.
QUESTIONS_PER_WINDOW = 2  # The question and one reminder.

_BEFORE_ARRIVAL = frozenset({PickupState.BOOKED, PickupState.ASSIGNED, PickupState.EN_ROUTE})


class MinutesNotOffered(RuleBroken):
    """Minutes go with the answer in_minutes only, and are 5, 10, 15, 20 or 30."""

    code = "minutes_not_offered"


class CourierHasArrived(Conflict):
    """The courier is at the door: more time, or "ready" while he is early, is what still helps."""

    code = "courier_has_arrived"


@dataclass(frozen=True, slots=True)
class PingRules:
    """What a branch allows, in a contact's hours. They are local to `zone`, leads count back from arrival."""

    zone: ZoneInfo
    opens: time
    closes: time
    lead: timedelta
    doubtful_lead: timedelta
    reminder_lead: timedelta
    messages_per_pickup: int
    messages_per_contact_week: int

    @classmethod
    def of(
        cls, policy: BranchPolicy, zone: ZoneInfo, *, own_hours: tuple[time, time] | None = None
    ) -> PingRules:
        opens, closes = own_hours or (policy.contact_hours_start, policy.contact_hours_end)
        return cls(
            zone=zone,
            opens=opens,
            closes=closes,
            lead=timedelta(minutes=policy.ping_lead_minutes),
            doubtful_lead=timedelta(minutes=policy.ping_lead_minutes_doubtful),
            reminder_lead=timedelta(minutes=policy.ping_reminder_minutes),
            messages_per_pickup=policy.messages_per_pickup,
            messages_per_contact_week=policy.messages_per_contact_week,
        )

    @property
    def longest_lead(self) -> timedelta:
        """Who is asked is looked at this early; how far his "ready" can be believed is known only then."""
        return max(self.lead, self.doubtful_lead)

    def lead_where(self, *, is_doubtful: bool) -> timedelta:
        return self.doubtful_lead if is_doubtful else self.lead


@dataclass(frozen=True, slots=True)
class Said:
    """What a contact said; the ticks are None where nobody asked."""

    answer: ReadinessAnswer
    minutes: int | None = None
    goods_packed: bool | None = None
    papers_printed: bool | None = None
    parcels: int | None = None


class MessagesSent(NamedTuple):
    """How often a contact has been written to: about this pickup, and about any in the last 7 days."""

    about_pickup: int
    in_week: int


def may_be_asked(state: PickupState, *, window_end: datetime, times_asked: int, now: datetime) -> bool:
    """Tell whether the question still makes sense: nobody has come, the window is open, twice is enough."""
    return state in _BEFORE_ARRIVAL and now < window_end and times_asked < QUESTIONS_PER_WINDOW


def expected_at(window_start: datetime, eta_at: datetime | None) -> datetime:
    """Return when the courier is expected: at his ETA, or at the window's start while there is none."""
    return eta_at or window_start


def first_ping_at(
    expected: datetime, window_end: datetime, rules: PingRules, *, lead: timedelta, now: datetime
) -> datetime | None:
    """Return when to ask first: `lead` before the courier comes, or at once when that has passed.

    Outside the contact's hours the question waits for their beginning. None when that is not
    before the window's end.
    """
    at = within_hours(max(expected - lead, now), rules)
    return at if at < window_end else None


def reminder_at(
    expected: datetime, rules: PingRules, *, asked_at: datetime | None, now: datetime
) -> datetime | None:
    """Return when to ask once more if there is no answer: `reminder_lead` before the courier comes.

    Where that has passed because he now comes earlier, at once, but 5 min after the question at least.
    None when that is outside the contact's hours, or too late to pack anything.
    """
    earliest = now if asked_at is None else max(now, asked_at + SHORTEST_GAP)
    at = max(expected - rules.reminder_lead, earliest)
    return at if at <= expected - SHORTEST_NOTICE and within_hours(at, rules) == at else None


def may_write(sent: MessagesSent, rules: PingRules) -> bool:
    """Tell whether one more message stays within the limits per pickup and per contact and week."""
    return sent.about_pickup < rules.messages_per_pickup and sent.in_week < rules.messages_per_contact_week


def within_hours(at: datetime, rules: PingRules) -> datetime:
    """Return `at` when it lies in the contact's hours, else their next beginning; they end exclusively."""
    local = at.astimezone(rules.zone)
    if rules.opens <= local.time() < rules.closes:
        return at
    day = local.date() if local.time() < rules.opens else local.date() + timedelta(days=1)
    return datetime.combine(day, rules.opens, rules.zone).astimezone(UTC)


def promised_ready_at(said: Said, *, now: datetime) -> datetime | None:
    """Return when the goods are ready by this answer: now, in N minutes, or None when not on this trip.

    Raise MinutesNotOffered when the minutes do not fit the answer.
    """
    offered = MINUTES_OFFERED if said.answer is ReadinessAnswer.IN_MINUTES else (None,)
    if said.minutes not in offered:
        raise MinutesNotOffered(errors={"minutes": [MinutesNotOffered.__doc__]})
    match said.answer:
        case ReadinessAnswer.READY:
            return now
        case ReadinessAnswer.IN_MINUTES:
            return now + timedelta(minutes=said.minutes or 0)
        case _:
            return None


def lateness(promised: datetime | None, expected: datetime) -> Lateness:
    """Weigh a promise against the courier's coming: to 5 min later changes nothing, to 15 min another
    stop goes first, above that the pickup is better rebooked. No promise is not late."""
    late_by = promised - expected if promised else timedelta(0)
    if late_by <= ON_TIME_WITHIN:
        return Lateness.ON_TIME
    return Lateness.ANOTHER_STOP_FIRST if late_by <= ANOTHER_STOP_WITHIN else Lateness.REBOOK


def starts_the_clock(said: Said, at_door: WaitColour | None) -> bool:
    """Tell what an answer does to the wait at the door (None: nobody is there): "ready" said early starts it.

    Until arrival every answer is taken, whatever was said before: the newest counts. Raises
    CourierHasArrived for those that come too late.
    """
    match at_door:
        case None | WaitColour.CLOSED:
            return False
        case WaitColour.EARLY if said.answer is ReadinessAnswer.READY:
            return True
        case WaitColour.EARLY:
            raise CourierHasArrived(instead="ready", wait=at_door.value)
        case _:
            raise CourierHasArrived(instead="extension", wait=at_door.value)


def proposed_step(
    answer: ReadinessAnswer | None, promised: datetime | None, expected: datetime
) -> ProposedStep | None:
    """Return what an answer proposes to the dispatchers to do; nothing is done before they accept it."""
    match answer:
        case ReadinessAnswer.NOTHING_TODAY:
            return ProposedStep.CANCELLATION
        case ReadinessAnswer.ANOTHER_TIME:
            return ProposedStep.REBOOKING
        case ReadinessAnswer.IN_MINUTES if lateness(promised, expected) is Lateness.REBOOK:
            return ProposedStep.REBOOKING
        case _:
            return None


def colour_for(
    answer: ReadinessAnswer | None, *, goods_packed: bool | None, papers_printed: bool | None
) -> ReadinessColour:
    """Return what the courier sees. Silence is grey, never green; "ready" with a tick left open is amber."""
    match answer:
        case None:
            return ReadinessColour.GREY
        case ReadinessAnswer.READY if goods_packed is not False and papers_printed is not False:
            return ReadinessColour.GREEN
        case ReadinessAnswer.READY | ReadinessAnswer.IN_MINUTES:
            return ReadinessColour.AMBER
        case _:
            return ReadinessColour.RED
