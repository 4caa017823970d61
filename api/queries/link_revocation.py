"""Links by what they may have to be revoked for: the key that made them, their pickup, or who holds them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.orm import Session

from api.models import Link


@dataclass(frozen=True, slots=True)
class LinksOf:
    """Links that have all of this; what is None does not matter."""

    key_id: str | None = None
    pickup_id: UUID | None = None
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Revocable:
    """How many links are not revoked, and how many of them have not expired either."""

    links: int
    live: int


def count(session: Session, of: LinksOf, *, now: datetime) -> Revocable:
    is_live = func.sum(case((Link.expires_at > now, 1), else_=0))
    links, live = session.execute(select(func.count(), is_live).where(*_conditions(of))).one()
    return Revocable(links, live or 0)


def revoke(session: Session, of: LinksOf, *, now: datetime) -> int:
    """Revoke every such link that was not revoked; returns how many."""
    revoked = update(Link).where(*_conditions(of)).values(revoked_at=now)
    return len(session.scalars(revoked.returning(Link.id)).all())


def _conditions(of: LinksOf) -> list[ColumnElement[bool]]:
    wanted = {Link.key_id: of.key_id, Link.pickup_id: of.pickup_id, Link.contact_id: of.contact_id}
    named = [column == value for column, value in wanted.items() if value is not None]
    if not named:
        raise ValueError("say which links: to revoke all that there are is never meant")
    return [Link.revoked_at.is_(None), *named]
