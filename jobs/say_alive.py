"""Writes the jobs' sign of life. Its silence is what an operator's alarm listens for."""

from api import queries
from jobs.context import JobContext


def say_alive(context: JobContext) -> int:
    """Write the time of this tick; returns 0, since nothing was due."""
    with context.unit_of_work() as session:
        queries.heartbeats.beat(session, queries.heartbeats.JOBS, now=context.now())
    return 0
