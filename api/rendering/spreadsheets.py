"""Tables as CSV files that spreadsheet programs open as meant: nothing in them is run as a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from api.domain.exports import Watermark

Cell = str | int | float | None

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for the code page of its country."""

_STARTS_A_FORMULA = frozenset("=+-@\t\r\n\0＝＋－＠")
_SEEN_THROUGH = " \"'\u00a0\u3000\ufeff"
"""What spreadsheet programs drop or unwrap before they look whether a cell is a formula."""


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], mark: Watermark) -> bytes:
    """Return a file with one line of names and one per row: texts quoted, numbers bare, nothing for None.

    The last row is the mark, in the first cell and as wide as the others: programs that read tables by their
    first line find the columns where they are.
    """
    file = StringIO(newline="")
    file.write(BYTE_ORDER_MARK)
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_safe(cell) for cell in row])
    writer.writerow([_safe(str(mark)), *[None] * (len(header) - 1)])
    return file.getvalue().encode()


def _safe(cell: Cell) -> Cell:
    """Put an apostrophe before text that would be taken for a formula (OWASP ASVS 1.2.10); numbers stay."""
    if isinstance(cell, str) and cell.lstrip(_SEEN_THROUGH)[:1] in _STARTS_A_FORMULA:
        return f"'{cell}"
    return cell
