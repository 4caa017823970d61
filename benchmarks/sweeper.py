"""A process that only fires wait timers, on the metronome of the job process, and notes its commits.

A timer has fired when its transaction is committed, not when that began: on SIGTERM the two instants of each
transaction are written down for whoever measures:
    python -m benchmarks.sweeper FILE
"""

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from api import memory
from api.app import create_app
from api.settings import Settings
from jobs.context import JobContext
from jobs.fire_wait_timers import fire_wait_timers
from jobs.schedule import SCHEDULE
from jobs.scheduler import Metronome, context_of


@dataclass(frozen=True, slots=True)
class WatchedContext(JobContext):
    """Notes when the transaction was committed that took a certain instant for now."""

    committed: dict[datetime, datetime] = field(default_factory=dict)
    _asked: list[datetime] = field(default_factory=list)

    def now(self) -> datetime:
        self._asked.append(self.clock.now())
        return self._asked[-1]

    def unit_of_work(self) -> AbstractContextManager[Session]:
        return self._noted()

    @contextmanager
    def _noted(self) -> Iterator[Session]:
        self._asked.clear()
        with self.database.unit_of_work() as session:
            yield session
        self.committed.update(dict.fromkeys(self._asked, self.clock.now()))


def read(file: Path) -> dict[datetime, datetime]:
    """Return the instant of commit by the instant that a sweep took for now."""
    return {
        datetime.fromisoformat(now): datetime.fromisoformat(then)
        for now, then in json.loads(file.read_text()).items()
    }


def main() -> None:
    plain = context_of(create_app(Settings.from_env()))
    context = WatchedContext(plain.database, plain.clock, plain.push, plain.messenger, plain.proofs)
    metronome = Metronome(context, [cadence for cadence in SCHEDULE if cadence.job is fire_wait_timers])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=metronome.stop).start())
    metronome.start()
    memory.settle_in()
    print("started", flush=True)
    metronome.wait()
    instants = {now.isoformat(): then.isoformat() for now, then in context.committed.items()}
    Path(sys.argv[1]).write_text(json.dumps(instants))


if __name__ == "__main__":
    main()
