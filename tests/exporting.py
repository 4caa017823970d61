"""Files that were taken away, as whoever opens them reads them: rows, and the mark at the end."""

import csv
from io import StringIO

from werkzeug.test import TestResponse


def cells_of(file: bytes) -> list[list[str]]:
    """Read all of a file: the names first, the mark last."""
    return list(csv.reader(StringIO(file.decode("utf-8-sig"), newline="")))


def rows_of(answer: TestResponse) -> list[dict[str, str]]:
    """Return the rows of an export by the names of their columns, without the mark."""
    assert answer.status_code == 200, answer.data
    header, *rows, _mark = cells_of(answer.data)
    return [dict(zip(header, row, strict=True)) for row in rows]


def mark_of(answer: TestResponse) -> str:
    """Return the mark in the last row, which has nothing else in it."""
    mark, *rest = cells_of(answer.data)[-1]
    assert not any(rest)
    return mark
