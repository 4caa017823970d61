"""What an `arrived` costs over HTTP (signed in, validated, durably committed), beside a bare Flask route.

Both run on the same server with the same processes and threads, in turns, at 16 keep-alive connections. The
rate depends on what else the machine does (a database server, the load generator), CPU does less:
    python -m benchmarks.arrived_over_http [--engine sqlite|postgresql] [--arrivals 2000] [--minutes 10]
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from api.db import Database
from api.settings import Settings
from benchmarks import cpu, databases, load
from tests import factories, processes
from tests.fakes import settings_for

CONNECTIONS = 16
ROUNDS = 3
WARM_UP = 10
BARE_FOR_EACH = 10
"""So many bare requests for each arrival: a round of either should take about as long."""
GOAL_PERCENT = 15
GOAL_SPREAD = 10


@dataclass(frozen=True, slots=True)
class Courier:
    """Who is signed in on one connection, and the pickups he has yet to arrive at."""

    token: str
    pickups: list[UUID]


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: where it listens, and the process under which its workers are."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Round:
    """What the phones saw, and the CPU time of the server for each request in milliseconds."""

    seen: load.Measured
    cpu_ms: float


def main() -> None:
    options = _options()
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        with _servers(engine) as (settings, doorstep, bare):
            if options.minutes:
                soak(settings, doorstep.port, options.arrivals, options.minutes)
            else:
                compare(engine, settings, doorstep, bare, options.arrivals)


def compare(engine: str, settings: Settings, doorstep: Served, bare: Served, arrivals: int) -> None:
    """Print rates, latencies and CPU of both routes, and their ratios, as the median of three rounds."""
    couriers = prepare(settings, arrivals + CONNECTIONS * WARM_UP)
    arrive(doorstep.port, couriers, WARM_UP)
    _echo(bare.port, WARM_UP)
    each = arrivals // ROUNDS // CONNECTIONS
    rounds = [
        (
            _round(bare, lambda: _echo(bare.port, each * BARE_FOR_EACH)),
            _round(doorstep, lambda: arrive(doorstep.port, couriers, each)),
        )
        for _ in range(ROUNDS)
    ]

    print(f"\n{engine}: {ROUNDS} rounds of {each * CONNECTIONS} arrivals at {CONNECTIONS} connections")
    for name, measured in zip(("bare Flask route", "arrived"), zip(*rounds, strict=True), strict=True):
        print(f"  {name:<18}{_line(measured)}")
    by_rate = statistics.median(arrived.seen.rate / echoed.seen.rate for echoed, arrived in rounds) * 100
    by_cpu = statistics.median(echoed.cpu_ms / arrived.cpu_ms for echoed, arrived in rounds) * 100
    spread = statistics.median(
        arrived.seen.percentile(99) / arrived.seen.percentile(50) for _, arrived in rounds
    )
    percents = f"{by_rate:.1f} % by rate, {by_cpu:.1f} % by CPU"
    print(f"  arrived / bare    {percents} (goal: at least {GOAL_PERCENT} %)")
    print(f"  p99 / p50         {spread:.1f} (goal: at most {GOAL_SPREAD})")


def _round(served: Served, play: Callable[[], load.Measured]) -> Round:
    before = cpu.seconds(served.pid)
    seen = play()
    return Round(seen, (cpu.seconds(served.pid) - before) / len(seen.latencies) * 1000)


def soak(settings: Settings, port: int, arrivals: int, minutes: float) -> None:
    """Arrive for minutes on end, a line per round: what grows here, grows in production."""
    ends = time.monotonic() + minutes * 60
    print("\n   arrivals/s   p50 ms   p99 ms   waits so far")
    done = 0
    while time.monotonic() < ends:
        couriers = prepare(settings, arrivals)
        measured = arrive(port, couriers, arrivals // CONNECTIONS)
        done += len(measured.latencies)
        print(f"{measured.rate:13.0f}{measured.percentile(50):9.1f}{measured.percentile(99):9.1f}{done:15}")


def prepare(settings: Settings, arrivals: int) -> list[Courier]:
    """Give each connection a signed-in courier with fresh pickups, assigned an hour ago, due now."""
    database = Database.connect(settings.database_url, settings.vault())
    now = datetime.now(UTC)
    with database.unit_of_work() as session:
        branch = factories.make_branch(session, code=f"BENCH-{uuid4().hex[:8]}")
        couriers = [
            _make_courier(session, branch, -(-arrivals // CONNECTIONS), now) for _ in range(CONNECTIONS)
        ]
    database.close()
    return couriers


def _make_courier(session: Session, branch: factories.Branch, arrivals: int, now: datetime) -> Courier:
    courier = factories.make_staff(session, branch, phone=f"+8613{uuid4().int % 10**9:09}")
    customer = factories.make_customer(session, branch, code=uuid4().hex)
    site, contact = factories.make_site(session, customer), factories.make_contact(session, customer)
    pickups = [
        factories.make_pickup(
            session,
            site,
            contact,
            courier=courier,
            external_ref=uuid4().hex,
            window_start=now - timedelta(minutes=5),
            window_end=now + timedelta(hours=1),
            assigned_at=now - timedelta(hours=1),
        ).id
        for _ in range(arrivals)
    ]
    return Courier(factories.make_access_token(session, courier, expires_at=now + timedelta(days=1)), pickups)


def arrive(port: int, couriers: list[Courier], each: int) -> load.Measured:
    """Let each courier arrive so often, all at once; none may be refused."""
    scripts = [
        [
            load.post("/v1/field-events", _arrival(courier.pickups.pop()), courier.token)
            for _ in range(min(each, len(courier.pickups)))
        ]
        for courier in couriers
    ]
    measured = load.fire(port, scripts, expected=b'"applied"')
    assert not measured.refused, f"{measured.refused} arrivals were not applied"
    return measured


def _echo(port: int, each: int) -> load.Measured:
    script = [load.post("/bare", _arrival(uuid4()))] * each
    return load.fire(port, [script] * CONNECTIONS, expected=b'"received"')


def _arrival(pickup_id: UUID) -> bytes:
    now = datetime.now(UTC).isoformat()
    event = {
        "event_id": str(uuid4()),
        "pickup_id": str(pickup_id),
        "type": "arrived",
        "occurred_at": now,
        "position": {"latitude": 31.2335, "longitude": 121.5055, "accuracy_m": 12},
    }
    return json.dumps({"sent_at": now, "events": [event]}).encode()


@contextmanager
def _servers(engine: str) -> Iterator[tuple[Settings, Served, Served]]:
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as name, _database(engine, name) as settings:
        folder, port, bare_port = Path(name), processes.free_port(), processes.free_port()
        serve = ("-m", "flask", "--app", "wsgi", "serve", "--port", str(port))
        bare = ("-m", "benchmarks.bare", str(bare_port))
        with (
            processes.process(settings, folder / "bare.log", *bare) as bare_process,
            processes.process(settings, folder / "server.log", *serve, **load.UNLIMITED) as running,
        ):
            processes.wait_until_ready(f"http://127.0.0.1:{port}", running, folder / "server.log")
            yield settings, Served(port, running.pid), Served(bare_port, bare_process.pid)


@contextmanager
def _database(engine: str, folder: str) -> Iterator[Settings]:
    with databases.fresh(engine, Path(folder)) as url:
        yield settings_for(url)


def _line(rounds: tuple[Round, ...]) -> str:
    rate, p50, p99, cpu_ms = (
        statistics.median(values)
        for values in zip(
            *(
                (one.seen.rate, one.seen.percentile(50), one.seen.percentile(99), one.cpu_ms)
                for one in rounds
            ),
            strict=True,
        )
    )
    return f"{rate:6.0f} requests/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   CPU {cpu_ms:5.2f} ms each"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--arrivals", type=int, default=2_400, help="per engine, or per round of a soak")
    parser.add_argument("--minutes", type=float, help="soak for so long instead of comparing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
