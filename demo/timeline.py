"""A morning as a timeline: who did and who saw what, each line with its real time.

Every staff member's inbox is watched, so that a notice is printed whoever it was for.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from demo.phones import StaffPhone

PATIENCE_SECONDS = 20.0  # The slowest job ticks every 15 s.
GLANCE_SECONDS = 0.25

Found = TypeVar("Found")


class DidNotHappen(Exception):
    """Something that Doorstep promises did not come about; the message says what."""


class Timeline:
    """Prints the morning as it happens."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._watched: dict[str, StaffPhone] = {}
        self._seen: set[str] = set()

    def watch(self, who: str, phone: StaffPhone) -> None:
        """Show what this person is told from now on."""
        self._watched[who] = phone
        self._seen.update(notice["id"] for notice in phone.inbox())

    def scene(self, title: str) -> None:
        print(f"\n── {title}")

    def tell(self, who: str, what: str, at: str | None = None) -> None:
        """Print one line. Without an instant of its own it happened now."""
        instant = datetime.fromisoformat(at) if at else datetime.now(UTC)
        local = instant.astimezone(self._zone)
        print(f"{local:%H:%M:%S}.{local.microsecond // 100_000}  {padded(who)}  {what}", flush=True)

    def until(self, promise: str, happened: Callable[[], Found | None]) -> Found:
        """Wait until something happened, showing what people are told meanwhile.

        `promise` says it as a sentence that follows "It did not happen that". Raises DidNotHappen.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self.show_news()
            found = happened()
            if found:
                return found
            time.sleep(GLANCE_SECONDS)
        raise DidNotHappen(f"It did not happen within {PATIENCE_SECONDS:.0f} s that {promise}.")

    def until_told(self, who: str, kind: str, pickup_id: str) -> dict[str, Any]:
        """Wait until somebody finds this notice in the inbox; it is printed like any other."""
        phone = self._watched[who]
        told: Sequence[dict[str, Any]] = self.until(
            f"{who} was told “{kind}”", lambda: phone.inbox(kind=kind, pickup_id=pickup_id)
        )
        self.show_news()
        return told[-1]

    def show_news(self) -> None:
        """Print what came into the inboxes since the last look, in the order in which it was decided."""
        news = [
            (notice["decided_at"], who, notice)
            for who, phone in self._watched.items()
            for notice in phone.inbox()
            if notice["id"] not in self._seen
        ]
        for decided_at, who, notice in sorted(news, key=lambda item: item[0]):
            self._seen.add(notice["id"])
            self.tell(who, f"is told: {notice['title']}. {notice['body']}", at=decided_at)


def padded(who: str, width: int = 20) -> str:
    """Fill up with blanks; a Chinese character is two columns wide."""
    columns = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in who)
    return who + " " * (width - columns)


def fail(sentence: str) -> NoReturn:
    raise DidNotHappen(sentence)
