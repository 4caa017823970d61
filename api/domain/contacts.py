"""Rules about contacts: what is shown of a person to whom, and which birthdays can be.

A contact's messages and links are decided elsewhere.
"""

from dataclasses import dataclass
from datetime import date

from api.domain.errors import RuleBroken
from api.domain.vocabulary import Locale, Role

MAY_UNMASK = (Role.DISPATCHER, Role.SERVICE_AGENT, Role.SALES_REP, Role.MANAGER, Role.ADMIN)
"""Who may ask for a phone number or e-mail in full. A sales rep sees only his own customers' contacts."""

EARLIEST_BIRTHDAY = date(1900, 1, 1)


class BirthdayImpossible(RuleBroken):
    """A birthday lies between 1900 and today."""

    code = "birthday_impossible"


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact as somebody enters it. The phone is E.164; without a locale the branch's holds."""

    name: str
    phone: str | None = None
    email: str | None = None
    locale: Locale | None = None
    birthday: date | None = None
    wants_back: bool = False
    """He had asked to be forgotten, and now asks to be entered again."""


def check_birthday(birthday: date | None, *, today: date) -> None:
    """Refuse a birthday before 1900 or after `today`; today itself is fine."""
    if birthday is not None and not EARLIEST_BIRTHDAY <= birthday <= today:
        raise BirthdayImpossible(errors={"birthday": [BirthdayImpossible.__doc__]})


def month_day(birthday: date) -> str:
    """Return the key by which a day's birthdays are found: "02-29" stays what it is."""
    return f"{birthday:%m-%d}"


def birthday_in(year: int, born: date) -> date:
    """Return the day a birthday is kept in `year`; one of 29 February moves to the 28th."""
    if (born.month, born.day) == (2, 29) and not _is_leap(year):
        return date(year, 2, 28)
    return born.replace(year=year)


def masked_name(name: str) -> str:
    """Hide the given name and keep the family name: 王小明 is 王**, Anna Smith is A* Smith.

    A single word in Latin letters keeps its first letter only.
    """
    *given, family = name.split() or [""]
    if given:
        return " ".join([f"{word[0]}*" for word in given] + [family])
    return family[:1] + "*" * (1 if family.isascii() else max(len(family) - 1, 1))


def masked_email(email: str) -> str:
    """Hide the mailbox but for its first letter: anna@example.com is a***@example.com.

    The number of stars is always three, so that they do not tell the length.
    """
    mailbox, _, domain = email.rpartition("@")
    return f"{mailbox[:1]}***@{domain}"


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
