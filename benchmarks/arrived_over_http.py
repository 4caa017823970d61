"""What an `arrived` costs over HTTP (signed in, validated, durably committed), beside a bare Flask route.

Both run on the same server with the same processes and threads, in turns, at 16 keep-alive connections:
    python -m benchmarks.arrived_over_http [--engine sqlite|postgresql] [--arrivals 2000] [--minutes 10]
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from api.db import Database
from api.settings import Settings
from benchmarks import databases, load
from tests import factories, processes
from tests.fakes import settings_for

CONNECTIONS = 16
ROUNDS = 3
WARM_UP = 10
GOAL_PERCENT = 15
GOAL_SPREAD = 10


@dataclass(frozen=True, slots=True)
class Courier:
    """Who is signed in on one connection, and the pickups he has yet to arrive at."""

    token: str
    pickups: list[UUID]


def main() -> None:
    options = _options()
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        with _server(engine) as (settings, port, bare_port):
            if options.minutes:
                soak(settings, port, options.arrivals, options.minutes)
            else:
                compare(engine, settings, port, bare_port, options.arrivals)


def compare(engine: str, settings: Settings, port: int, bare_port: int, arrivals: int) -> None:
    """Print rates and latencies of both routes, and their ratio, as the median of three rounds."""
    couriers = prepare(settings, arrivals + CONNECTIONS * WARM_UP)
    _arrive(port, couriers, WARM_UP)
    _echo(bare_port, WARM_UP)
    each = arrivals // ROUNDS // CONNECTIONS
    rounds = [(_echo(bare_port, each), _arrive(port, couriers, each)) for _ in range(ROUNDS)]

    print(f"\n{engine}: {ROUNDS} rounds of {each * CONNECTIONS} requests at {CONNECTIONS} connections")
    for name, measured in zip(("bare Flask route", "arrived"), zip(*rounds, strict=True), strict=True):
        print(f"  {name:<18}{_line(measured)}")
    percent = statistics.median(arrived.rate / bare.rate for bare, arrived in rounds) * 100
    spread = statistics.median(arrived.percentile(99) / arrived.percentile(50) for _, arrived in rounds)
    print(f"  arrived / bare    {percent:.1f} % (goal: at least {GOAL_PERCENT} %)")
    print(f"  p99 / p50         {spread:.1f} (goal: at most {GOAL_SPREAD})")


def soak(settings: Settings, port: int, arrivals: int, minutes: float) -> None:
    """Arrive for minutes on end, a line per round: what grows here, grows in production."""
    ends = time.monotonic() + minutes * 60
    print("\n   arrivals/s   p50 ms   p99 ms   waits so far")
    done = 0
    while time.monotonic() < ends:
        couriers = prepare(settings, arrivals)
        measured = _arrive(port, couriers, arrivals // CONNECTIONS)
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


def _arrive(port: int, couriers: list[Courier], each: int) -> load.Measured:
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
def _server(engine: str) -> Iterator[tuple[Settings, int, int]]:
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as name, _database(engine, name) as settings:
        folder, bare_port = Path(name), processes.free_port()
        bare = ("-m", "benchmarks.bare", str(bare_port))
        with (
            processes.process(settings, folder / "bare.log", *bare),
            processes.server(settings, folder) as url,
        ):
            yield settings, int(url.rpartition(":")[2]), bare_port


@contextmanager
def _database(engine: str, folder: str) -> Iterator[Settings]:
    with databases.fresh(engine, Path(folder)) as url:
        yield settings_for(url)


def _line(rounds: tuple[load.Measured, ...]) -> str:
    rate, p50, p99 = (
        statistics.median(values)
        for values in zip(
            *((one.rate, one.percentile(50), one.percentile(99)) for one in rounds), strict=True
        )
    )
    return f"{rate:6.0f} requests/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms"


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
