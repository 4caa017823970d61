"""The customers as a table to take away. No contacts are in it: whom to call is looked up one by one."""

from api.domain.customers import BookLine
from api.domain.exports import TakenAway, Watermark
from api.rendering.spreadsheets import Cell, to_csv

HEADER = ("code", "name", "grade", "owner", "last_shipped_on", "risk_band")


def csv_of(book: TakenAway[BookLine]) -> bytes:
    """Return the book as CSV, a row for each customer; what is not known is empty."""
    return to_csv(HEADER, (_row(line) for line in book.lines), book.mark)


def file_name(mark: Watermark) -> str:
    """Return a name made of our own words and an id, never of what somebody typed."""
    return f"customers-{mark.export_id}.csv"


def _row(line: BookLine) -> list[Cell]:
    shipped = line.last_shipped_on.isoformat() if line.last_shipped_on else None
    return [line.code, line.name, line.grade, line.owner, shipped, line.risk_band]
