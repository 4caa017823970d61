"""What is shown of a person, and which birthdays can be."""

from datetime import date

import pytest

from api.domain.contacts import (
    BirthdayImpossible,
    birthday_in,
    check_birthday,
    masked_email,
    masked_name,
    month_day,
)

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王**"),
        ("李雷", "李*"),
        ("王", "王*"),
        ("Anna Smith", "A* Smith"),
        ("Anna Maria Smith", "A* M* Smith"),
        ("Anna", "A*"),
        ("", "*"),
    ],
)
def test_a_masked_name_keeps_the_family_name(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("email", "shown"), [("anna@example.com", "a***@example.com"), ("a@b.cn", "a***@b.cn")]
)
def test_a_masked_address_keeps_its_domain_and_hides_its_length(email: str, shown: str) -> None:
    assert masked_email(email) == shown


@pytest.mark.parametrize("birthday", [None, date(1900, 1, 1), date(2000, 2, 29), TODAY])
def test_a_birthday_between_1900_and_today_is_fine(birthday: date | None) -> None:
    check_birthday(birthday, today=TODAY)


@pytest.mark.parametrize("birthday", [date(1899, 12, 31), date(2026, 3, 3)])
def test_a_birthday_outside_that_is_refused(birthday: date) -> None:
    with pytest.raises(BirthdayImpossible):
        check_birthday(birthday, today=TODAY)


@pytest.mark.parametrize(
    ("year", "kept_on"), [(2024, date(2024, 2, 29)), (2026, date(2026, 2, 28)), (2100, date(2100, 2, 28))]
)
def test_a_birthday_of_29_february_is_kept_on_the_28th_in_common_years(year: int, kept_on: date) -> None:
    assert birthday_in(year, date(2000, 2, 29)) == kept_on


def test_birthdays_are_found_by_month_and_day() -> None:
    assert month_day(date(1988, 2, 29)) == "02-29"
