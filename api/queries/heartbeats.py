"""Signs of life: the jobs write one every few seconds, health checks read how old it is."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from api.models import Heartbeat
from api.queries.insertion import insert_missing

JOBS = "jobs"


def beat(session: Session, name: str, *, now: datetime) -> None:
    """Say that `name` is alive. With several processes the youngest sign counts."""
    beaten = session.execute(
        update(Heartbeat).where(Heartbeat.name == name).values(beaten_at=now).returning(Heartbeat.name)
    )
    if beaten.first() is None:
        row = {"name": name, "beaten_at": now}
        insert_missing(session, Heartbeat, [row], unique=("name",), told=Heartbeat.name)


def last(session: Session, name: str) -> datetime | None:
    """Return the last sign of life; None when there never was one."""
    found = session.get(Heartbeat, name)
    return None if found is None else found.beaten_at


def forget_all(session: Session) -> None:
    session.execute(delete(Heartbeat))
