"""A CSV file is read row by row, whatever spreadsheet wrote it, and each row knows its line."""

from io import BytesIO

import pytest

from api.cli.csv_rows import LONGEST_LINE, Columns, CsvRows, NotReadable, Row

COLUMNS = Columns(required=("code", "name"), optional=("grade",))


def rows_of(content: bytes, encoding: str = "utf-8") -> list[Row]:
    return list(CsvRows(BytesIO(content), COLUMNS, encoding=encoding, on_bytes=lambda count: None))


def test_rows_carry_their_line_and_leave_empty_cells_out() -> None:
    rows = rows_of(b"code,name,grade\nC1,Acme,A\nC2,Blue,\n")

    assert rows == [
        Row(2, {"code": "C1", "name": "Acme", "grade": "A"}),
        Row(3, {"code": "C2", "name": "Blue"}),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfcode,name\r\nC1,Acme\r\n",
        b"code,name\nC1,Acme",
        b"Code , NAME\nC1, Acme \n",
        b"code,name\n\nC1,Acme\n\n",
        b'"code","name"\n"C1","Acme"\n',
        b"code,name,,\nC1,Acme,,\n",
    ],
    ids=[
        "byte order mark and CRLF",
        "no last newline",
        "spaces and capitals",
        "blank lines",
        "quotes",
        "trailing commas",
    ],
)
def test_the_habits_of_spreadsheets_are_understood(content: bytes) -> None:
    assert [row.cells for row in rows_of(content)] == [{"code": "C1", "name": "Acme"}]


def test_a_cell_may_span_lines_and_the_line_is_where_its_row_began() -> None:
    rows = rows_of(b'code,name\nC1,"Acme\nEast"\nC2,Blue\n')

    assert [(row.line, row.cells["name"]) for row in rows] == [(2, "Acme\nEast"), (4, "Blue")]


def test_chinese_files_of_older_spreadsheets_can_be_read() -> None:
    rows = rows_of("code,name\nC1,蓝天电子\n".encode("gb18030"), encoding="gb18030")

    assert rows[0].cells["name"] == "蓝天电子"


@pytest.mark.parametrize(
    ("bad_row", "why"),
    [
        (b"C1", "1 cells, but the header has 2"),
        (b"C1,Acme,A", "3 cells"),
        (b"C1,\xff\xfe", "not text"),
        (b'C1,"Ac"me', "not CSV"),
    ],
    ids=["too few cells", "too many cells", "not utf-8", "stray quote"],
)
def test_a_broken_row_says_why_and_the_next_one_is_read(bad_row: bytes, why: str) -> None:
    rows = rows_of(b"code,name\n" + bad_row + b"\nC2,Blue\n")

    assert why in (rows[0].broken or "")
    assert rows[1] == Row(3, {"code": "C2", "name": "Blue"})


def test_a_quote_that_never_closes_is_one_broken_row() -> None:
    rows = rows_of(b'code,name\nC1,"Acme\nC2,Blue\n')

    assert [(row.line, bool(row.broken)) for row in rows] == [(2, True)]


def test_columns_nobody_understands_are_named_and_left_out() -> None:
    table = CsvRows(BytesIO(b"code,country,name\nC1,France,Acme\n"), COLUMNS, on_bytes=lambda count: None)

    assert table.unknown == ["country"]
    assert [row.cells for row in table] == [{"code": "C1", "name": "Acme"}]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "lacks code, name"),
        (b"code;name\n", "lacks code, name"),
        (b"code\nC1\n", "lacks name"),
        (b"code,name,code\n", "twice: code"),
        (b'"code,name\n', "not CSV"),
        (b"x" * (LONGEST_LINE + 1), "longer than"),
    ],
    ids=["empty file", "semicolons", "missing", "twice", "broken", "one endless line"],
)
def test_a_file_without_a_usable_header_is_refused_as_a_whole(content: bytes, why: str) -> None:
    with pytest.raises(NotReadable, match=why):
        rows_of(content)


def test_every_byte_is_told_to_the_progress_bar() -> None:
    content, told = b"code,name\r\nC1,Acme\r\n", []

    list(CsvRows(BytesIO(content), COLUMNS, on_bytes=told.append))

    assert sum(told) == len(content)
