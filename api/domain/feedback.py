"""Feedback: which reasons fit a score, how long it can be changed, and when it is unfair to the courier.

Who is told of a low score is decided by the service; averages are queries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.errors import Conflict, RuleBroken
from api.domain.vocabulary import FeedbackAbout, FeedbackReason, Screening

SCORES = (1, 2, 3, 4, 5)
EDITABLE_FOR = timedelta(hours=24)
WAIT_THAT_EXCUSES = timedelta(seconds=120)
LONGEST_COMMENT = 2000

_COMPLAINTS = (
    FeedbackReason.LATE,
    FeedbackReason.IMPATIENT,
    FeedbackReason.UNFRIENDLY,
    FeedbackReason.CARELESS,
    FeedbackReason.PAPERS,
    FeedbackReason.HARD_TO_REACH,
    FeedbackReason.PRICE,
)
_PRAISE = (
    FeedbackReason.ON_TIME,
    FeedbackReason.FRIENDLY,
    FeedbackReason.PATIENT,
    FeedbackReason.CAREFUL,
    FeedbackReason.WELL_INFORMED,
)
REASONS: dict[int, tuple[FeedbackReason, ...]] = {
    1: _COMPLAINTS,
    2: _COMPLAINTS,
    3: _COMPLAINTS,
    4: _PRAISE,
    5: _PRAISE,
}
"""The reason chips offered for each score, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What a contact says about a pickup."""

    score: int
    reasons: tuple[FeedbackReason, ...] = ()
    about: FeedbackAbout | None = None
    comment: str | None = None
    call_me_back: bool = False


class ReasonNotOffered(RuleBroken):
    """A reason is one of those offered for the score."""

    code = "reason_not_offered"


class FeedbackIsFinal(Conflict):
    """A rating can be changed for 24 hours; these have passed."""

    code = "feedback_is_final"


class AlreadyObjected(Conflict):
    """A courier can object to a rating once."""

    code = "already_objected"


class FeedbackNotUnderReview(Conflict):
    """Nobody has asked whether this rating counts, or it has been decided."""

    code = "feedback_not_under_review"


def check_reasons(score: int, reasons: tuple[FeedbackReason, ...]) -> None:
    """Refuse praise with a low score and complaints with a high one: somebody mistook the faces."""
    if not set(reasons) <= set(REASONS[score]):
        raise ReasonNotOffered(errors={"reasons": [ReasonNotOffered.__doc__]})


def editable_until(given_at: datetime) -> datetime:
    """Return when a rating becomes final: 24 h after it was first given; at that instant it is."""
    return given_at + EDITABLE_FOR


def check_editable(given_at: datetime, *, now: datetime) -> None:
    """Raise FeedbackIsFinal from 24 h after the first version on."""
    if now >= editable_until(given_at):
        raise FeedbackIsFinal()


def is_low(score: int, low_score: int) -> bool:
    """Tell whether a score asks for somebody's attention: the branch's `low_score` or less."""
    return score <= low_score


def screening(*, avoidable_wait: timedelta | None, left_protected: bool) -> Screening | None:
    """Return why a score stays out of the courier's average, or None when it counts.

    Over 120 s of waiting that was the customer's, or a leave that the rules protect: then the
    courier paid for what was not his fault.
    """
    if left_protected:
        return Screening.PROTECTED_LEAVE
    if avoidable_wait is not None and avoidable_wait > WAIT_THAT_EXCUSES:
        return Screening.AVOIDABLE_WAIT
    return None


def needs_review(asked_at: datetime | None, reviewed_at: datetime | None) -> bool:
    """Tell whether somebody is still to decide if a score counts."""
    return asked_at is not None and reviewed_at is None


def after_review(left_out_because: str | None, *, counts: bool) -> str | None:
    """Return why a score is left out after a person has decided. What a rule left out stays out."""
    by_rule = None if left_out_because == Screening.REVIEWED else left_out_because
    return by_rule if counts else by_rule or Screening.REVIEWED


def may_invite(last_invited_at: datetime | None, *, every: timedelta, now: datetime) -> bool:
    """Tell whether a contact may be asked by message again: at most once in `every`."""
    return last_invited_at is None or now - last_invited_at >= every
