"""Logged contacts: when one can have happened, and what is due next. Only a visit moves the next visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from api.domain.errors import RuleBroken
from api.domain.vocabulary import ContactWay

LOGGED_WITHIN = timedelta(days=31)
AHEAD = timedelta(minutes=1)
"""A phone's clock may be ahead of ours by this much."""


class ContactTimeImpossible(RuleBroken):
    """A contact is logged after it happened, within 31 days."""

    code = "contact_time_impossible"


@dataclass(frozen=True, slots=True)
class NewContact:
    """A call, a chat, a mail or a meeting; without `happened_at` it was just now."""

    way: ContactWay
    note: str | None = None
    contact_id: UUID | None = None
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dues:
    """By when a customer should be visited, and heard of in any way; None: never yet, so at once."""

    visit_due_on: date | None
    contact_due_on: date | None


def happened_at(said: datetime | None, *, now: datetime) -> datetime:
    """Return when a contact happened: as said, never after now. Raises ContactTimeImpossible."""
    if said is None:
        return now
    if not now - LOGGED_WITHIN <= said <= now + AHEAD:
        raise ContactTimeImpossible(errors={"happened_at": [ContactTimeImpossible.__doc__]})
    return min(said, now)


def dues(visited_on: date | None, contacted_on: date | None, every: timedelta) -> Dues:
    """Return what follows from the last completed visit and the last logged contact.

    A visit is a contact as well; a contact is no visit.
    """
    heard_of = max((day for day in (visited_on, contacted_on) if day is not None), default=None)
    return Dues(
        None if visited_on is None else visited_on + every,
        None if heard_of is None else heard_of + every,
    )
