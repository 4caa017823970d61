"""The words of every notice, a file for each language, and how they are filled in.

Push texts stay thin: no names, phones, addresses or scores, since lock screens show them. Which kinds
there are is in `notice_kinds`.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from api.domain.notice_kinds import KINDS, NoticeKind, Variable
from api.domain.notice_rules import Audience
from api.domain.notice_texts.chinese import CHINESE
from api.domain.notice_texts.english import ENGLISH
from api.domain.notice_texts.text import Text
from api.domain.notice_words import WORDS
from api.domain.vocabulary import Locale

# Known only when a message leaves: the URL is never stored, and the branch may have been renamed.
FILLED_AT_SENDING = frozenset({"branch", "url"})

TEXTS: Mapping[Locale, Mapping[NoticeKind, Text]] = {Locale.ZH_CN: CHINESE, Locale.EN: ENGLISH}


def storable(variables: Mapping[str, Variable], zone: ZoneInfo) -> dict[str, int | str]:
    """Turn variables into JSON values: numbers stay, instants become local times of day, enums their value.

    Raises ValueError for a word that has no translation, a naive instant, or anything else.
    """
    stored: dict[str, int | str] = {}
    for name, value in variables.items():
        if isinstance(value, datetime) and value.tzinfo is not None:
            local = value.astimezone(zone)
            stored[name] = f"{local.hour:02}:{local.minute:02}"
        elif isinstance(value, StrEnum) and all(value in words for words in WORDS.values()):
            stored[name] = value.value
        elif isinstance(value, int):
            stored[name] = value
        else:
            raise ValueError(f"variable {name!r} is no number, instant or word with a translation")
    return stored


def render(kind: NoticeKind, locale: Locale, variables: Mapping[str, int | str]) -> Text:
    """Fill in the text of a kind from `storable` variables; one to a contact also needs `branch` and `url`.

    Raises KeyError when a name is missing: a text with a hole in it must never leave.
    """
    text = TEXTS[locale][kind]
    words = {name: WORDS[locale].get(str(variables[name]), variables[name]) for name in KINDS[kind].variables}
    filled = {**variables, **words}
    return Text(title=text.title.format_map(filled), body=text.body.format_map(filled))


def needed(kind: NoticeKind) -> frozenset[str]:
    """Return every name that `render` needs for this kind."""
    rule = KINDS[kind]
    return rule.variables | FILLED_AT_SENDING if rule.audience is Audience.CONTACT else rule.variables
