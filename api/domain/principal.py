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
