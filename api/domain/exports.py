"""Taking data away as a file: how much, how often, the mark that every file carries, and who hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from api.domain.errors import RuleBroken, TooMany
from api.domain.vocabulary import Role

Line = TypeVar("Line")


class ExportTooLong(RuleBroken):
    """This has more rows than the branch lets anybody take away at once; ask for less."""

    code = "export_too_long"

    def __init__(self, *, rows: int, most: int) -> None:
        """Say how many rows it would have been, and how many are allowed."""
        super().__init__(rows=rows, most=most)


class TooManyExports(TooMany):
    """You have taken away as many files today as the branch allows; try again tomorrow."""

    code = "too_many_exports"


@dataclass(frozen=True, slots=True)
class Watermark:
    """By whom, when and how much: a file that turns up elsewhere tells how it got out."""

    export_id: UUID
    staff_id: UUID
    taken_at: datetime
    rows: int

    def __str__(self) -> str:
        """Return the cell that ends the file. It names an id, not a person: the file may go anywhere."""
        return (
            f"export {self.export_id}: {self.rows} rows, "
            f"taken by {self.staff_id} at {self.taken_at.isoformat(timespec='seconds')}"
        )


@dataclass(frozen=True, slots=True)
class TakenAway(Generic[Line]):
    """What somebody takes away, and the mark of the file that it becomes."""

    lines: Sequence[Line]
    mark: Watermark


def leaders_hear_of_it(rows: int, role: Role, *, threshold: int, is_open: bool) -> bool:
    """Tell whether those who lead a branch are told: of much at once, and of any rep while it is closed."""
    return rows > threshold or (role is Role.SALES_REP and not is_open)
