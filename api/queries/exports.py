"""Files that were taken away, as far as limits need to know."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.models import Export


def taken_since(session: Session, staff_id: UUID, since: datetime) -> int:
    """Return how many files somebody took away from an instant on."""
    mine = Export.staff_id == staff_id, Export.taken_at >= since
    return session.scalar(select(func.count()).select_from(Export).where(*mine)) or 0
