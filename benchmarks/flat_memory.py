"""Whether the server's memory stays flat: the line through the least of each minute, once it has warmed up.

A branch's morning is played at a steady rate, a sample every ten seconds; the first half is warming up. On
SQLite that takes long: its connections fill caches of 64 MB together, each when its turn comes. The least,
because each minute a process gives back what is free; what lies between two such moments is in use or free.
    python -m benchmarks.flat_memory [--engine sqlite|postgresql] [--minutes 60] [--rate 30]
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Iterable

from benchmarks import cpu, databases
from benchmarks.crowd import gather, served
from benchmarks.open_load import Player
from tests.fakes import settings_for

SAMPLE_SECONDS = 10.0
WARM_UP = 0.5
FEWEST_MINUTES = 6
MOST_KB_A_MINUTE = 500.0
"""30 MB an hour, of all processes together: less is not told from how their allocators breathe."""


def main() -> None:
    options = _options()
    slopes = {
        engine: asyncio.run(_slope(engine, options))
        for engine in (databases.ENGINES if options.engine == "both" else (options.engine,))
    }
    growing = [f"{engine} grows by {slope:.0f} kB a minute" for engine, slope in slopes.items()]
    sys.exit("\n".join(growing) if max(slopes.values()) > MOST_KB_A_MINUTE else 0)


async def _slope(engine: str, options: argparse.Namespace) -> float:
    """Play for so long; return by how many kB a minute the server and its jobs have grown."""
    with databases.in_folder(engine) as (url, folder), served(settings_for(url), folder) as (port, pids):
        crowd = gather(settings_for(url))
        player, requests = Player(port, crowd.hear), crowd.requests()
        samples: list[tuple[float, int]] = []
        print(f"\n{engine}\n   minute        kB   {options.rate:.0f} requests/s")
        began = time.monotonic()
        while (minute := (time.monotonic() - began) / 60) < options.minutes:
            played = await player.play(requests, options.rate, SAMPLE_SECONDS)
            samples.append((minute, sum(map(cpu.resident_kb, pids))))
            print(f"{minute:9.1f}{samples[-1][1]:10}   {dict(played.outcomes)}")
        await player.close()
    least = least_by_minute(sample for sample in samples if sample[0] >= WARM_UP * options.minutes)
    slope = statistics.linear_regression(list(least), list(least.values())).slope
    most = max(kb for _, kb in samples)
    print(f"  {slope:+.0f} kB a minute (goal: at most {MOST_KB_A_MINUTE:.0f}), {most} kB at most")
    return slope


def least_by_minute(samples: Iterable[tuple[float, int]]) -> dict[int, int]:
    """Return the least that was held in each minute."""
    least: dict[int, int] = {}
    for minute, kb in samples:
        least[int(minute)] = min(kb, least.get(int(minute), kb))
    return least


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--minutes", type=float, default=60.0, help=f"{FEWEST_MINUTES} at least")
    parser.add_argument("--rate", type=float, default=30.0, help="requests a second")
    options = parser.parse_args()
    if options.minutes < FEWEST_MINUTES:
        parser.error(f"a line takes {FEWEST_MINUTES} minutes at least")
    return options


if __name__ == "__main__":
    main()
