"""Slots of calendar jobs: one run of a job per local day, whichever process comes first."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.models import JobSlot
from api.queries.insertion import insert_missing

DONE = ".done"
AT_ONCE = 500
KEPT_FOR = timedelta(days=60)
"""Nobody asks for a run of two months ago."""


def claim(session: Session, job: str, slot: str, *, now: datetime) -> bool:
    """Take a slot for work that commits together with the claim; False when somebody has had it."""
    row = {"job": job, "slot": slot, "claimed_at": now}
    return bool(insert_missing(session, JobSlot, [row], unique=("job", "slot"), told=JobSlot.slot))


def taken(session: Session, job: str, slots: Iterable[str]) -> set[str]:
    """Return which of these slots somebody has had, to pass over them without a claim."""
    found: set[str] = set()
    wanted = list(slots)
    for start in range(0, len(wanted), AT_ONCE):
        some = JobSlot.slot.in_(wanted[start : start + AT_ONCE])
        found.update(session.scalars(select(JobSlot.slot).where(JobSlot.job == job, some)))
    return found


def drop_before(session: Session, before: datetime) -> int:
    """Delete the slots of days long gone; return how many."""
    old = delete(JobSlot).where(JobSlot.claimed_at < before).returning(JobSlot.slot)
    return len(session.scalars(old).all())


def lease(session: Session, job: str, slot: str, *, patience: timedelta, now: datetime) -> bool:
    """Take a slot for work in many transactions; False when it is done or somebody is at it.

    Who works calls `keep_lease` along the way. A holder that was silent for longer than `patience` is dead,
    and the slot is taken over; so a killed process costs delay, never the night's run.
    """
    if session.get(JobSlot, (job + DONE, slot)) is not None:
        return False
    if claim(session, job, slot, now=now):
        return True
    taken_over = session.execute(
        update(JobSlot)
        .where(JobSlot.job == job, JobSlot.slot == slot, JobSlot.claimed_at <= now - patience)
        .values(claimed_at=now)
        .returning(JobSlot.slot)
    )
    return taken_over.first() is not None


def keep_lease(session: Session, job: str, slot: str, *, now: datetime) -> None:
    """Say that the holder is alive."""
    session.execute(update(JobSlot).where(JobSlot.job == job, JobSlot.slot == slot).values(claimed_at=now))


def finish(session: Session, job: str, slot: str, *, now: datetime) -> None:
    """Close a leased slot for good."""
    claim(session, job + DONE, slot, now=now)
