"""CSV files for spreadsheet programs, and what must not happen when one of them opens it."""

import csv
from io import StringIO

import pytest

from api.rendering.spreadsheets import to_csv


def read_back(file: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(file.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("lead", ["", " ", '"', "'", '" ', "\u00a0", "\u3000", "\ufeff"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"])
def test_f1_no_cell_is_taken_for_a_formula(sign, lead):
    text = f"{lead}{sign}HYPERLINK(A1)"

    file = to_csv(["name"], [[text]])

    assert read_back(file)[1] == [f"'{text}"]
    assert f'"\'{text.replace(chr(34), chr(34) * 2)}"'.encode() in file


@pytest.mark.parametrize("text", ["东方贸易有限公司", "3M", "'quoted", "", "a=b", "~", "50 %"])
def test_other_text_stays_as_it_is(text):
    assert read_back(to_csv(["name"], [[text]]))[1] == [text]


def test_numbers_are_bare_and_negative_ones_stay_numbers():
    assert to_csv(["a", "b", "c"], [[-1, 2.5, None]]).endswith(b'\r\n-1,2.5,""\r\n')


def test_a_quote_or_a_comma_does_not_end_a_cell():
    assert read_back(to_csv(["name"], [['a","=1+1', "b"]]))[1] == ['a","=1+1', "b"]


def test_it_begins_with_the_mark_by_which_excel_knows_utf8():
    assert to_csv(["名称"], []) == '\ufeff"名称"\r\n'.encode()
