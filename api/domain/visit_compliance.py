"""How well the promise of visits is kept: counted from accepted visits of a period, by rep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from api.domain.vocabulary import VisitState


@dataclass(frozen=True, slots=True)
class VisitFact:
    """One visit by the day it was planned for; `completed_on` is local to the branch."""

    rep_id: UUID
    state: VisitState
    planned_on: date
    completed_on: date | None = None
    is_checked_in: bool = False
    is_far: bool = False


@dataclass(slots=True)
class Compliance:
    """A rep's figures. What is planned for today or later, and not done yet, counts in `ahead` only."""

    rep_id: UUID
    completed: int = 0
    on_the_day: int = 0
    """Completed on the very day they were planned for."""
    missed: int = 0
    cancelled: int = 0
    overdue: int = 0
    ahead: int = 0
    skipped: int = 0
    """Proposals that the rep turned down: no promise was broken."""
    without_check_in: int = 0
    far_check_ins: int = 0

    @property
    def kept(self) -> float | None:
        """The share of promised visits that were made, from 0 to 1; None where none was promised."""
        promised = self.completed + self.missed + self.cancelled + self.overdue
        return round(self.completed / promised, 3) if promised else None


def compliance(facts: Iterable[VisitFact], today: date) -> list[Compliance]:
    """Count visits by rep, in the order of their ids. Proposals without an answer count nowhere."""
    by_rep: dict[UUID, Compliance] = {}
    for fact in facts:
        _count(by_rep.setdefault(fact.rep_id, Compliance(fact.rep_id)), fact, today)
    return [by_rep[rep_id] for rep_id in sorted(by_rep)]


def _count(tally: Compliance, fact: VisitFact, today: date) -> None:
    match fact.state:
        case VisitState.COMPLETED:
            tally.completed += 1
            tally.on_the_day += fact.completed_on == fact.planned_on
            tally.without_check_in += not fact.is_checked_in
            tally.far_check_ins += fact.is_far
        case VisitState.MISSED:
            tally.missed += 1
        case VisitState.CANCELLED:
            tally.cancelled += 1
        case VisitState.SKIPPED:
            tally.skipped += 1
        case VisitState.PLANNED if fact.planned_on < today:
            tally.overdue += 1
        case VisitState.PLANNED:
            tally.ahead += 1
        case VisitState.PROPOSED:
            pass
