"""Another way to staff whom a push has not reached: when it is taken, by which channel, and what is written.

Who falls back at all stands in `notice_kinds`. Contacts are written to anyway: see `contact_channels`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from api.domain.notice_kinds import NoticeKind
from api.domain.notice_texts import render
from api.domain.vocabulary import Channel, ContactChannel, Locale, StaffFallback

UNSEEN_FOR = timedelta(seconds=20)
"""So long a push has to be seen, from when it may leave."""

OWN_NUMBER = "staff"
"""The address of such a delivery: the number itself is read when the message leaves."""

_COLON = {Locale.ZH_CN: "：", Locale.EN: ": "}


def falls_back_at(leaves_at: datetime, *, has_phone: bool) -> datetime:
    """Return when another way is taken to who has not seen a notice: at once where nothing can be pushed."""
    return leaves_at + UNSEEN_FOR if has_phone else leaves_at


def channel_of(wish: StaffFallback, ways: Collection[ContactChannel]) -> Channel | None:
    """Return the channel a branch falls back to; None where it wants none, or nobody serves it."""
    if wish is StaffFallback.OFF or wish.value not in ways:
        return None
    return Channel(wish.value)


def written(kind: NoticeKind, locale: Locale, variables: Mapping[str, int | str]) -> str:
    """Return what a push would have said, in one line: as thin as on a lock screen, and without a link."""
    text = render(kind, locale, variables)
    return f"{text.title}{_COLON[locale]}{text.body}"
