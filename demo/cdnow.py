"""The shipping history of the demo branch: what 600 real customers of the shop CDNOW bought in 1997 and 1998.

One purchase becomes one shipment. Nothing about it is made up but the hour of the day and the currency.
Data: P. Fader and B. Hardie, as the package `lifetimes` carries it; that package is never imported.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from api.domain.shipments import ShipmentReport

SEED = 1998
REGULARS = 400
OTHERS = 200
REGULAR_FROM_DAYS = 5  # Churn risk rates a customer from five shipping days on.
LAST_DAY = date(1998, 6, 30)
FEN_PER_CENT = 7  # A round exchange rate, so that revenue is a whole number of fen.
OPENS = time(9, 0)
MINUTES_OPEN = 9 * 60


@dataclass(frozen=True, slots=True)
class Purchase:
    """One line of the file; `line` is its number, which makes the waybill."""

    line: int
    bought_on: date
    pieces: int
    cents: int


class HistoryMissing(Exception):
    """The shipping history is not installed: `make run` fetches it, `make run EMPTY=1` does without."""


def chosen_customers() -> dict[str, Sequence[Purchase]]:
    """Return 600 customers' purchases by CDNOW's number: 400 with at least five purchase days, 200 others."""
    histories = _read(_file())
    regulars = [number for number, bought in histories.items() if _days(bought) >= REGULAR_FROM_DAYS]
    others = [number for number, bought in histories.items() if _days(bought) < REGULAR_FROM_DAYS]
    dice = random.Random(SEED)
    chosen = dice.sample(regulars, REGULARS) + dice.sample(others, OTHERS)
    dice.shuffle(chosen)
    return {number: histories[number] for number in chosen}


def shipments(
    customer_code: str, bought: Sequence[Purchase], *, yesterday: date, zone: ZoneInfo
) -> Iterator[ShipmentReport]:
    """Turn a customer's purchases into shipments, moved in time: the last day of the data is yesterday."""
    moved = yesterday - LAST_DAY
    for purchase in bought:
        minutes = purchase.line * 37 % MINUTES_OPEN  # Spread over the day, the same at every import.
        opened_at = datetime.combine(purchase.bought_on + moved, OPENS, zone)
        yield ShipmentReport(
            waybill=f"CD{purchase.line:07}",
            customer_code=customer_code,
            picked_up_at=opened_at + timedelta(minutes=minutes),
            revenue_minor=purchase.cents * FEN_PER_CENT,
            pieces=purchase.pieces,
        )


def revenue_cents(bought: Sequence[Purchase]) -> int:
    return sum(purchase.cents for purchase in bought)


def _days(bought: Sequence[Purchase]) -> int:
    return len({purchase.bought_on for purchase in bought})


def _read(file: Path) -> Mapping[str, list[Purchase]]:
    """Read lines of `customer, day, number of CDs, dollars`, parted by blanks, under one line of headings."""
    histories: dict[str, list[Purchase]] = {}
    with file.open(encoding="ascii") as lines:
        next(lines)
        for number, line in enumerate(lines, start=2):
            customer, day, pieces, dollars = line.split()
            bought_on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
            purchase = Purchase(number, bought_on, int(pieces), int(Decimal(dollars) * 100))
            histories.setdefault(customer, []).append(purchase)
    return histories


def _file() -> Path:
    package = find_spec("lifetimes")  # Finds the folder and runs nothing in it.
    if package is None or not package.submodule_search_locations:
        raise HistoryMissing(HistoryMissing.__doc__)
    return Path(package.submodule_search_locations[0]) / "datasets" / "CDNOW_master.txt"
