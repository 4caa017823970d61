"""What too much of a morning does to the server: it refuses in time what it cannot serve, and recovers.

Requests come when they are due, from phones that do not wait for each other. First more and more, until the
server is saturated; then twice that; then half. Then one courier posts a hundred times what the others do:
    python -m benchmarks.open_loop [--engine sqlite|postgresql] [--seconds 10] [--rate 100]
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator

from benchmarks import databases
from benchmarks.crowd import Asked, Crowd, gather, served
from benchmarks.open_load import Answered, Played, Player
from tests.fakes import settings_for

FIRST_RATE = 20.0
STEP = 1.4
GOOD_SHARE = 0.99
SLOW_MS = 1_000.0
"""Saturated: fewer than that share are served, or the slowest hundredth waits for longer than this."""
ALLOWED = {429, 503}
GOAL_NOISE = 1.5


def main() -> None:
    options = _options()
    failed = [
        failure
        for engine in (databases.ENGINES if options.engine == "both" else (options.engine,))
        for failure in asyncio.run(_measure(engine, options))
    ]
    sys.exit("\n".join(failed) or 0)


async def _measure(engine: str, options: argparse.Namespace) -> list[str]:
    with databases.in_folder(engine) as (url, folder), served(settings_for(url), folder) as (port, _):
        crowd = gather(settings_for(url))
        player = Player(port, crowd.hear)
        print(f"\n{engine}")
        await player.play(crowd.requests(), FIRST_RATE, 3.0)  # warms up
        if options.rate:
            print(f"  {(await player.play(crowd.requests(), options.rate, options.seconds)).line()}")
            return []
        saturation = await _saturation(player, crowd, options.seconds)
        failed = await _flood(player, crowd, saturation, options.seconds)
        await _noise(player, crowd, saturation, options.seconds)
        await player.close()
        return [f"{engine}: {failure}" for failure in failed]


async def _saturation(player: Player, crowd: Crowd, seconds: float) -> float:
    """Return the highest rate that was served as it should be."""
    rate = FIRST_RATE
    while True:
        played = await player.play(crowd.requests(), rate, seconds)
        print(f"  {played.line()}")
        if played.good_share < GOOD_SHARE or played.good_ms(99) > SLOW_MS:
            return rate / STEP
        rate *= STEP


async def _flood(player: Player, crowd: Crowd, saturation: float, seconds: float) -> list[str]:
    """Ask twice what can be served, then half of it; return what was not as promised."""
    flooded = await player.play(crowd.requests(), 2 * saturation, 2 * seconds)
    print(f"  twice  {flooded.line()}")
    after = await player.play(crowd.requests(), saturation / 2, seconds)
    print(f"  half   {after.line()}")
    served = sum(answer.is_good for answer in flooded.answers) / flooded.seconds
    print(f"  served of twice the load, of what can be served   {served / saturation:.2f}")
    print(f"  recovered: good share {after.good_share:.3f}, p99 {after.good_ms(99):.0f} ms")
    bad = [answer for answer in flooded.answers if not (answer.is_good or _is_polite(answer))]
    failed = [f"{len(bad)} requests were neither served nor refused with Retry-After"] if bad else []
    return failed + (["it did not recover at once"] if after.good_share < GOOD_SHARE else [])


def _is_polite(answer: Answered) -> bool:
    return answer.outcome in ALLOWED and answer.tells_when_to_retry


async def _noise(player: Player, crowd: Crowd, saturation: float, seconds: float) -> None:
    """Let one courier post a hundred times as often as the others do, and print what they noticed of it."""
    noisy, calm_rate = crowd.phones[0], saturation / 3
    each = calm_rate / len(crowd.phones)
    calm = await player.play(crowd.requests(), calm_rate, 2 * seconds)

    def nearly_all_by_one() -> Iterator[Asked]:
        others = crowd.requests()
        while True:
            is_his = crowd.chance.random() * (calm_rate + 100 * each) < 100 * each
            yield crowd.request("field event", noisy) if is_his else next(others)

    noise = await player.play(nearly_all_by_one(), calm_rate + 100 * each, 2 * seconds)
    print(f"  calm   {calm.line()}\n  noise  {noise.line()}")
    growth = _p99_of_others(noise, noisy.token) / _p99_of_others(calm, noisy.token)
    print(f"  p99 of the others, noise / calm   {growth:.2f} (goal: at most {GOAL_NOISE})")


def _p99_of_others(played: Played, token: str) -> float:
    return played.good_ms(99, lambda answer: answer.asked.phone.token != token)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--seconds", type=float, default=6.0, help="for each rate that is tried")
    parser.add_argument("--rate", type=float, help="ask so much a second, and nothing else")
    return parser.parse_args()


if __name__ == "__main__":
    main()
