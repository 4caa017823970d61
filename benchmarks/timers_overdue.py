"""How long the timers take that fell due while nobody ran: after an outage of five minutes, oldest first.

python -m benchmarks.timers_overdue [--engine sqlite|postgresql] [--timers 5000] [--full]
"""

import argparse
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from api import memory
from api.db import Database
from api.domain.vocabulary import TimerKind, TimerState
from api.integrations.proof_store import DiskProofStore
from api.models import Notice, WaitTimer
from benchmarks import databases, waiting
from benchmarks.waiting import LIMIT
from jobs.context import JobContext
from jobs.fire_wait_timers import fire_wait_timers
from tests.fakes import RecordingMessenger, RecordingPush, settings_for

FULL = 50_000
OUTAGE = timedelta(minutes=5)
GOAL_SECONDS = {"sqlite": 5, "postgresql": 10}


def main() -> None:
    options = _options()
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        with databases.in_folder(engine) as (url, folder):
            measure(engine, url, folder, FULL if options.full else options.timers)


def measure(engine: str, url: str, folder: Path, timers: int) -> None:
    """Let couriers arrive in the five minutes before the outage, end it, print what the drain took."""
    settings = settings_for(url)
    database = Database.connect(url, settings.vault())
    _fill(database, timers, datetime.now(UTC) - OUTAGE)
    context = JobContext(
        database, database.clock(), RecordingPush(), RecordingMessenger(), DiskProofStore(folder / "proofs")
    )
    memory.settle_in()
    began, cpu_before = time.perf_counter(), time.process_time()
    fired = fire_wait_timers(context)
    took, used = time.perf_counter() - began, time.process_time() - cpu_before
    # A next rung may have fallen due meanwhile.
    assert fired >= timers, f"{fired} of {timers} timers fired"

    per_goal = FULL / timers
    with database.unit_of_work(read_only=True) as session:
        rows = session.scalar(select(func.count(WaitTimer.id))) or 0
        notices = session.scalar(select(func.count(Notice.id))) or 0
    print(f"\n{engine}: {timers} overdue timers, {rows} rungs and {notices} notices in the end")
    print(f"  settled in        {took:.1f} s, {used:.1f} s of CPU; {timers / took:.0f} timers/s")
    print(f"  oldest first      {'yes' if _oldest_first(database) else 'NO'}")
    print(f"  50,000 of them    {took * per_goal:.1f} s (goal: at most {GOAL_SECONDS[engine]} s)")
    database.close()


def _fill(database: Database, timers: int, outage_began: datetime) -> None:
    arrivals = [outage_began - LIMIT * (timers - number) / timers for number in range(timers)]
    with database.unit_of_work() as session:
        doors = waiting.make_doors(session, timers, now=outage_began)
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
    parser.add_argument("--timers", type=int, default=5_000)
    parser.add_argument("--full", action="store_true", help="50,000 timers")
    return parser.parse_args()


if __name__ == "__main__":
    main()
