"""What a contact reads, by channel: short as a text message, with subject, greeting and signature as a mail.

The sentences themselves are in `notice_texts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from api.domain.notice_kinds import NoticeKind
from api.domain.notice_texts import render
from api.domain.sms_length import parts
from api.domain.vocabulary import ContactChannel, Locale

MOST_PARTS = 2
"""A text message has at most two parts, its link included; a long name of a branch is cut for that.

Only an English text that names its branch in Chinese may need a third.
"""

SHORTEST_NAME = 8

_GREETINGS = {Locale.ZH_CN: "您好！", Locale.EN: "Hello,"}
_HOTLINES = {Locale.ZH_CN: "电话：{hotline}", Locale.EN: "Phone: {hotline}"}
_PREFERENCES = {
    Locale.ZH_CN: "不想再收到这类消息，或想改用其他方式接收，请点开：{url}",
    Locale.EN: "To stop these messages, or to get them another way: {url}",
}


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and the addresses that a message carries; no `preferences_url` where there is none yet."""

    branch: str
    hotline: str | None
    url: str
    preferences_url: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A message ready to leave. The subject is one line; what has no subject by itself does not show it."""

    subject: str
    text: str


def write(
    kind: NoticeKind,
    channel: ContactChannel,
    locale: Locale,
    variables: Mapping[str, int | str],
    letterhead: Letterhead,
) -> Written:
    """Write a message of a kind. Raises KeyError when a variable of its text is missing."""
    if channel is ContactChannel.EMAIL:
        return _as_mail(kind, locale, variables, letterhead)
    name = letterhead.branch
    while True:
        text = render(kind, locale, {**variables, "branch": name, "url": letterhead.url})
        if parts(text.body) <= MOST_PARTS or len(name) <= SHORTEST_NAME:
            return Written(one_line(text.title), text.body)
        name = name[:-1].rstrip()


def _as_mail(
    kind: NoticeKind, locale: Locale, variables: Mapping[str, int | str], letterhead: Letterhead
) -> Written:
    text = render(kind, locale, {**variables, "branch": letterhead.branch, "url": letterhead.url})
    signature = [letterhead.branch]
    if letterhead.hotline:
        signature.append(_HOTLINES[locale].format(hotline=letterhead.hotline))
    paragraphs = [_GREETINGS[locale], text.body, "\n".join(signature)]
    if letterhead.preferences_url:
        paragraphs.append(_PREFERENCES[locale].format(url=letterhead.preferences_url))
    return Written(one_line(text.title), "\n\n".join(paragraphs))


def one_line(text: str) -> str:
    """Return a text for one line: nothing that a branch is called can begin a header of its own."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
