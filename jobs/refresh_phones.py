"""Tells phones silently that their feed has something new: reads the feed for everybody, then sends."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from api import services
from api.domain.delivery_policy import Answer
from api.domain.outgoing import SilentPush
from jobs.context import JobContext

log = logging.getLogger("doorstep.notices")

SLOTS = 16  # Notices that people read come first; they have slots of their own.
BATCH = 64


def refresh_phones(context: JobContext) -> int:
    """Tell every phone that is to be told now; return how many.

    Each is attempted once: a phone that is not reached finds what is new when it asks by itself.
    """
    with context.database.unit_of_work(read_only=True) as session:
        if not services.refreshes.is_anything_new(session, now=context.now()):
            return 0
    with context.unit_of_work() as session:
        services.refreshes.read_feed(session, now=context.now())
    told = 0
    while not context.stopping.is_set() and (due := _taken(context)):
        _send(context, due)
        told += len(due)
    return told


def _taken(context: JobContext) -> list[SilentPush]:
    with context.unit_of_work() as session:
        return services.refreshes.take_due(session, limit=BATCH, now=context.now())


def _send(context: JobContext, due: Sequence[SilentPush]) -> None:
    with ThreadPoolExecutor(SLOTS, thread_name_prefix="doorstep-refresh") as pool:
        answers = list(pool.map(lambda push: _attempt(context, push), due))
    with context.unit_of_work() as session:
        services.refreshes.heed(session, list(zip(due, answers, strict=True)), now=context.now())


def _attempt(context: JobContext, push: SilentPush) -> Answer:
    try:
        return context.push.send(push)
    except Exception as failure:
        # A mistake of our own; the other phones are told all the same.
        log.exception("refreshes.sender_failed")
        return Answer.retry(type(failure).__name__)
