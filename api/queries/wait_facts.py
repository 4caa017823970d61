"""What reports read of waits: plain columns, streamed: a quarter of a branch never stands in memory whole.

What is counted of them is decided in `domain.report_figures`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.domain.report_figures import WaitFact
from api.models import Pickup, Wait

ROWS_AT_ONCE = 1000

# In the order of WaitFact's fields.
_COLUMNS = (
    Wait.courier_id,
    Pickup.site_id,
    Wait.outcome,
    Wait.quality,
    Wait.arrived_at,
    Wait.clock_started_at,
    Wait.deadline_at,
    Wait.departed_at,
    Wait.dwell_seconds,
    Wait.avoidable_wait_seconds,
    Wait.cause,
    Wait.protected,
    Pickup.window_start,
    Pickup.window_end,
    Pickup.readiness_answer,
    Pickup.readiness_answered_at,
)


def stream(session: Session, *conditions: ColumnElement[bool]) -> Generator[WaitFact]:
    """Yield the waits that fulfil the conditions, in the order of their arrivals."""
    statement = select(*_COLUMNS).join(Pickup, Pickup.id == Wait.pickup_id).where(*conditions)
    ordered = statement.order_by(Wait.arrived_at, Wait.id)
    with session.execute(ordered, execution_options={"yield_per": ROWS_AT_ONCE}) as rows:
        for row in rows:
            yield WaitFact(*cast("tuple[Any, ...]", row))


def stream_by(
    session: Session, key: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]
) -> Generator[tuple[Any, WaitFact]]:
    """Yield waits with their key, those of one key together, and within it in the order of their arrivals."""
    statement = select(key, *_COLUMNS).join(Pickup, Pickup.id == Wait.pickup_id).where(*conditions)
    ordered = statement.order_by(key, Wait.arrived_at, Wait.id)
    with session.execute(ordered, execution_options={"yield_per": ROWS_AT_ONCE}) as rows:
        for row in rows:
            yield row[0], WaitFact(*row[1:])
