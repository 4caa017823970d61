"""Our delivery of notices beside the SDK's `send_each` in a plain loop, over the same rows and stand-in.

Google answers after 0.1 s. First a backlog is sent as fast as it goes; then notices come evenly, and what
counts is how long each took from the decision to its arrival at Google, the commit of the decision included:
    python -m benchmarks.notices_beside_send_each [--engine sqlite|postgresql] [--backlog 2000] [--rate 300]
"""

import argparse
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import func, select

from api import services
from api.db import Database
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import DeliveryState
from api.models import Delivery
from benchmarks import cpu, databases, waiting
from benchmarks.google import Google, google
from benchmarks.load import percentile
from benchmarks.waiting import Door
from tests import processes
from tests.fakes import settings_for

CONTENDERS = ("ours", "send_each")
PHONES = 500
STEP_SECONDS = 0.1
PATIENCE_SECONDS = 120.0
GOAL_RATE = 300
GOAL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What one contender did: sends a second of a backlog, then how late each of an even stream was."""

    rate: float
    cpu_ms: float
    late: Sequence[float]
    never: int

    def line(self) -> str:
        p50, p99 = (percentile(self.late, share) for share in (50, 99))
        return (
            f"{self.rate:6.0f} sends/s   {self.cpu_ms:5.2f} ms of CPU a send   late by p50 {p50:5.2f}"
            f"  p99 {p99:5.2f}  max {max(self.late):5.2f} s   never {self.never}"
        )


def main() -> None:
    options = _options()
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        measured = {}
        for contender in CONTENDERS:
            with databases.in_folder(engine) as (url, folder), google(folder) as stand_in:
                measured[contender] = measure(contender, url, folder, stand_in, options)
        report(engine, measured, options)


def report(engine: str, measured: dict[str, Figures], options: argparse.Namespace) -> None:
    stream = f"{options.rate} a second for {options.seconds:.0f} s"
    print(f"\n{engine}: a backlog of {options.backlog}, then {stream}; Google answers after 0.1 s")
    for contender, figures in measured.items():
        print(f"  {contender:<11}{figures.line()}")
    ours, theirs = (measured[one] for one in CONTENDERS)
    by_lateness = percentile(theirs.late, 99) / percentile(ours.late, 99)
    print(
        f"  ours / theirs    rate {ours.rate / theirs.rate:.1f}, CPU {ours.cpu_ms / theirs.cpu_ms:.2f};"
        f" theirs are {by_lateness:.1f} x as late (p99)"
    )
    print(f"  goal             at least {GOAL_RATE} sends/s, p99 at most {GOAL_SECONDS:.0f} s, never 0")


def measure(contender: str, url: str, folder: Path, stand_in: Google, options: argparse.Namespace) -> Figures:
    database = Database.connect(url, settings_for(url).vault())
    with database.unit_of_work() as session:
        doors = waiting.make_doors(session, PHONES, now=datetime.now(UTC))
    backlog = _tell(database, doors, options.backlog)
    with _deliverer(contender, url, folder, stand_in) as running:
        until_sent(database)
        used = cpu.seconds(running.pid)
        stream = _tell_evenly(database, doors, options.rate, options.seconds)
        until_sent(database)
        used = cpu.seconds(running.pid) - used
    database.close()
    arrived = stand_in.arrived()
    times = sorted(arrived[one] for one in backlog if one in arrived)
    return Figures(
        rate=(len(times) - 1) / (times[-1] - times[0]).total_seconds(),
        cpu_ms=used / len(stream) * 1000,
        late=[(arrived[one] - at).total_seconds() for one, at in stream.items() if one in arrived],
        never=len((backlog.keys() | stream.keys()) - arrived.keys()),
    )


@contextmanager
def _deliverer(contender: str, url: str, folder: Path, stand_in: Google) -> Iterator[subprocess.Popen[bytes]]:
    log, command = folder / "deliverer.log", ("-m", "benchmarks.deliverers", contender)
    with processes.process(settings_for(url), log, *command, **stand_in.environment()) as running:
        processes.wait_until_says(b"started", running, log)
        yield running


def _tell_evenly(
    database: Database, doors: Sequence[Door], rate: int, seconds: float
) -> dict[UUID, datetime]:
    """Tell so many a second, ten times a second some; return when each was decided."""
    told: dict[UUID, datetime] = {}
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        told |= _tell(database, doors, int(passed * rate) - len(told))
        time.sleep(STEP_SECONDS)
    return told


def _tell(database: Database, doors: Sequence[Door], count: int) -> dict[UUID, datetime]:
    """Tell couriers, each of a wait of its own, in one transaction."""
    now = datetime.now(UTC)
    tellings = [_expired(doors[number % len(doors)], now) for number in range(count)]
    if tellings:
        with database.unit_of_work() as session:
            services.notices.tell_all(session, tellings, now=now)
    return {telling.id: now for telling in tellings}


def _expired(door: Door, now: datetime) -> Telling:
    kind, wait_id = NoticeKind.WAIT_EXPIRED, uuid4()
    return Telling(
        kind,
        door.branch_id,
        f"{kind}:{wait_id}:{door.courier_id}",
        staff_id=door.courier_id,
        wait_id=wait_id,
        useful_until=now + timedelta(hours=1),
    )


def until_sent(database: Database) -> None:
    """Wait until nothing is on its way any more."""
    on_its_way = select(func.count()).where(Delivery.state.in_((DeliveryState.PENDING, DeliveryState.LEASED)))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with database.unit_of_work(read_only=True) as session:
            if not session.scalar(on_its_way):
                return
        time.sleep(STEP_SECONDS)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--backlog", type=int, default=2_000)
    parser.add_argument("--rate", type=int, default=GOAL_RATE, help="notices a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="for how long they come")
    return parser.parse_args()


if __name__ == "__main__":
    main()
