"""A customer's story: what an entry is, who may read which kinds, and how many stories become one.

Where entries come from is in `queries.timeline_sources`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any
from uuid import UUID

from api.domain.vocabulary import Role, TimelineKind

_AT_THE_DOOR = frozenset({TimelineKind.PICKUP, TimelineKind.WAIT, TimelineKind.MESSAGE})
_HEARD = frozenset({TimelineKind.FEEDBACK, TimelineKind.CASE, TimelineKind.FIELD_REPORT})
_CARE = frozenset({TimelineKind.CONTACT, TimelineKind.OWNER_CHANGE})
_SALES = frozenset({TimelineKind.CHURN_ALERT, TimelineKind.VISIT})

READABLE: Mapping[Role, frozenset[TimelineKind]] = {
    Role.SALES_REP: frozenset(TimelineKind),
    Role.MANAGER: frozenset(TimelineKind),
    Role.SERVICE_AGENT: _AT_THE_DOOR | _HEARD | _CARE,
    Role.DISPATCHER: _AT_THE_DOOR | _HEARD | _CARE,
    Role.ADMIN: _SALES
    | {TimelineKind.PICKUP, TimelineKind.MESSAGE, TimelineKind.FIELD_REPORT, TimelineKind.OWNER_CHANGE},
}
"""Nobody reads here what he could not read where it comes from. Roles that are not named read nothing."""


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """What a story is narrowed to: one kind, from an instant on, up to another (exclusive)."""

    kind: TimelineKind | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `details` are codes, numbers and ids; `text` is what somebody wrote there."""

    kind: TimelineKind
    id: UUID
    at: datetime
    what: str
    who_id: UUID | None
    details: Mapping[str, Any]
    text: str | None = None

    @property
    def place(self) -> tuple[datetime, UUID]:
        """Its place in the story; no two entries share one, for ids are unique across tables."""
        return self.at, self.id


def readable(role: Role, asked: TimelineKind | None) -> list[TimelineKind]:
    """Return the kinds to look for: those that the role may read, or of these the one that was asked for."""
    allowed = READABLE.get(role, frozenset())
    return [kind for kind in TimelineKind if kind in allowed and asked in (None, kind)]


def newest(stories: Iterable[Sequence[Entry]], count: int) -> list[Entry]:
    """Return the newest entries of many stories, each of which is given newest first.

    Each story must hold its own newest `count` at least, or all it has.
    """
    return list(islice(merge(*stories, key=lambda entry: entry.place, reverse=True), count))
