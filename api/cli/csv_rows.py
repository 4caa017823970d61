"""Reads a CSV file of any size row by row, in bounded memory, and knows the line each row began on.

What the columns mean belongs to `imports`; this file knows bytes, lines and headers only.
"""

import csv
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

LONGEST_LINE = 1_048_576  # Past this it is no CSV file, and reading on would fill the memory.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class NotReadable(Exception):
    """The file as a whole cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column name, empty cells left out; or, when it is broken, why."""

    line: int
    cells: dict[str, str]
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The header a kind of file has: columns it must have, and those it may have."""

    required: Collection[str]
    optional: Collection[str]


class CsvRows:
    """The rows of an open binary file. `unknown` names the columns that nobody here understands.

    Raises NotReadable at once for a missing, incomplete or ambiguous header. `on_bytes` is told
    how many bytes each line took, for a progress bar.
    """

    def __init__(
        self, file: BinaryIO, columns: Columns, *, encoding: str = "utf-8", on_bytes: Callable[[int], object]
    ) -> None:
        self._reader = csv.reader(_lines(file, encoding, on_bytes), strict=True)
        self._header = self._read_header(columns)
        self._known = {*columns.required, *columns.optional}
        self.unknown = [name for name in self._header if name and name not in self._known]

    def __iter__(self) -> Iterator[Row]:
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(line, {}, broken=f"not CSV: {error}")
                continue
            if cells:
                yield self._row(line, cells)

    def _row(self, line: int, cells: list[str]) -> Row:
        if len(cells) != len(self._header):
            return Row(line, {}, broken=f"{len(cells)} cells, but the header has {len(self._header)}")
        if not all(_is_text(cell) for cell in cells):
            return Row(line, {}, broken="bytes that are not text in this encoding")
        named = zip(self._header, (cell.strip() for cell in cells), strict=True)
        return Row(line, {name: cell for name, cell in named if cell and name in self._known})

    def _read_header(self, columns: Columns) -> list[str]:
        try:
            header = [name.strip().lower() for name in next(self._reader, [])]
        except csv.Error as error:
            raise NotReadable(f"The header is not CSV: {error}.") from None
        # Columns without a name are what trailing commas leave behind.
        twice = sorted({name for name in header if name and header.count(name) > 1})
        if twice:
            raise NotReadable(f"The header names a column twice: {', '.join(twice)}.")
        missing = [name for name in columns.required if name not in header]
        if missing:
            raise NotReadable(
                f"The header lacks {', '.join(missing)}. It must name {', '.join(columns.required)}"
                f" and may name {', '.join(columns.optional)}, separated by commas."
            )
        return header


def _lines(file: BinaryIO, encoding: str, on_bytes: Callable[[int], object]) -> Iterator[str]:
    first = True
    while raw := file.readline(LONGEST_LINE):
        on_bytes(len(raw))
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            raise NotReadable(f"A line is longer than {LONGEST_LINE} bytes: this is not a CSV file.")
        if first:
            raw, first = raw.removeprefix(BYTE_ORDER_MARK), False
        # Undecodable bytes become lone surrogates, so that one bad row does not end the import.
        yield raw.decode(encoding, errors="surrogateescape")


def _is_text(cell: str) -> bool:
    return cell.isascii() or not any("\ud800" <= character <= "\udfff" for character in cell)
