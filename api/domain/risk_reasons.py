"""Why a customer is at risk: at most three reasons, each a number with a next step, in Chinese and English.

A reason is stored as a code with its numbers and worded when it is read, so that each reader gets it
in his own language. Service failures explain a score; they never move it (that would be a hand-set weight).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from api.domain.decline import Pace
from api.domain.vocabulary import FieldReportKind, Grade, Locale, ShipmentFailure

MOST_REASONS = 3
LOW_SCORE_COUNTS_DAYS = 60


class ReasonCode(StrEnum):
    SILENCE = "silence"
    STOPPED = "stopped"
    DECLINE = "decline"
    CASE_OVERDUE = "case_overdue"
    COMPETITOR_SEEN = "competitor_seen"
    CUSTOMER_UNHAPPY = "customer_unhappy"
    LOW_SCORE = "low_score"
    LEFT_WITHOUT_GOODS = "left_without_goods"
    WE_CAME_LATE = "we_came_late"
    FAILURES = "failures"
    NO_VISIT = "no_visit"
    NEVER_VISITED = "never_visited"


class NextStep(StrEnum):
    CALL_TODAY = "call_today"
    VISIT_WITHIN_3_DAYS = "visit_within_3_days"
    ASK_ABOUT_VOLUME = "ask_about_volume"
    SETTLE_CASE_FIRST = "settle_case_first"
    OFFER_RATE_REVIEW = "offer_rate_review"
    ANSWER_THE_RATING = "answer_the_rating"
    AGREE_PICKUP_TIME = "agree_pickup_time"
    APOLOGISE = "apologise"
    SETTLE_CLAIMS = "settle_claims"
    PLAN_A_VISIT = "plan_a_visit"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: what the number is of, the numbers themselves, and what to do about it."""

    code: ReasonCode
    next_step: NextStep
    numbers: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the stored form; `Reason.from_json` reads it back."""
        return {"code": self.code, "next_step": self.next_step, "numbers": dict(self.numbers)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Reason:
        """Read the stored form."""
        return cls(ReasonCode(stored["code"]), NextStep(stored["next_step"]), stored["numbers"])


@dataclass(frozen=True, slots=True)
class CareFacts:
    """How the house has served a customer lately, as far as it may explain a silence."""

    silent_days: int
    usual_gap_days: int
    critical: bool = False
    pace: Pace | None = None
    """The volume of a frequent shipper."""
    overdue_case: tuple[int, int] | None = None
    """The number of the case that is open longest past its deadline, and by how many days."""
    sightings: Mapping[FieldReportKind, int] = field(default_factory=dict)
    """Field reports that nobody has closed, and how many days ago the newest of a kind was made."""
    grade: Grade | None = None
    days_since_visit: int | None = None
    visit_every_days: int = 90
    failures: Mapping[ShipmentFailure, int] = field(default_factory=dict)
    """Among the last 20 shipments."""
    failures_of: int = 20
    leaves_in_30_days: int = 0
    late_arrivals_in_30_days: int = 0
    low_score: int | None = None
    low_score_days_ago: int = 0


def explain(facts: CareFacts) -> list[Reason]:
    """Return up to three reasons, the one to act on first at the head: silence or decline, then what may
    have caused it, then what was left undone."""
    return list(_all_reasons(facts))[:MOST_REASONS]


def _all_reasons(facts: CareFacts) -> Iterator[Reason]:
    yield _what_is_missing(facts)
    if facts.overdue_case is not None:
        number, days = facts.overdue_case
        numbers = {"number": number, "days": days}
        yield Reason(ReasonCode.CASE_OVERDUE, NextStep.SETTLE_CASE_FIRST, numbers)
    if facts.low_score is not None and facts.low_score_days_ago <= LOW_SCORE_COUNTS_DAYS:
        numbers = {"score": facts.low_score, "days_ago": facts.low_score_days_ago}
        yield Reason(ReasonCode.LOW_SCORE, NextStep.ANSWER_THE_RATING, numbers)
    yield from _sightings(facts)
    if facts.leaves_in_30_days:
        times = {"times": facts.leaves_in_30_days}
        yield Reason(ReasonCode.LEFT_WITHOUT_GOODS, NextStep.AGREE_PICKUP_TIME, times)
    if facts.late_arrivals_in_30_days:
        times = {"times": facts.late_arrivals_in_30_days}
        yield Reason(ReasonCode.WE_CAME_LATE, NextStep.APOLOGISE, times)
    if facts.failures:
        counts = {str(failure): count for failure, count in sorted(facts.failures.items())}
        yield Reason(ReasonCode.FAILURES, NextStep.SETTLE_CLAIMS, {**counts, "of": facts.failures_of})
    yield from _missing_care(facts)


def _what_is_missing(facts: CareFacts) -> Reason:
    pace = facts.pace
    step = NextStep.CALL_TODAY if facts.critical else NextStep.VISIT_WITHIN_3_DAYS
    if pace is None:
        numbers = {"days": facts.silent_days, "usual_gap": facts.usual_gap_days}
        return Reason(ReasonCode.SILENCE, step, numbers)
    if pace.has_stopped:
        numbers = {"days": pace.silent_days, "missed": round(pace.missed)}
        return Reason(ReasonCode.STOPPED, step, numbers)
    numbers = {"percent": round(100 * pace.share)}
    return Reason(ReasonCode.DECLINE, NextStep.ASK_ABOUT_VOLUME, numbers)


def _sightings(facts: CareFacts) -> Iterator[Reason]:
    for kind, code, step in (
        (FieldReportKind.COMPETITOR_SEEN, ReasonCode.COMPETITOR_SEEN, NextStep.OFFER_RATE_REVIEW),
        (FieldReportKind.CUSTOMER_UNHAPPY, ReasonCode.CUSTOMER_UNHAPPY, NextStep.CALL_TODAY),
    ):
        if kind in facts.sightings:
            yield Reason(code, step, {"days_ago": facts.sightings[kind]})


def _missing_care(facts: CareFacts) -> Iterator[Reason]:
    grade = {"grade": str(facts.grade)} if facts.grade else {}
    if facts.days_since_visit is None:
        yield Reason(ReasonCode.NEVER_VISITED, NextStep.PLAN_A_VISIT, grade)
    elif facts.days_since_visit > facts.visit_every_days:
        numbers = {**grade, "days": facts.days_since_visit}
        yield Reason(ReasonCode.NO_VISIT, NextStep.PLAN_A_VISIT, numbers)


_SENTENCES = {
    ReasonCode.SILENCE: (
        "{days} 天未发货，平时约 {usual_gap} 天一次",
        "no shipment for {days} days; usual gap {usual_gap}",
    ),
    ReasonCode.STOPPED: (
        "{days} 个工作日未发货，平时这段时间约有 {missed} 票",
        "no parcel for {days} working days; some {missed} expected",
    ),
    ReasonCode.DECLINE: ("近 14 天发货量是平时的 {percent}%", "last 14 days {percent} % of normal"),
    ReasonCode.CASE_OVERDUE: ("工单 {number} 已超时 {days} 天", "case {number} open {days} days past due"),
    ReasonCode.COMPETITOR_SEEN: ("{days_ago} 天前有人看到同行上门", "competitor seen {days_ago} days ago"),
    ReasonCode.CUSTOMER_UNHAPPY: (
        "{days_ago} 天前收派员反馈客户不满",
        "a courier found the customer unhappy {days_ago} days ago",
    ),
    ReasonCode.LOW_SCORE: ("{days_ago} 天前评分 {score} 分", "score {score}, {days_ago} days ago"),
    ReasonCode.LEFT_WITHOUT_GOODS: (
        "近 30 天有 {times} 次未取到货",
        "left without goods {times} x in 30 days",
    ),
    ReasonCode.WE_CAME_LATE: ("近 30 天我们迟到 {times} 次", "we came late {times} x in 30 days"),
    ReasonCode.FAILURES: ("最近 {of} 票中{failures}", "{failures} of the last {of}"),
    ReasonCode.NO_VISIT: ("{grade}已 {days} 天未走访", "{grade}no visit for {days} days"),
    ReasonCode.NEVER_VISITED: ("{grade}从未走访", "{grade}never visited"),
}

_NEXT_STEPS = {
    NextStep.CALL_TODAY: ("今天致电", "call today"),
    NextStep.VISIT_WITHIN_3_DAYS: ("三个工作日内走访", "visit within 3 working days"),
    NextStep.ASK_ABOUT_VOLUME: (
        "三个工作日内了解货量变化的原因",
        "ask within 3 working days where the volume went",
    ),
    NextStep.SETTLE_CASE_FIRST: ("先处理未结工单", "settle the open case first"),
    NextStep.OFFER_RATE_REVIEW: ("主动提出复核运价", "offer a rate review"),
    NextStep.ANSWER_THE_RATING: ("先回复评价", "answer the rating first"),
    NextStep.AGREE_PICKUP_TIME: ("约定合适的取件时间", "agree on a better pickup time"),
    NextStep.APOLOGISE: ("致歉并说明改进", "apologise and say what changes"),
    NextStep.SETTLE_CLAIMS: ("先处理理赔与异常", "settle the claims first"),
    NextStep.PLAN_A_VISIT: ("安排走访", "plan a visit"),
}

_FAILURES = {
    ShipmentFailure.LATE: ("延误", "late"),
    ShipmentFailure.LOST: ("丢失", "lost"),
    ShipmentFailure.DAMAGED: ("破损", "damaged"),
    ShipmentFailure.MISROUTED: ("错发", "misrouted"),
    ShipmentFailure.DATA_ENTRY: ("录错", "keyed wrongly"),
    ShipmentFailure.CUSTOMS_HELD: ("海关扣留", "held by customs"),
}


def sentence(reason: Reason, locale: Locale) -> str:
    """Word a reason in the reader's language."""
    words = {
        **reason.numbers,
        "grade": _graded(reason.numbers.get("grade"), locale),
        "failures": _failures(reason.numbers, locale),
    }
    return _in(locale, _SENTENCES[reason.code]).format(**words)


def next_step_text(step: NextStep, locale: Locale) -> str:
    """Word a next step in the reader's language."""
    return _in(locale, _NEXT_STEPS[step])


def _in(locale: Locale, texts: tuple[str, str]) -> str:
    return texts[0] if locale is Locale.ZH_CN else texts[1]


def _graded(grade: str | None, locale: Locale) -> str:
    if grade is None:
        return ""
    return f"{grade} 级客户" if locale is Locale.ZH_CN else f"grade {grade}, "


def _failures(numbers: Mapping[str, Any], locale: Locale) -> str:
    """List the failures that have a count, such as "2 late, 1 damaged"."""
    counted = [(numbers[kind], _in(locale, names)) for kind, names in _FAILURES.items() if kind in numbers]
    if locale is Locale.ZH_CN:
        return "、".join(f"{name} {count} 票" for count, name in counted)
    return ", ".join(f"{count} {name}" for count, name in counted)
