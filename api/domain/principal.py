"""Who is asking. Every query made for a person takes one, so that scope is decided in the query."""

from dataclasses import dataclass
from uuid import UUID

from api.domain.vocabulary import Locale, Role


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in staff member, or a machine account (which has no session)."""

    staff_id: UUID
    branch_id: UUID
    role: Role
    locale: Locale
    session_id: UUID | None
    stands_in_for: tuple[UUID, ...] = ()
    """The reps who are away and whose customers are his meanwhile."""

    @property
    def answers_for(self) -> tuple[UUID, ...]:
        """Himself, and those he stands in for."""
        return (self.staff_id, *self.stands_in_for)
