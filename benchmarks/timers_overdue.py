"""How long the timers take that fell due while nobody ran, the oldest first.

When the server dies, couriers have come to their doors evenly in the last five minutes. A timer is one rung
of one wait's ladder: an outage of 100 s leaves as many overdue as there are waits; one of five minutes leaves
nearly three times as many, some for every wait.
    python -m benchmarks.timers_overdue [--engine sqlite|postgresql] [--waits 5000] [--outage 100] [--full]
"""

import argparse
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from api import memory
from api.db import Database
from api.domain.vocabulary import TimerKind, TimerState
from api.integrations.proof_store import DiskProofStore
from api.models import Change, Delivery, Link, Notice, WaitTimer
from benchmarks import databases, waiting
from benchmarks.waiting import LIMIT
from jobs.context import JobContext
from jobs.fire_wait_timers import fire_wait_timers
from tests.fakes import RecordingMessenger, RecordingPush, settings_for

FULL = 50_000
OUTAGES_SECONDS = (100, 300)
GOAL_SECONDS = {"sqlite": 5, "postgresql": 10}


class ClockFrom:
    """A clock that shows this instant now: writing fifty thousand waits must not make the outage longer."""

    def __init__(self, instant: datetime) -> None:
        self._instant, self._began = instant, time.monotonic()

    def now(self) -> datetime:
        return self._instant + timedelta(seconds=time.monotonic() - self._began)


@dataclass(frozen=True, slots=True)
class Drain:
    """What settling the backlog came to: so many waits had a timer that was due, and in all so many rungs."""

    waits: int
    rungs: int
    rows: int
    seconds: float
    cpu_seconds: float


def main() -> None:
    options = _options()
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        for seconds in options.outage or OUTAGES_SECONDS:
            with databases.in_folder(engine) as (url, folder):
                measure(engine, url, folder, FULL if options.full else options.waits, seconds)


def measure(engine: str, url: str, folder: Path, waits: int, outage_seconds: int) -> None:
    """Let couriers arrive before the outage, end it, print what the drain took."""
    settings = settings_for(url)
    vault = settings.vault()
    database, proofs = Database.connect(url, vault), DiskProofStore(folder / "proofs", vault.files)
    ends_at = datetime.now(UTC)
    _fill(database, waits, ends_at - timedelta(seconds=outage_seconds))
    context = JobContext(database, ClockFrom(ends_at), RecordingPush(), RecordingMessenger(), proofs)
    drain = _drain(context)

    goal = f"(goal: at most {GOAL_SECONDS[engine]} s)"
    print(f"\n{engine}: {waits} open waits, an outage of {outage_seconds} s")
    print(f"  overdue           {drain.rungs} rungs, of {drain.waits} waits")
    print(f"  settled in        {drain.seconds:.1f} s, {drain.cpu_seconds:.1f} s of CPU")
    print(f"  rows written      {drain.rows}, {drain.rows / drain.rungs:.1f} a rung")
    print(f"  oldest first      {'yes' if _oldest_first(database) else 'NO'}")
    print(f"  50,000 rungs      {drain.seconds * FULL / drain.rungs:.1f} s {goal}")
    print(f"  50,000 waits      {drain.seconds * FULL / drain.waits:.1f} s")
    database.close()


def _drain(context: JobContext) -> Drain:
    before = _rows(context.database)
    memory.settle_in()
    began, cpu_before = time.perf_counter(), time.process_time()
    fired = fire_wait_timers(context)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_before
    with context.database.unit_of_work(read_only=True) as session:
        # One row of a wait's rungs was there before; the others were written to keep its story whole.
        rungs = session.scalar(select(func.count()).where(WaitTimer.state != TimerState.ARMED)) or 0
    return Drain(fired, rungs, fired + _rows(context.database) - before, seconds, cpu_seconds)


def _rows(database: Database) -> int:
    with database.unit_of_work(read_only=True) as session:
        tables = WaitTimer, Notice, Delivery, Change, Link
        return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def _fill(database: Database, waits: int, outage_began: datetime) -> None:
    arrivals = [outage_began - LIMIT * (waits - number) / waits for number in range(waits)]
    with database.unit_of_work() as session:
        doors = waiting.make_doors(session, waits, now=outage_began)
        waiting.open_waits(session, list(zip(doors, arrivals, strict=True)), now=outage_began)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # A database that has been running for a while knows its tables.
        connection.execute(text("ANALYZE"))


def _oldest_first(database: Database) -> bool:
    """Tell whether nothing was settled before what is older, of the rungs that were armed."""
    with database.unit_of_work(read_only=True) as session:
        armed = session.execute(
            select(func.min(WaitTimer.due_at), WaitTimer.fired_at)
            .where(WaitTimer.state != TimerState.ARMED, WaitTimer.kind != TimerKind.ABANDON)
            .group_by(WaitTimer.wait_id, WaitTimer.fired_at)
            .order_by(func.min(WaitTimer.due_at), WaitTimer.fired_at)
        ).all()
    settled = [at for _, at in armed if at is not None]
    return settled == sorted(settled)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--waits", type=int, default=5_000)
    parser.add_argument("--outage", type=int, nargs="*", help="how many seconds; 100 and 300 by default")
    parser.add_argument("--full", action="store_true", help="50,000 waits")
    return parser.parse_args()


if __name__ == "__main__":
    main()
