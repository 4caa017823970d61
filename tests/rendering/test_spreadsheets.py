"""CSV files for spreadsheet programs, and what must not happen when one of them opens it."""

from uuid import UUID

import pytest

from api.domain.exports import Watermark
from api.rendering import spreadsheets
from tests.exporting import cells_of
from tests.fakes import NOW

MARK = Watermark(UUID(int=1), UUID(int=2), NOW, rows=1)


def to_csv(header, rows):
    return spreadsheets.to_csv(header, rows, MARK)


@pytest.mark.parametrize("lead", ["", " ", '"', "'", '" ', "\u00a0", "\u3000", "\ufeff"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"])
def test_f1_no_cell_is_taken_for_a_formula(sign, lead):
    text = f"{lead}{sign}HYPERLINK(A1)"

    file = to_csv(["name"], [[text]])

    assert cells_of(file)[1] == [f"'{text}"]
    assert f'"\'{text.replace(chr(34), chr(34) * 2)}"'.encode() in file


@pytest.mark.parametrize("text", ["东方贸易有限公司", "3M", "'quoted", "", "a=b", "~", "50 %"])
def test_other_text_stays_as_it_is(text):
    assert cells_of(to_csv(["name"], [[text]]))[1] == [text]


def test_numbers_are_bare_and_negative_ones_stay_numbers():
    assert b'\r\n-1,2.5,""\r\n' in to_csv(["a", "b", "c"], [[-1, 2.5, None]])


def test_a_quote_or_a_comma_does_not_end_a_cell():
    assert cells_of(to_csv(["name"], [['a","=1+1', "b"]]))[1] == ['a","=1+1', "b"]


def test_it_begins_with_the_mark_by_which_excel_knows_utf8():
    assert to_csv(["名称"], []).startswith('\ufeff"名称"\r\n'.encode())


def test_f2_the_last_row_says_who_took_it_away_when_and_how_much_it_was():
    *_, last = cells_of(to_csv(["a", "b", "c"], [["x", "y", "z"]]))

    assert last == [
        "export 00000000-0000-0000-0000-000000000001: 1 rows, "
        "taken by 00000000-0000-0000-0000-000000000002 at 2026-11-18T01:30:00+00:00",
        "",
        "",
    ]
