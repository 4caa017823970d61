"""How late wait timers fire while couriers arrive, 167 a second, and every wait climbs its ladder.

The sweep runs in a process of its own; arrivals are written beside it, ten times a second.
    python -m benchmarks.timers_under_load [--engine sqlite|postgresql] [--waits 3000] [--limit 15] [--full]
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from api.db import Database
from api.domain.vocabulary import TimerState
from api.models import WaitTimer
from benchmarks import cpu, databases, sweeper, waiting
from benchmarks.load import percentile
from benchmarks.waiting import Door
from tests import processes
from tests.fakes import settings_for

ARRIVALS_A_SECOND = 167
STEP_SECONDS = 0.1
FULL = 50_000, 300.0
SETTLING_SECONDS = 3.0
GOALS = "goal: p99 at most 0.5 s, max at most 2 s, never early, at most 100 % of a core"


@dataclass(frozen=True, slots=True)
class Lateness:
    """By how many seconds each timer's transaction was committed after its time; what else went wrong."""

    seconds: Sequence[float]
    early: int
    overdue: int
    superseded: int


def main() -> None:
    options = _options()
    waits, limit = FULL if options.full else (options.waits, options.limit)
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        with databases.in_folder(engine) as (url, folder):
            measure(engine, url, folder, waits, timedelta(seconds=limit))


def measure(engine: str, url: str, folder: Path, waits: int, limit: timedelta) -> None:
    """Let couriers arrive, wait until the last has been told that his wait is undecided, print figures."""
    settings, commits = settings_for(url), folder / "commits.json"
    database = Database.connect(url, settings.vault())
    with database.unit_of_work() as session:
        doors = waiting.make_doors(session, waits, now=datetime.now(UTC))
    command = "-m", "benchmarks.sweeper", str(commits)
    with processes.process(settings, folder / "sweeper.log", *command) as running:
        processes.wait_until_says(b"started", running, folder / "sweeper.log")
        cpu_before, began = cpu.seconds(running.pid), time.monotonic()
        _arrive(database, doors, limit)
        time.sleep(1.4 * limit.total_seconds() + SETTLING_SECONDS)
        used, took = cpu.seconds(running.pid) - cpu_before, time.monotonic() - began
    lateness = _lateness(database, sweeper.read(commits))
    database.close()

    fired = len(lateness.seconds)
    p50, p99 = (percentile(lateness.seconds, share) for share in (50, 99))
    print(
        f"\n{engine}: {waits} waits of {limit.seconds} s, {ARRIVALS_A_SECOND} arrivals/s, {fired} rungs fired"
    )
    print(f"  late by           p50 {p50:.3f} s   p99 {p99:.3f} s   max {max(lateness.seconds):.3f} s")
    print(f"  early, left over  {lateness.early}, {lateness.overdue}; superseded {lateness.superseded}")
    print(f"  CPU of the sweep  {used / took * 100:.0f} % of a core, {used / fired * 1000:.2f} ms a rung")
    print(f"  {GOALS}")


def _arrive(database: Database, doors: Sequence[Door], limit: timedelta) -> None:
    began, opened = time.monotonic(), 0
    while opened < len(doors):
        time.sleep(STEP_SECONDS)
        due = min(int((time.monotonic() - began) * ARRIVALS_A_SECOND), len(doors))
        now = datetime.now(UTC)
        with database.unit_of_work() as session:
            waiting.open_waits(session, [(door, now) for door in doors[opened:due]], limit=limit, now=now)
        opened = due


def _lateness(database: Database, committed: dict[datetime, datetime]) -> Lateness:
    with database.unit_of_work(read_only=True) as session:
        fired = session.execute(
            select(WaitTimer.due_at, WaitTimer.fired_at).where(WaitTimer.state == TimerState.FIRED)
        ).all()
        superseded, overdue = (
            session.scalar(
                select(func.count()).where(WaitTimer.state == state, WaitTimer.due_at < datetime.now(UTC))
            )
            for state in (TimerState.SUPERSEDED, TimerState.ARMED)
        )
    return Lateness(
        seconds=[(committed[at] - due_at).total_seconds() for due_at, at in fired if at],
        early=sum(at < due_at for due_at, at in fired if at),
        overdue=overdue or 0,
        superseded=superseded or 0,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--waits", type=int, default=3_000)
    parser.add_argument("--limit", type=float, default=15.0, help="of a wait, in seconds")
    parser.add_argument("--full", action="store_true", help="50,000 waits of five minutes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
