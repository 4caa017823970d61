"""Brings notices to phones and contacts: claim, send, settle. Delivery is at least once.

A claim and a settling are one unit of work each; the sending between them is in no transaction. Whoever dies
in between loses his lease after 15 s and another sends again, with the same notice id.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api import queries, services
from api.db import retrying
from api.domain.delivery_policy import LEASE, Answer
from api.domain.outgoing import Outgoing
from api.domain.sender_breaker import most_slots, slots_of_run
from api.domain.vocabulary import Channel
from api.failures import OutcomeUnknown
from api.metrics import ATTEMPTS, LATENESS
from jobs.context import JobContext

log = logging.getLogger("doorstep.notices")

GLANCE_SECONDS = 0.05
"""How long answers are gathered that come one after another, to be written down in one commit."""
LOOK_SECONDS = 0.25
"""How soon free slots are offered to what has become due, while nothing is answered."""

Answered = tuple[Outgoing, Answer]


@dataclass(slots=True)
class Lane:
    """The sends of one channel that are under way: a channel that hangs must not hold up the others."""

    channel: Channel
    send: Callable[[Any], Answer]
    sending: dict[Future[Answer], Outgoing] = field(default_factory=dict)
    settled: int = 0

    @property
    def free(self) -> int:
        return slots_of_run(self.channel, settled=self.settled) - len(self.sending)

    def finished(self) -> list[Answered]:
        done = [future for future in self.sending if future.done()]
        return [(self.sending.pop(future), future.result()) for future in done]


def deliver_notices(context: JobContext) -> int:
    """Deliver until nothing is due and nothing is under way; return how many attempts were settled.

    A send that hangs holds one slot until its time-out, while the others go on.
    """
    lanes = _lanes(context)
    with ThreadPoolExecutor(sum(map(most_slots, Channel)), thread_name_prefix="doorstep-send") as pool:
        return _Delivery(context, lanes, pool).run()


def _lanes(context: JobContext) -> list[Lane]:
    write = context.messenger.send
    return [Lane(one, context.push.send if one is Channel.PUSH else write) for one in Channel]


@dataclass(slots=True)
class _Delivery:
    """One run. What was sent is settled even when the database is away for a while."""

    context: JobContext
    lanes: Sequence[Lane]
    pool: ThreadPoolExecutor
    answered: list[Answered] = field(default_factory=list)
    unsettled_since: float | None = None

    def run(self) -> int:
        settled = 0
        while True:
            if not self.context.stopping.is_set():
                self._start_due()
            under_way = [future for lane in self.lanes for future in lane.sending]
            if not under_way and not self.answered:
                return settled
            if wait(under_way, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done:
                wait(under_way, timeout=GLANCE_SECONDS)
            elif not under_way:
                time.sleep(
                    GLANCE_SECONDS
                )  # There are answers that the database has not taken: it gets a moment.
            settled += self._settle()

    def _start_due(self) -> None:
        # All is claimed before the first leaves: what is answered meanwhile would wait to be written down.
        due: list[tuple[Lane, Outgoing]] = []
        try:
            for lane in self._with_work():
                due += [(lane, outgoing) for outgoing in _claimed(self.context, lane)]
        except Exception:
            # What has left is settled first, whatever failed: forgotten, it would all be sent again.
            if not due and not self.answered and not any(lane.sending for lane in self.lanes):
                raise
            log.warning("notices.not_claimed", exc_info=True)
        for lane, outgoing in due:
            lane.sending[self.pool.submit(_attempt, lane.send, outgoing)] = outgoing

    def _with_work(self) -> list[Lane]:
        # A look costs no write lock; most ticks find nothing.
        with self.context.database.unit_of_work(read_only=True) as session:
            busy = queries.deliveries.channels_with_work(session, now=self.context.now())
        return [lane for lane in self.lanes if lane.channel in busy and lane.free]

    def _settle(self) -> int:
        """Write down what was answered. What cannot be is kept for the next glance, as long as a lease."""
        for lane in self.lanes:
            self.answered += lane.finished()
        if not self.answered:
            return 0
        try:
            settled = _settled(self.context, self.answered)
        except (DBAPIError, OutcomeUnknown, PoolTimeout):
            # Writing it twice does no harm: what was written has given back its lease.
            self.unsettled_since = self.unsettled_since or time.monotonic()
            if time.monotonic() - self.unsettled_since > LEASE.total_seconds():
                raise
            log.warning("notices.not_settled", exc_info=True)
            return 0
        for lane in self.lanes:
            lane.settled += sum(sent.claim.channel is lane.channel for sent, _ in self.answered)
        self.answered, self.unsettled_since = [], None
        return settled


def _claimed(context: JobContext, lane: Lane) -> list[Outgoing]:
    def claim() -> list[Outgoing]:
        with context.unit_of_work() as session:
            return services.deliveries.take_due(session, lane.channel, limit=lane.free, now=context.now())

    claimed = retrying(claim)
    now = context.now()
    for outgoing in claimed:
        LATENESS.labels(lane.channel).observe((now - outgoing.claim.due_at).total_seconds())
    return claimed


def _attempt(send: Callable[[Any], Answer], outgoing: Outgoing) -> Answer:
    if isinstance(outgoing.message, Answer):
        return outgoing.message
    try:
        return send(outgoing.message)
    except Exception as failure:
        # A sender answers for what the other side did; this is a mistake of our own, and passing at best.
        log.exception("notices.sender_failed", extra={"notice_id": str(outgoing.claim.notice_id)})
        return Answer.retry(type(failure).__name__)


def _settled(context: JobContext, answered: Sequence[Answered]) -> int:
    def settle() -> int:
        with context.unit_of_work() as session:
            return services.deliveries.settle(session, answered, now=context.now())

    held = retrying(settle)
    for outgoing, answer in answered:
        ATTEMPTS.labels(outgoing.claim.channel, answer.outcome).inc()
    if held < len(answered):
        log.warning("notices.lease_lost", extra={"count": len(answered) - held})
    return len(answered)
