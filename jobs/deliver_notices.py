"""Brings notices to phones and contacts: claim, send, settle. Delivery is at least once.

A claim and a settling are one unit of work each; the sending between them is in no transaction. Whoever dies
in between loses his lease after 15 s and another sends again, with the same notice id.
"""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from api import queries, services
from api.db import retrying
from api.domain.delivery_policy import Answer
from api.domain.outgoing import Outgoing
from api.domain.vocabulary import Channel
from api.metrics import ATTEMPTS, LATENESS
from jobs.context import JobContext

log = logging.getLogger("doorstep.notices")

SLOTS = 64  # Sends at once on one channel: over 300 a second while the other side answers within 0.1 s.
MAIL_SLOTS = 8  # Mail servers let one client have only a few connections.
GLANCE_SECONDS = 0.05  # How soon a free slot is offered to what has become due meanwhile.


@dataclass(slots=True)
class Lane:
    """The sends of one channel that are under way: a channel that hangs must not hold up the others."""

    channel: Channel
    send: Callable[[Any], Answer]
    slots: int = SLOTS
    sending: dict[Future[Answer], Outgoing] = field(default_factory=dict)

    @property
    def free(self) -> int:
        return self.slots - len(self.sending)

    def finished(self) -> Iterator[tuple[Outgoing, Answer]]:
        for future in [future for future in self.sending if future.done()]:
            yield self.sending.pop(future), future.result()


def deliver_notices(context: JobContext) -> int:
    """Deliver until nothing is due and nothing is under way; return how many attempts were settled.

    A send that hangs holds one slot until its time-out, while the others go on.
    """
    lanes = _lanes(context)
    settled = 0
    with ThreadPoolExecutor(sum(lane.slots for lane in lanes), thread_name_prefix="doorstep-send") as pool:
        while True:
            if not context.stopping.is_set():
                _start_due(context, lanes, pool)
            under_way = [future for lane in lanes for future in lane.sending]
            if not under_way:
                return settled
            wait(under_way, timeout=GLANCE_SECONDS, return_when=FIRST_COMPLETED)
            settled += _settle_finished(context, lanes)


def _lanes(context: JobContext) -> list[Lane]:
    write = context.messenger.send
    return [
        Lane(Channel.PUSH, context.push.send),
        Lane(Channel.SMS, write),
        Lane(Channel.CHAT, write),
        Lane(Channel.EMAIL, write, MAIL_SLOTS),
    ]


def _start_due(context: JobContext, lanes: list[Lane], pool: ThreadPoolExecutor) -> None:
    # A look costs no write lock; most ticks find nothing.
    with context.database.unit_of_work(read_only=True) as session:
        busy = queries.deliveries.channels_with_work(session, now=context.now())
    for lane in lanes:
        if lane.channel in busy and lane.free:
            for outgoing in _claimed(context, lane):
                lane.sending[pool.submit(_attempt, lane.send, outgoing)] = outgoing


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


def _settle_finished(context: JobContext, lanes: list[Lane]) -> int:
    answers = [answer for lane in lanes for answer in lane.finished()]
    if not answers:
        return 0

    def settle() -> int:
        with context.unit_of_work() as session:
            return services.deliveries.settle(session, answers, now=context.now())

    held = retrying(settle)
    for outgoing, answer in answers:
        ATTEMPTS.labels(outgoing.claim.channel, answer.outcome).inc()
    if held < len(answers):
        log.warning("notices.lease_lost", extra={"count": len(answers) - held})
    return len(answers)
