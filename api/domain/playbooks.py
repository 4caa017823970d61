"""What a rep does about an alert, step by step, each with a day by which it is done.

The steps come from the reasons; a red alert adds a call today and a visit within three working days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from api.domain.business_hours import WorkCalendar
from api.domain.errors import Conflict
from api.domain.risk_reasons import NextStep, Reason, ReasonCode
from api.domain.vocabulary import Band

WITHIN_WORKING_DAYS: Mapping[NextStep, int] = {
    NextStep.CALL_TODAY: 0,
    NextStep.SETTLE_CASE_FIRST: 1,
    NextStep.ANSWER_THE_RATING: 1,
    NextStep.APOLOGISE: 1,
    NextStep.AGREE_PICKUP_TIME: 3,
    NextStep.VISIT_WITHIN_3_DAYS: 3,
    NextStep.ASK_ABOUT_VOLUME: 3,
    NextStep.SETTLE_CLAIMS: 5,
    NextStep.OFFER_RATE_REVIEW: 5,
    NextStep.PLAN_A_VISIT: 10,
}

PRICE_MAY_MATTER = frozenset({ReasonCode.COMPETITOR_SEEN, ReasonCode.DECLINE})


class StepNotInPlaybook(Conflict):
    """This step is not in the alert's playbook, or it is done."""

    code = "step_not_in_playbook"


@dataclass(frozen=True, slots=True)
class PlaybookStep:
    """One thing to do, and by which day; `done_on` once it is done."""

    step: NextStep
    due_on: date
    done_on: date | None = None

    def to_json(self) -> dict[str, Any]:
        done_on = self.done_on.isoformat() if self.done_on else None
        return {"step": self.step, "due_on": self.due_on.isoformat(), "done_on": done_on}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> PlaybookStep:
        """Read the stored form."""
        done_on = date.fromisoformat(stored["done_on"]) if stored["done_on"] else None
        return cls(NextStep(stored["step"]), date.fromisoformat(stored["due_on"]), done_on)


def playbook(
    reasons: Iterable[Reason],
    band: Band,
    today: date,
    calendar: WorkCalendar,
    before: Sequence[PlaybookStep] = (),
) -> list[PlaybookStep]:
    """Return the steps for an alert, the earliest deadline first; equal ones in the order of urgency.

    Steps that stood there before keep their deadline, and what is done stays done: a spell that drags on does
    not give more time.
    """
    reasons = list(reasons)
    wanted = {reason.next_step for reason in reasons}
    if band is Band.HIGH:
        wanted |= {NextStep.CALL_TODAY, NextStep.VISIT_WITHIN_3_DAYS}
    if PRICE_MAY_MATTER & {reason.code for reason in reasons}:
        wanted.add(NextStep.OFFER_RATE_REVIEW)
    if NextStep.VISIT_WITHIN_3_DAYS in wanted:
        wanted.discard(NextStep.PLAN_A_VISIT)  # One visit serves both.
    known = {one.step: one for one in before}
    steps = [
        known.get(step) or PlaybookStep(step, calendar.add_working_days(today, WITHIN_WORKING_DAYS[step]))
        for step in WITHIN_WORKING_DAYS
        if step in wanted or step in known
    ]
    return sorted(steps, key=lambda one: one.due_on)


def with_done(steps: Sequence[PlaybookStep], step: NextStep, today: date) -> list[PlaybookStep]:
    """Return the playbook with a step done. Raises StepNotInPlaybook for one that is not open in it."""
    if not any(one.step is step and one.done_on is None for one in steps):
        raise StepNotInPlaybook()
    return [replace(one, done_on=today) if one.step is step else one for one in steps]
