"""The nightly scoring of a branch with very many customers: how long it takes, and how much memory.

Customers live by the model's own story; the job runs in a process of its own against a real database and
stores every score. The first night of a branch raises no alert for old silences, so this is its common work:
    python -m benchmarks.churn_night [--engine sqlite|postgresql] [--customers 20000] [--full]
"""

import argparse
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import func, select

from api.clock import SystemClock
from api.db import Database
from api.integrations.proof_store import DiskProofStore
from api.models import ChurnScore, Customer, Shipment
from api.queries.insertion import insert_rows
from benchmarks import databases
from benchmarks.churn_million import TRUTH, customers_of
from jobs.context import JobContext
from jobs.score_churn_risk import score_branch
from tests import factories
from tests.fakes import RecordingMessenger, RecordingPush, settings_for

FULL = 1_000_000
AT_ONCE = 20_000
AS_OF = date(2026, 11, 22)
GOAL_MEGABYTES = 1_024


@dataclass(frozen=True, slots=True)
class NightTaken:
    """What the job's process came to: `resting_mb` is what it held before it began."""

    engine: str
    scored: int
    seconds: float
    cpu_seconds: float
    resting_mb: float
    peak_mb: float


def main() -> None:
    options = _options()
    customers = FULL if options.full else options.customers
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        with databases.in_folder(engine) as (url, folder):
            began = time.perf_counter()
            branch_id, shipments = fill(url, customers)
            print(f"\n{engine}: {customers:,} customers, {shipments:,} shipments, written in", end=" ")
            print(f"{time.perf_counter() - began:.0f} s")
            report(_in_a_process_of_its_own(url, folder, branch_id), stored=_stored(url))


def fill(url: str, customers: int) -> tuple[UUID, int]:
    """Write a branch whose customers ship by the model; return it and how many shipments there are."""
    database = Database.connect(url, settings_for(url).vault())
    with database.unit_of_work() as session:
        branch_id = factories.make_branch(session).id
    columns = customers_of(TRUTH, customers)
    shipments = 0
    for start in range(0, customers, AT_ONCE):
        some = [column[start : start + AT_ONCE] for column in columns]
        ids = [uuid4() for _ in range(len(some[0]))]
        rows = list(_shipments(branch_id, ids, some))
        with database.unit_of_work() as session:
            insert_rows(
                session, Customer, [_customer(branch_id, one, start + n) for n, one in enumerate(ids)]
            )
            insert_rows(session, Shipment, rows)
        shipments += len(rows)
    database.close()
    return branch_id, shipments


def report(night: NightTaken, *, stored: int) -> None:
    assert stored == night.scored, "every customer has a score"
    print(f"  engine {night.engine}, {night.scored:,} scored and stored")
    print(f"  {night.seconds:.0f} s, {night.cpu_seconds:.0f} s of CPU in the job", end=", ")
    print(f"{night.seconds / night.scored * 1e6:.0f} us a customer")
    print(f"  memory {night.resting_mb:.0f} MB at rest, {night.peak_mb:.0f} MB at most", end=" ")
    print(f"(goal: at most {GOAL_MEGABYTES})")


def _customer(branch_id: UUID, customer_id: UUID, number: int) -> dict[str, Any]:
    return {
        "id": customer_id,
        "branch_id": branch_id,
        "code": f"N{number}",
        "name": f"Customer {number}",
        "created_at": _noon(AS_OF),
    }


def _shipments(branch_id: UUID, ids: Sequence[UUID], columns: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield what a repeat count, the day of the last repeat and an age stand for, evenly spread between."""
    for customer_id, x, tx, age in zip(ids, *columns, strict=True):
        first_on = AS_OF - timedelta(days=int(age))
        for day in sorted({int(day) for day in np.linspace(0, tx, int(x) + 1)}):
            shipped_on = first_on + timedelta(days=day)
            yield {
                "branch_id": branch_id,
                "customer_id": customer_id,
                "waybill": uuid4().hex,
                "shipped_on": shipped_on,
                "picked_up_at": _noon(shipped_on),
                "revenue_minor": 2_500,
                "currency": "CNY",
                "recorded_at": _noon(shipped_on),
            }


def _noon(day: date) -> datetime:
    return datetime.combine(day, clock_time(12), tzinfo=UTC)


def _in_a_process_of_its_own(url: str, folder: Path, branch_id: UUID) -> NightTaken:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_night, (url, folder, branch_id))


def _night(url: str, folder: Path, branch_id: UUID) -> NightTaken:
    vault = settings_for(url).vault()
    database, proofs = Database.connect(url, vault), DiskProofStore(folder / "proofs", vault.files)
    context = JobContext(database, SystemClock(), RecordingPush(), RecordingMessenger(), proofs)
    resting, began, cpu = _peak(), time.perf_counter(), time.process_time()
    scoring = score_branch(context, branch_id, AS_OF)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    database.close()
    return NightTaken(scoring.engine.kind, scoring.scored, seconds, cpu, resting, _peak())


def _stored(url: str) -> int:
    database = Database.connect(url, settings_for(url).vault())
    with database.unit_of_work(read_only=True) as session:
        stored = session.scalar(select(func.count()).select_from(ChurnScore)) or 0
    database.close()
    return stored


def _peak() -> float:
    """Return the most this process has held, in megabytes (Linux): `ru_maxrss` would count its parent in."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--full", action="store_true", help=f"{FULL} customers")
    return parser.parse_args()


if __name__ == "__main__":
    main()
