"""What follows from an answer of the outside world. When a notice leaves at all is in `notice_timing`.

Pure rules over plain values: the queries store what is decided here, the integrations give the answers.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from api.domain.vocabulary import DeliveryState

LEASE = timedelta(seconds=15)  # Longer than the slowest send, so that only the dead lose their claim.
SEND_TIMEOUT = timedelta(seconds=7)  # A send may first fetch a token: both together still fit the lease.
MAX_ATTEMPTS = 20  # With the steps below about three hours; what kills its worker each time ends here too.
FIRST_STEP = timedelta(seconds=2)
LONGEST_STEP = timedelta(minutes=15)
PAUSE_WITHOUT_A_WORD = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(hours=1)  # An absurd Retry-After must not silence us for a day.
STOP = timedelta(minutes=5)  # A refused credential is tried again until it is mended; each time alarms.
UNTIL_RESUMED = datetime(9999, 1, 1, tzinfo=UTC)  # A pause that only an operator ends.
ADDRESS_LIFE = timedelta(days=60)


class AnswerClass(StrEnum):
    ACCEPTED = "accepted"
    ADDRESS_GONE = "address_gone"
    PAUSED = "paused"
    REFUSED = "refused"
    RETRY = "retry"
    DEAD = "dead"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt; `detail` is the other side's name for it, or the reason.

    A reason is short and says nothing of a person: it is kept, and shown to dispatchers.
    """

    outcome: AnswerClass
    detail: str = ""
    retry_after: timedelta | None = None

    @classmethod
    def accepted(cls, name: str) -> "Answer":
        return cls(AnswerClass.ACCEPTED, name)

    @classmethod
    def address_gone(cls, reason: str) -> "Answer":
        return cls(AnswerClass.ADDRESS_GONE, reason)

    @classmethod
    def paused(cls, retry_after: timedelta | None, reason: str) -> "Answer":
        return cls(AnswerClass.PAUSED, reason, retry_after)

    @classmethod
    def refused(cls, reason: str) -> "Answer":
        return cls(AnswerClass.REFUSED, reason)

    @classmethod
    def retry(cls, reason: str) -> "Answer":
        return cls(AnswerClass.RETRY, reason)

    @classmethod
    def dead(cls, reason: str) -> "Answer":
        return cls(AnswerClass.DEAD, reason)

    @classmethod
    def suppressed(cls, reason: str) -> "Answer":
        return cls(AnswerClass.SUPPRESSED, reason)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a delivery: the `number`-th, of use until then, with a `seed` of its own for the jitter."""

    number: int
    useful_until: datetime
    seed: str


@dataclass(frozen=True, slots=True)
class Consequence:
    """What becomes of the delivery, and what else must happen.

    `counts` is False when the attempt says nothing about this delivery: the whole sender was turned away.
    """

    state: DeliveryState
    next_at: datetime | None = None
    counts: bool = True
    forget_address: bool = False
    pause_sender: timedelta | None = None
    alarm: bool = False


def what_follows(answer: Answer, attempt: Attempt, now: datetime) -> Consequence:
    """Decide what an answer means for the delivery, its address and the whole sender.

    A retry never lies beyond the last instant of use: the claim finds the row there and supersedes it.
    """
    match answer.outcome:
        case AnswerClass.ACCEPTED:
            return Consequence(DeliveryState.ACCEPTED)
        case AnswerClass.ADDRESS_GONE:
            return Consequence(DeliveryState.DEAD, forget_address=True)
        case AnswerClass.DEAD:
            return Consequence(DeliveryState.DEAD)
        case AnswerClass.SUPPRESSED:
            return Consequence(DeliveryState.SUPPRESSED)
        case AnswerClass.PAUSED:
            pause = min(answer.retry_after or PAUSE_WITHOUT_A_WORD, LONGEST_PAUSE)
            return Consequence(DeliveryState.PENDING, now, counts=False, pause_sender=pause)
        case AnswerClass.REFUSED:
            return Consequence(DeliveryState.PENDING, now, counts=False, pause_sender=STOP, alarm=True)
        case AnswerClass.RETRY:
            if attempt.number >= MAX_ATTEMPTS:
                return Consequence(DeliveryState.DEAD)
            next_at = now + backoff(attempt.number, seed=attempt.seed)
            return Consequence(DeliveryState.PENDING, min(next_at, attempt.useful_until))


def backoff(attempt: int, *, seed: str) -> timedelta:
    """Return how long to wait after the `attempt`-th failure: 2 s doubling to 15 min, of which 50 to 100 %.

    The jitter is drawn from the seed, so that rows that failed together do not come back together while the
    same row always waits the same time.
    """
    step = min(FIRST_STEP * int(2 ** min(attempt - 1, 20)), LONGEST_STEP)
    share: float = random.Random(f"{seed}:{attempt}").uniform(0.5, 1.0)
    return step * share
