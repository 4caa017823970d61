"""What a phone's backlog costs: 500 field events in one request, against one by one, and sent once more.

The same stops in either way: arrived, handover started, collected. Signed in, validated, durably committed.
    python -m benchmarks.field_event_batches [--engine sqlite|postgresql] [--batches 4]
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from benchmarks import arrived_over_http, databases, load
from benchmarks.arrived_over_http import CONNECTIONS, Courier
from tests import processes
from tests.fakes import settings_for

STEPS = ("arrived", "handover_started", "collected")
BATCH = 500
STOPS = BATCH // len(STEPS)
STOPS_ALONE = 20
SENDERS = 2
GOAL_BATCH, GOAL_REPLAY = 10, 2


def main() -> None:
    options = _options()
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        with databases.in_folder(engine) as (url, folder):
            settings = settings_for(url)
            with processes.server(settings, folder, **load.UNLIMITED) as address:
                couriers = arrived_over_http.prepare(settings, CONNECTIONS * STOPS * options.batches)
                compare(engine, int(address.rpartition(":")[2]), couriers, options.batches)


def compare(engine: str, port: int, couriers: Sequence[Courier], batches: int) -> None:
    """Print events a second of singles, of whole batches, and of the same batches sent again."""
    alone = [_one_by_one(courier) for courier in couriers[SENDERS:]]
    singles = _fire(port, alone, "applied")
    packed = [_in_batches(courier, batches) for courier in couriers[:SENDERS]]
    first = _fire(port, packed, "applied")
    again = _fire(port, packed, "duplicate")

    size = STOPS * len(STEPS)
    print(f"\n{engine}: batches of {size} from {SENDERS} phones, singles from {len(alone)}")
    print(f"  one by one        {singles.rate:7.0f} events/s")
    print(f"  in batches        {first.rate * size:7.0f} events/s")
    print(f"  the same again    {again.rate * size:7.0f} events/s")
    print(f"  batches / singles {first.rate * size / singles.rate:.1f} (goal: at least {GOAL_BATCH})")
    print(f"  again / first     {again.rate / first.rate:.1f} (goal: at least {GOAL_REPLAY})")


def _fire(port: int, scripts: Sequence[load.Script], outcome: str) -> load.Measured:
    measured = load.fire(port, scripts, expected=f'"outcome":"{outcome}"'.encode())
    assert not measured.refused, f"{measured.refused} of {len(measured.latencies)} were not {outcome}"
    return measured


def _one_by_one(courier: Courier) -> load.Script:
    """Report some stops, an event in each request."""
    return [
        load.post("/v1/field-events", _body([event]), courier.token)
        for pickup_id in courier.pickups[:STOPS_ALONE]
        for event in _stop(pickup_id)
    ]


def _in_batches(courier: Courier, batches: int) -> load.Script:
    stops = [courier.pickups[STOPS * number : STOPS * (number + 1)] for number in range(batches)]
    return [
        load.post(
            "/v1/field-events", _body([event for pickup in some for event in _stop(pickup)]), courier.token
        )
        for some in stops
    ]


def _stop(pickup_id: UUID) -> Iterator[dict[str, object]]:
    began = datetime.now(UTC) - timedelta(minutes=4)
    for number, step in enumerate(STEPS):
        yield {
            "event_id": str(uuid4()),
            "pickup_id": str(pickup_id),
            "type": step,
            "occurred_at": (began + timedelta(minutes=number)).isoformat(),
            "position": {"latitude": 31.2335, "longitude": 121.5055, "accuracy_m": 12},
        }


def _body(events: Sequence[dict[str, object]]) -> bytes:
    return json.dumps({"sent_at": datetime.now(UTC).isoformat(), "events": events}).encode()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=(*databases.ENGINES, "both"), default="both")
    parser.add_argument("--batches", type=int, default=3, help="from each phone")
    return parser.parse_args()


if __name__ == "__main__":
    main()
