"""What a claim of due deliveries takes when nothing was ever sent, and among what was sent in years.

The finished rows are written in SQL, some of every state in which a delivery can end:
    python -m benchmarks.claims_among_finished [--engine sqlite|postgresql] [--finished 200000] [--full]
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Uuid, bindparam, text

from api import queries, services
from api.db import Database
from api.domain.delivery_policy import Answer
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import Channel
from api.models.types import UtcDateTime
from benchmarks import databases, waiting
from benchmarks.waiting import Door
from tests.fakes import settings_for

FULL = 10_000_000
CHUNK = 100_000
CLAIMS = 40
AT_ONCE = 64
GOAL_RATIO = 2.0

NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS"
    " (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)",
    "postgresql": "WITH numbers AS"
    " (SELECT n FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS s(n))",
}
"""The numbers of a chunk, by engine."""

ID = {"sqlite": "printf('%032x', n)", "postgresql": "CAST(lpad(to_hex(n), 32, '0') AS uuid)"}
"""An id made of a number: a notice and its only delivery have the same."""

ENDED = "CASE n % 10 WHEN 0 THEN 'superseded' WHEN 1 THEN 'dead' ELSE 'accepted' END"

NOTICES = """
INSERT INTO notices (id, branch_id, kind, dedupe_key, thread, staff_id, variables, state, decided_at,
                     useful_until, settled_at, snoozes, climbs)
{numbers} SELECT {id}, :branch, 'wait_warn', 'wait_warn:' || n, 'wait:' || n, :staff, '{{}}', {ended},
    :at, :at, :at, 0, 0
FROM numbers
"""
DELIVERIES = """
INSERT INTO deliveries (id, notice_id, channel, address_key, state, attempts, next_at, expires_at, settled_at)
{numbers} SELECT {id}, {id}, 'push', 'phone', {ended}, 1, :at, :at, :at FROM numbers
"""


def main() -> None:
    options = _options()
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        with databases.in_folder(engine) as (url, _):
            measure(engine, url, FULL if options.full else options.finished)


def measure(engine: str, url: str, finished: int) -> None:
    """Claim what is due before and after the finished rows are there, and print both and their ratio."""
    database = Database.connect(url, settings_for(url).vault())
    with database.unit_of_work() as session:
        doors = waiting.make_doors(session, AT_ONCE, now=datetime.now(UTC))
    claim(database, doors)
    before = claim(database, doors)
    began = time.perf_counter()
    fill(engine, database, doors[0], finished)
    filled = time.perf_counter() - began
    claim(database, doors)
    after = claim(database, doors)
    database.close()

    print(f"\n{engine}: claims of {AT_ONCE}, median of {CLAIMS}; {finished:,} rows written in {filled:.0f} s")
    for name, (looking, claiming, settling) in (("none finished", before), (f"{finished:,}", after)):
        print(f"  {name:<16} look {looking:6.2f} ms   claim {claiming:6.2f} ms   settle {settling:6.2f} ms")
    ratios = [then / first for first, then in zip(before, after, strict=True)]
    look, taking, settling = ratios
    goal = f"(goal: claim at most {GOAL_RATIO:.0f})"
    print(f"  after / before   look {look:.2f}   claim {taking:.2f}   settle {settling:.2f} {goal}")


def claim(database: Database, doors: Sequence[Door]) -> tuple[float, float, float]:
    """Tell, look, claim and settle again and again; return the medians of the last three in milliseconds."""
    took: list[tuple[float, float, float]] = []
    for _ in range(CLAIMS):
        now = datetime.now(UTC)
        with database.unit_of_work() as session:
            services.notices.tell_all(session, [_expired(door) for door in doors], now=now)
        began = time.perf_counter()
        with database.unit_of_work(read_only=True) as session:
            assert queries.deliveries.channels_with_work(session, now=now) == {Channel.PUSH}
        looked = time.perf_counter()
        with database.unit_of_work() as session:
            taken = services.deliveries.take_due(session, Channel.PUSH, limit=AT_ONCE, now=now)
        claimed = time.perf_counter()
        assert len(taken) == AT_ONCE
        with database.unit_of_work() as session:
            answers = [(outgoing, Answer.accepted("name")) for outgoing in taken]
            services.deliveries.settle(session, answers, now=now)
        took.append((looked - began, claimed - looked, time.perf_counter() - claimed))
    look, taking, settling = (statistics.median(times) * 1000 for times in zip(*took, strict=True))
    return look, taking, settling


def fill(engine: str, database: Database, door: Door, count: int) -> None:
    """Write so many notices that have ended, and their deliveries, of a year ago."""
    about = {
        "branch": door.branch_id,
        "staff": door.courier_id,
        "at": datetime.now(UTC) - timedelta(days=365),
    }
    types = (
        bindparam("branch", type_=Uuid()),
        bindparam("staff", type_=Uuid()),
        bindparam("at", type_=UtcDateTime()),
    )
    words = {"numbers": NUMBERS[engine], "id": ID[engine], "ended": ENDED}
    notices = text(NOTICES.format(**words)).bindparams(*types)
    deliveries = text(DELIVERIES.format(**words)).bindparams(types[-1])
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for first in range(1, count + 1, CHUNK):
            chunk = {"first": first, "last": min(first + CHUNK - 1, count)}
            connection.execute(notices, about | chunk)
            connection.execute(deliveries, {"at": about["at"]} | chunk)
        connection.execute(text("ANALYZE"))


def _expired(door: Door) -> Telling:
    kind, wait_id = NoticeKind.WAIT_EXPIRED, uuid4()
    key = f"{kind}:{wait_id}:{door.courier_id}"
    return Telling(kind, door.branch_id, key, staff_id=door.courier_id, wait_id=wait_id)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--finished", type=int, default=200_000)
    parser.add_argument("--full", action="store_true", help="ten million finished rows")
    return parser.parse_args()


if __name__ == "__main__":
    main()
