"""Our timers beside what one would otherwise pick: lateness, CPU, and what is lost by a kill.

As many timers each, due evenly over a window; in its middle comes a kill -9, and three seconds later a new
process. For a timer the others write one row; ours tells a contact, with a link, and arms the next rung.
    python -m benchmarks.timers_beside_others [--timers 600] [--window 12] [--full]
"""

import argparse
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from api.db import Database
from api.domain.vocabulary import TimerKind
from api.models import Notice, WaitTimer
from benchmarks import cpu, databases, others, waiting
from benchmarks.load import percentile
from benchmarks.waiting import LIMIT
from tests import processes
from tests.fakes import settings_for

FULL = 3_000, 60.0
ARMING_SECONDS_EACH = 0.015
START_SECONDS = 8.0
OUTAGE_SECONDS = 3.0
SETTLING_SECONDS = 8.0

Acted = list[tuple[int, datetime, datetime]]
"""Which timer acted, when it was due, and when it did."""


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody's timers: how they are armed, which process acts on them, and what became of them."""

    name: str
    engines: Sequence[str]
    arm: Callable[[str, Sequence[datetime]], None]
    command: tuple[str, ...]
    acted: Callable[[str], Acted]


def main() -> None:
    options = _options()
    if options.full:
        options.timers, options.window = FULL
    print(f"\n{options.timers} timers, due within {options.window:.0f} s; killed after half of it")
    print("                           late by p50     p99     max  ms/timer    lost  doubled")
    for contender in CONTENDERS:
        for engine in contender.engines:
            with databases.in_folder(engine) as (url, folder):
                compete(contender, engine, url, folder, options)


def compete(contender: Contender, engine: str, url: str, folder: Path, options: argparse.Namespace) -> None:
    """Arm, run, kill in the middle, run again, and print what became of the timers."""
    count, window = options.timers, timedelta(seconds=options.window)
    begins = datetime.now(UTC) + timedelta(seconds=START_SECONDS + count * ARMING_SECONDS_EACH)
    contender.arm(url, [begins + window * number / count for number in range(count)])
    killed_at = begins + window / 2
    with _process(contender, url, folder) as running:
        _sleep_until(begins)
        before = cpu.seconds(running.pid)
        _sleep_until(killed_at)
        used = cpu.seconds(running.pid) - before
        processes.pull_the_plug(running)
    time.sleep(OUTAGE_SECONDS)
    with _process(contender, url, folder):
        _sleep_until(begins + window + timedelta(seconds=SETTLING_SECONDS))
    acted = contender.acted(url)
    first_half = [(at - due_at).total_seconds() for _, due_at, at in acted if at < killed_at]
    times = Counter(number for number, *_ in acted)
    print(
        f"  {contender.name:<14}{engine:<11}"
        f"{percentile(first_half, 50):8.3f}{percentile(first_half, 99):8.3f}{max(first_half):8.3f}"
        f"{used / len(first_half) * 1000:10.2f}"
        f"{count - len(times):8}{sum(times.values()) - len(times):9}"
    )


def _process(contender: Contender, url: str, folder: Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    command = [part.format(url=url, folder=folder) for part in contender.command]
    return processes.process(settings_for(url), folder / "contender.log", *command)


def _sleep_until(instant: datetime) -> None:
    left = (instant - datetime.now(UTC)).total_seconds()
    assert left > 0, "this machine is too busy: arming took longer than planned for"
    time.sleep(left)


def _arm_ours(url: str, due: Sequence[datetime]) -> None:
    """Open a wait for each timer so long ago that its nudge, and no other rung, falls into the window."""
    database, now = _database(url), datetime.now(UTC)
    with database.unit_of_work() as session:
        doors = waiting.make_doors(session, len(due), now=now)
        arrivals = [at - LIMIT * 2 / 5 for at in due]
        waiting.open_waits(session, list(zip(doors, arrivals, strict=True)), now=min(due) - LIMIT / 100)
    database.close()


def _ours_acted(url: str) -> Acted:
    """Return every nudge that a contact was told of, by the number of its place in the window."""
    database = _database(url)
    with database.unit_of_work(read_only=True) as session:
        rows = session.execute(
            select(WaitTimer.due_at, WaitTimer.fired_at)
            .join(Notice, Notice.wait_id == WaitTimer.wait_id)
            .where(WaitTimer.kind == TimerKind.NUDGE, WaitTimer.fired_at.is_not(None))
            .order_by(WaitTimer.due_at)
        ).all()
    database.close()
    places = {due_at: place for place, due_at in enumerate(dict.fromkeys(due_at for due_at, _ in rows))}
    return [(places[due_at], due_at, at) for due_at, at in rows if at]


def _database(url: str) -> Database:
    return Database.connect(url, settings_for(url).vault())


def _arm_apscheduler(url: str, due: Sequence[datetime]) -> None:
    others.make_table(url)
    others.arm_apscheduler(url, due)


def _arm_procrastinate(url: str, due: Sequence[datetime]) -> None:
    others.make_table(url)
    others.arm_procrastinate(url, due)


CONTENDERS = (
    Contender(
        "ours", databases.ENGINES, _arm_ours, ("-m", "benchmarks.sweeper", "{folder}/commits"), _ours_acted
    ),
    Contender(
        "APScheduler",
        databases.ENGINES,
        _arm_apscheduler,
        ("-m", "benchmarks.others", "apscheduler", "{url}"),
        others.acted,
    ),
    Contender(
        "procrastinate",
        ("postgresql",),
        _arm_procrastinate,
        ("-m", "benchmarks.others", "procrastinate", "{url}"),
        others.acted,
    ),
)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--timers", type=int, default=600)
    parser.add_argument("--full", action="store_true", help="3,000 timers within a minute")
    parser.add_argument("--window", type=float, default=12.0, help="in seconds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
