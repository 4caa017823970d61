"""What waiting for nothing costs: the CPU of the process that runs all jobs, while none of them has work.

python -m benchmarks.timers_idle [--engine sqlite|postgresql] [--seconds 20]
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.db import Database
from api.settings import Settings
from benchmarks import cpu, databases, waiting
from tests import processes
from tests.fakes import settings_for

WAITS = 500
START_SECONDS = 60.0
CALM = 0.2
GOAL_PERCENT = 5


def main() -> None:
    options = _options()
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        with databases.in_folder(engine) as (url, folder):
            settings = settings_for(url)
            _fill(settings)
            with _jobs(engine, settings, folder) as pid:
                _wait_until_calm(pid)
                before = cpu.seconds(pid)
                time.sleep(options.seconds)
                percent = (cpu.seconds(pid) - before) / options.seconds * 100
        print(f"\n{engine}: all jobs, {WAITS} open waits, nothing due for {options.seconds:.0f} s")
        print(f"  CPU               {percent:.1f} % of a core (goal: at most {GOAL_PERCENT} %)")


def _fill(settings: Settings) -> None:
    """Open waits whose clocks start an hour from now: there are timers, and none is due."""
    database, now = Database.connect(settings.database_url, settings.vault()), datetime.now(UTC)
    later = now + timedelta(hours=1)
    with database.unit_of_work() as session:
        doors = waiting.make_doors(session, WAITS, now=now)
        waiting.open_waits(session, [(door, later) for door in doors], now=now)
    database.close()


def _wait_until_calm(pid: int) -> None:
    """Let the process start: importing and first looks take seconds, and are not what is measured."""
    deadline = time.monotonic() + START_SECONDS
    used = CALM
    while used >= CALM:
        assert time.monotonic() < deadline, "the process never came to rest"
        before = cpu.seconds(pid)
        time.sleep(1.0)
        used = cpu.seconds(pid) - before


@contextmanager
def _jobs(engine: str, settings: Settings, folder: Path) -> Iterator[int]:
    """Run the jobs as they are deployed: inside the server on SQLite, in their own process on PostgreSQL."""
    log, port = folder / "jobs.log", processes.free_port()
    command: tuple[str, ...] = ("-m", "jobs")
    if engine == "sqlite":
        command = ("-m", "flask", "--app", "wsgi", "serve", "--port", str(port))
    with processes.process(settings, log, *command) as running:
        if engine == "sqlite":
            processes.wait_until_ready(f"http://127.0.0.1:{port}", running, log)
        yield running.pid


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--seconds", type=float, default=20.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
