"""What processes tell each other about the use of budgets (`domain.rate_limits`), on PostgreSQL."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, literal
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from api.models import RateCounter
from api.models.types import UtcDateTime


def add(session: Session, spent: Mapping[str, timedelta], *, now: datetime) -> dict[str, datetime]:
    """Add what each key spent, as `rate_limits.after` does; return when each budget will be whole again."""
    session.connection()  # Nothing spent asks for nothing, yet must fail where no server is.
    if not spent:
        return {}
    # In order of the keys, so that two processes never wait for each other.
    rows = [{"key": key, "whole_at": now + spent[key]} for key in sorted(spent)]
    adding = insert(RateCounter).values(rows)
    present = literal(now, UtcDateTime())
    later = func.greatest(RateCounter.whole_at, present) + (adding.excluded.whole_at - present)
    adding = adding.on_conflict_do_update(index_elements=["key"], set_={"whole_at": later})
    told = session.execute(adding.returning(RateCounter.key, RateCounter.whole_at))
    return dict(told.all())


def drop_whole(session: Session, *, now: datetime) -> int:
    """Delete the counters of budgets that are whole again; returns how many."""
    whole = delete(RateCounter).where(RateCounter.whole_at <= now)
    return len(session.scalars(whole.returning(RateCounter.key)).all())
