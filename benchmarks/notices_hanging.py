"""What it costs requests and wait timers that Google hangs: in turns, it answers after 0.1 s and not at all.

While couriers arrive over HTTP, as fast as they are answered, timers fall due beside them, each of which
pushes to a courier and a dispatcher. On PostgreSQL the jobs run in a process of their own, as in production:
    python -m benchmarks.notices_hanging [--engine sqlite|postgresql] [--arrivals 800] [--rounds 3]
"""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from api.db import Database
from api.domain.vocabulary import TimerKind
from api.models import Wait, WaitTimer
from api.settings import Settings
from benchmarks import arrived_over_http, databases, waiting
from benchmarks.google import Google, google
from benchmarks.load import UNLIMITED, percentile
from benchmarks.notices_beside_send_each import until_sent
from demo.fcm_stand_in import Mode
from tests import processes
from tests.fakes import settings_for

LIMIT = timedelta(minutes=1)
WARNED_AT = LIMIT * 4 / 5
SPREAD_SECONDS = 4.0
"""Over so long a round's timers fall due, beginning a second after the couriers."""
LEAD_SECONDS = 1.0
SETTLING_SECONDS = 2.0
GOAL_PERCENT = 95


@dataclass(frozen=True, slots=True)
class Round:
    """What phones and doors saw in one round: arrivals a second, and how late each timer fired."""

    rate: float
    p99_ms: float
    late: Sequence[float]


def main() -> None:
    options = _options()
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        with databases.in_folder(engine) as (url, folder), google(folder) as stand_in:
            settings = settings_for(url)
            with _doorstep(settings, folder, stand_in) as port:
                measured = compare(settings, port, stand_in, options)
        report(engine, measured, options)


def compare(
    settings: Settings, port: int, stand_in: Google, options: argparse.Namespace
) -> dict[Mode, list[Round]]:
    """Play the rounds in turns, each mode first in every other pair.

    What else the machine does falls on both alike then, and so does that a database grows with each round.
    """
    database = Database.connect(settings.database_url, settings.vault())
    measured: dict[Mode, list[Round]] = {Mode.SLOW: [], Mode.HANG: []}
    _round(database, settings, port, options)
    for pair in range(options.rounds):
        for mode in reversed(measured) if pair % 2 else measured:
            stand_in.change(Mode.SLOW)
            until_sent(database)
            stand_in.change(mode)
            measured[mode].append(_round(database, settings, port, options))
    database.close()
    return measured


def report(engine: str, measured: dict[Mode, list[Round]], options: argparse.Namespace) -> None:
    print(f"\n{engine}: {options.rounds} rounds of {options.arrivals} arrivals and {options.timers} timers")
    for name, rounds in zip(("answering", "hanging"), measured.values(), strict=True):
        late = [seconds for one in rounds for seconds in one.late]
        rate, p99_ms = (
            statistics.median(values)
            for values in zip(*((one.rate, one.p99_ms) for one in rounds), strict=True)
        )
        print(
            f"  Google {name:<10}{rate:6.0f} arrivals/s   p99 {p99_ms:6.1f} ms   timers late by"
            f" p50 {percentile(late, 50):.3f}  p99 {percentile(late, 99):.3f}  max {max(late):.3f} s"
        )
    ratio = statistics.median(
        hanging.rate / answering.rate
        for answering, hanging in zip(measured[Mode.SLOW], measured[Mode.HANG], strict=True)
    )
    print(f"  hanging / answering  {ratio * 100:.0f} % (goal: at least {GOAL_PERCENT} %, timers no later)")


def _round(database: Database, settings: Settings, port: int, options: argparse.Namespace) -> Round:
    couriers = arrived_over_http.prepare(settings, options.arrivals)
    wait_ids = _open_waits(database, options.timers)
    began = time.monotonic()
    seen = arrived_over_http.arrive(port, couriers, options.arrivals // arrived_over_http.CONNECTIONS)
    ends = LEAD_SECONDS + SPREAD_SECONDS + SETTLING_SECONDS
    time.sleep(max(ends - (time.monotonic() - began), 0))
    return Round(seen.rate, seen.percentile(99), _lateness(database, wait_ids))


def _open_waits(database: Database, count: int) -> Sequence[UUID]:
    """Open waits whose warnings fall due one after the other; return their ids."""
    now = datetime.now(UTC)
    first = now + timedelta(seconds=LEAD_SECONDS) - WARNED_AT
    with database.unit_of_work() as session:
        doors = waiting.make_doors(session, count, now=now)
        arrivals = [
            (door, first + timedelta(seconds=SPREAD_SECONDS * number / count))
            for number, door in enumerate(doors)
        ]
        waiting.open_waits(session, arrivals, limit=LIMIT, now=now)
        pickup_ids = [door.pickup_id for door in doors]
        return session.scalars(select(Wait.id).where(Wait.pickup_id.in_(pickup_ids))).all()


def _lateness(database: Database, wait_ids: Sequence[UUID]) -> list[float]:
    warnings = select(WaitTimer.due_at, WaitTimer.fired_at).where(
        WaitTimer.wait_id.in_(wait_ids), WaitTimer.kind == TimerKind.WARN
    )
    with database.unit_of_work(read_only=True) as session:
        rows = session.execute(warnings).all()
    assert all(at is not None for _, at in rows), "a warning has not fired"
    return [(at - due_at).total_seconds() for due_at, at in rows]


@contextmanager
def _doorstep(settings: Settings, folder: Path, stand_in: Google) -> Iterator[int]:
    port, outside = processes.free_port(), stand_in.environment() | UNLIMITED
    serve = ("-m", "flask", "--app", "wsgi", "serve", "--port", str(port))
    with ExitStack() as running:
        log = folder / "server.log"
        server = running.enter_context(processes.process(settings, log, *serve, **outside))
        processes.wait_until_ready(f"http://127.0.0.1:{port}", server, log)
        if not settings.is_sqlite:
            jobs = processes.process(settings, folder / "jobs.log", "-m", "jobs", **outside)
            running.enter_context(jobs)
        yield port


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--arrivals", type=int, default=800, help="a round")
    parser.add_argument("--timers", type=int, default=200, help="that fall due in a round")
    parser.add_argument("--rounds", type=int, default=3, help="of each")
    return parser.parse_args()


if __name__ == "__main__":
    main()
